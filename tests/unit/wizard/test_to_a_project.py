"""From the first question of the wizard to a project, on each of its ways."""

import os
from collections.abc import Callable
from pathlib import Path

from fwnew.sources import trust
from tests.kit.commands import Fwnew
from tests.kit.project_files import RECORD, files, front, recorded
from tests.kit.terminal import CTRL_D, ENTER, Start
from tests.kit.wizard import (
    DONE,
    FOLDER,
    FRAMEWORK,
    PHONES,
    PRESETS,
    PYTHON,
    REVIEW,
    START,
    WEIGHTS,
    accept,
    guided,
    project,
    quick,
    replayed,
)


def test_guided_leads_to_a_project_and_its_replay_makes_the_same(start: Start, fwnew: Fwnew, work: Path) -> None:
    at = guided(start("new", "demo")).choose(PYTHON, "Any")
    at.choose(FRAMEWORK, "Say what matters more")
    at.choose(WEIGHTS, "team").choose("How much does team matter", "decisive")
    at.choose(WEIGHTS, "deployment").choose("How much does deployment matter", "decisive").choose(WEIGHTS, DONE)
    at.shows("Recommended: TensorFlow, clear").asks(FRAMEWORK).press(ENTER)
    assert project(at).choose(REVIEW, "Create").ends() == 0, at.printed
    record = front(work / "demo")
    assert (record["origin"], record["framework"], record["recommendation"]) == ("decided", "tensorflow", "tensorflow")
    assert (record["answers"]["team"], record["answers"]["weights"]["team"]) == ("keras", 3)
    assert (record["answers"]["deployment"], record["answers"]["constraints"]) == (PHONES.name, ["no_beta"])
    (work / "demo").rename(work / "first")
    assert fwnew(*replayed(at.printed)).code == 0
    assert files(work / "demo") == files(work / "first")


def test_who_knows_the_framework_is_asked_for_it_and_the_record_says_so(start: Start, work: Path) -> None:
    at = start()
    at.asks(FOLDER).enter("demo")
    quick(at, "TensorFlow")
    at.asks("Project name").enter("torch").shows("'torch' is taken").enter("demo")
    accept(at, "Python package", "Author")
    at.tick("Export formats", "SavedModel (recommended)", "ONNX")  # TorchScript is not there
    at.asks("A server").press("n")
    assert at.choose(REVIEW, "Create").ends() == 0, at.printed
    answers = recorded(work / "demo")
    assert (answers["framework"], answers["exports"]) == ("tensorflow", ["onnx"])
    assert answers["author"] == "Ada Lovelace"
    assert (front(work / "demo")["origin"], front(work / "demo")["framework"]) == ("given", "tensorflow")


def test_a_preset_answers_the_questions_that_decide(start: Start, work: Path) -> None:
    at = start("new", "demo").choose(START, PRESETS["research"])
    at.shows("Recommended: PyTorch, clear").asks(FRAMEWORK).press(ENTER)
    assert project(at).choose(REVIEW, "Create").ends() == 0, at.printed
    assert front(work / "demo")["answers"]["goal"] == "research"


def test_a_recommendation_may_be_overruled_and_the_record_says_so(start: Start, work: Path) -> None:
    at = start("new", "demo").choose(START, PRESETS["research"])
    at.shows("Recommended: PyTorch").choose(FRAMEWORK, "TensorFlow")
    assert project(at).choose(REVIEW, "Create").ends() == 0, at.printed
    assert "Overruled: TensorFlow was chosen instead." in at.text
    assert "Overruled: TensorFlow was chosen instead." in (work / "demo" / RECORD).read_text()
    assert recorded(work / "demo")["framework"] == "tensorflow"


def test_new_without_a_folder_asks_for_it(start: Start, work: Path) -> None:
    at = start("new").asks(FOLDER).enter("demo")
    assert project(quick(at)).choose(REVIEW, "Create").ends() == 0, at.printed
    assert os.listdir(work) == ["demo"]


def test_whether_a_template_is_trusted_is_explained(
    start: Start, build_file_tree: Callable[..., Path], home: Path
) -> None:
    folder = build_file_tree(home / "foreign", {"copier.yml": "a: b\n"})
    trust.file().unlink()
    at = start("new", "demo", "--template", str(folder)).asks("Do you trust it")
    at.press("?").shows("you are not asked again").asks("Do you trust it").press(CTRL_D)
    assert at.ends() == 130
