"""The review: every answer can be changed there, and what follows from a change is asked again."""

import os
import re
from collections.abc import Callable
from pathlib import Path

from fwnew.questions.questions import load
from tests.kit import ROOT
from tests.kit.project_files import front, real_questions, recorded
from tests.kit.terminal import ENTER, ESC, POINTER, Start
from tests.kit.wizard import (
    CHANGE,
    DECISION,
    DONE,
    FOLDER,
    FRAMEWORK,
    GOAL,
    PRESETS,
    PROJECT,
    PYTHON,
    REVIEW,
    START,
    TEAM,
    WEIGHTS,
    accept,
    change,
    project,
    quick,
)


def test_every_answer_can_be_changed_in_the_review(start: Start, work: Path) -> None:
    at = start("new", "demo").choose(START, PRESETS["learning"])
    at.shows("Recommended: PyTorch, a close call").asks(FRAMEWORK).press(ENTER)
    accept(at, *PROJECT[:3])
    at.tick("Export formats", "ONNX", "TorchScript").asks("A server").press("n")
    change(at, "Folder").asks(FOLDER).enter("elsewhere")
    change(at, TEAM).choose(TEAM, "Keras")  # the recommendation changes, so the framework is asked
    at.shows("Either framework would do").choose(FRAMEWORK, "TensorFlow")
    accept(at, "Export formats")  # what PyTorch exports, TensorFlow does not
    change(at, "Author").asks("Author").enter("Grace")
    change(at, "What matters more").choose(WEIGHTS, "goal").choose("How much does goal matter", "matters more")
    at.choose(WEIGHTS, DONE)
    at.choose(REVIEW, "Change an answer").asks(CHANGE).press(ESC)
    at.choose(REVIEW, "Show its files").shows("0001-framework.md")
    assert at.choose(REVIEW, "Create").ends() == 0, at.printed
    assert os.listdir(work) == ["elsewhere"]
    answers = recorded(work / "elsewhere")
    assert (answers["framework"], answers["exports"], answers["author"]) == ("tensorflow", ["saved_model"], "Grace")
    record = front(work / "elsewhere")
    assert (record["recommendation"], record["framework"]) == ("either", "tensorflow")
    assert (record["answers"]["team"], record["answers"]["weights"]["goal"]) == ("keras", 2)


def test_what_was_accepted_follows_a_change_and_what_was_typed_stays(start: Start, work: Path) -> None:
    at = quick(start("new", "one-app"))
    accept(at, "Project name", "Python package")
    at.asks("Author").enter("Grace")
    accept(at, "Export formats").asks("A server").press("n")
    change(at, "Folder").asks(FOLDER).enter("two-app")
    change(at, "Framework").choose(FRAMEWORK, "TensorFlow")
    at.asks(REVIEW)
    assert re.search(r"Project name +two-app\n *Python package +two_app\n", at.screen)
    change(at, "Project name").asks("Project name").enter("mine")
    change(at, "Folder").asks(FOLDER).enter("three-app")
    assert at.choose(REVIEW, "Create").ends() == 0, at.printed
    answers = recorded(work / "three-app")
    assert (answers["project_name"], answers["package"], answers["author"]) == ("mine", "mine", "Grace")
    assert (answers["framework"], answers["exports"]) == ("tensorflow", ["saved_model"])


def test_an_overruled_recommendation_stays_until_another_one_comes(start: Start) -> None:
    at = project(start("new", "demo").choose(START, PRESETS["research"]).choose(FRAMEWORK, "TensorFlow"))
    change(at, "Framework").asks(FRAMEWORK).until(lambda: at.at("TensorFlow"), "what was taken").press(ENTER)
    change(at, GOAL).choose(GOAL, "Both")  # PyTorch still: nothing is asked
    at.asks(REVIEW)
    assert re.search(r"Framework +TensorFlow \(PyTorch is recommended\)", at.screen)
    change(at, TEAM).choose(TEAM, "Keras")
    change(at, DECISION[2]).choose(DECISION[2], "Hardly")
    at.shows("Either framework would do").asks(FRAMEWORK).until(lambda: at.at("PyTorch"), "PyTorch")


def test_questions_called_dest_and_python_are_told_apart(
    start: Start, build_file_tree: Callable[..., Path], tmp_path: Path
) -> None:
    text = "framework: {type: str, choices: [pytorch, tensorflow]}\ndest: {type: str, help: Place, default: here}\n"
    text += "python: {type: str, help: Oldest, choices: ['3.11', '3.12'], default: '3.11'}\n"
    text += "task: {type: str, help: Task, choices: [images], default: images}\n"
    at = start("new", "demo", FWNEW_TEMPLATE=str(build_file_tree(tmp_path / "asked", {"copier.yml": text})))
    at.choose(START, PRESETS["research"]).choose(FRAMEWORK)
    accept(at, "Place", "Oldest").asks(REVIEW).press("?").shows("Change asks one question again")
    change(at, "Place").asks("Place: here").enter("there").shows("Place      there")
    at.choose(REVIEW, "Change an answer").asks(CHANGE)
    at.until(lambda: "must it run on" in at.prompt and "Oldest" in at.prompt, "all of it")
    rows = [line.split()[0] for line in at.prompt.replace(POINTER, "").splitlines()[1:] if line.strip()]
    assert (rows.count("Oldest"), rows.count("Task")) == (1, 0)
    at.press("?").shows("Each is a question that you can answer again").choose(CHANGE, PYTHON).asks(PYTHON)


def test_escape_in_a_change_leaves_everything_as_it_was(start: Start, work: Path) -> None:
    at = project(quick(start("new", "demo")))
    before = at.asks(REVIEW).until(lambda: "Cancel" in at.prompt, "all of it").screen
    change(at, "Folder").asks(FOLDER).press(ESC)
    change(at, "Framework").asks(FRAMEWORK).press(ESC)
    change(at, "Export formats").asks("Export formats").press(ESC)
    change(at, "A server").asks("A server").press("y")
    at.asks("Port of the server").press(ESC)
    at.asks("A server").press(ESC)
    at.asks(REVIEW)
    rows = [line for line in before.splitlines() if re.match(r"[A-Z][a-z ]+  ", line)]
    assert [row for row in rows if row not in at.screen] == []
    assert at.press(ENTER).ends() == 0
    assert recorded(work / "demo")["serve"] is False


def test_the_real_templates_review_fits_on_a_screen(
    start: Start, build_file_tree: Callable[..., Path], tmp_path: Path
) -> None:
    at = start("new", "demo", FWNEW_TEMPLATE=str(build_file_tree(tmp_path / "asked", real_questions())))
    at.choose("Task", "Image").choose(START, PRESETS["learning"]).choose(FRAMEWORK, "PyTorch")
    accept(at, "Start (Model)", "Export formats (Exports and servers, 1 of 2)", "Servers (Exports and servers, 2 of 2)")
    accept(at, "Where it trains (Training)").asks(REVIEW).until(lambda: "Cancel" in at.prompt, "all of it")
    assert len(at.screen[at.screen.index("Folder ") :].splitlines()) < 24
    assert re.search(r"^Framework +PyTorch \(recommended\)", at.screen, re.MULTILINE)
    assert re.search(r"^Task +Image classification$", at.screen, re.MULTILINE)
    titles = [str(item.help).splitlines()[0] for item in load(ROOT, "demo").items if not item.hidden]
    asked = ("Framework", "Task", "Start", "Export formats", "Servers", "Where it trains")
    accept(at.choose(REVIEW, "More options"), *(title for title in titles if title not in asked)).asks(REVIEW)
    assert "Also " not in at.screen
    assert "More options" not in at.prompt
