"""The wizard, on a real terminal: a pseudo-terminal of 80 columns and 24 lines."""

import copy
import os
import re
import shlex
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from fwnew.decision.answers import parse
from fwnew.decision.brief import brief
from fwnew.decision.catalogue import load as known
from fwnew.decision.decide import decide
from fwnew.errors import UsageError
from fwnew.questions.question import MISSING
from fwnew.questions.questions import load, resolve
from fwnew.sources import trust
from fwnew.terminal import prompts
from fwnew.terminal.blocks import plain
from fwnew.wizard.ask_decision import names
from fwnew.wizard.ask_project import ProjectQuestions
from fwnew.wizard.state import State
from tests.kit import ROOT
from tests.kit.project_files import RECORD, files, front, real_questions, recorded
from tests.kit.terminal import CTRL_C, CTRL_D, ENTER, ESC, POINTER, Terminal

Start = Callable[..., Terminal]

FOLDER, START = "Folder for the new project", "How do you want to start"
GOAL, TEAM, WHERE, CONSTRAINTS = "What is it for", "What does the team know", "Where will it run", "Hard constraints"
PYTHON, FRAMEWORK, REVIEW, CHANGE = "Which Python", "Framework", "Create this project", "Which answer"
WEIGHTS, DONE, FIRST = "What matters more, or less", "That is all", "This is the first question"
PHONES = next(choice for choice in known().criteria["deployment"].choices.values() if choice.score == -1)
"""A target that speaks for TensorFlow, whatever the catalogue calls it."""

DECISION = [*(criterion.title for criterion in known().criteria.values()), CONSTRAINTS]
PRESETS = {name: preset.label for name, preset in known().presets.items()}
PROJECT = ["Project name", "Python package", "Author", "Export formats"]


@pytest.fixture
def start(packaged: Path, work: Path, template: Callable[..., Path]) -> Iterator[Start]:
    """Starts fwnew, with the small template, on a terminal of its own."""
    started = []
    folder = str(template("asked"))

    def run(*arguments: str, lines: int = 24, columns: int = 80, **variables: str) -> Terminal:
        variables = {"FWNEW_TEMPLATE": folder, **variables}
        started.append(Terminal(work, *arguments, variables=variables, lines=lines, columns=columns))
        return started[-1]

    yield run
    for terminal in started:
        terminal.child.close(force=True)


def accept(at: Terminal, *titles: str) -> Terminal:
    """Answer these questions by Enter."""
    for title in titles:
        at.asks(title).press(ENTER)
    return at


def quick(at: Terminal, framework: str = "PyTorch") -> Terminal:
    """Begin with a framework."""
    return at.choose(START, "Quick").choose(FRAMEWORK, framework)


def guided(at: Terminal, *later: str) -> Terminal:
    """Answer the questions that decide, for a Keras team and PHONES, up to those that are left out."""
    at.choose(START, "Guided")
    answers = {TEAM: "Keras", WHERE: PHONES.label, CONSTRAINTS: "no beta"}
    for title in DECISION[: len(DECISION) - len(later)]:
        label = next((label for start, label in answers.items() if title.startswith(start)), "")
        if title.startswith((WHERE, CONSTRAINTS)):
            at.tick(title, label)
        else:
            at.choose(title, label)
    return at


def weights(at: Terminal) -> Terminal:
    """Begin with a preset, and say what matters more."""
    return at.choose(START, PRESETS["learning"]).choose(FRAMEWORK, "Say what matters more").asks(WEIGHTS)


def project(at: Terminal, *, server: str = "n") -> Terminal:
    """Accept what is suggested for the project."""
    return accept(at, *PROJECT).asks("A server").press(server)


def change(at: Terminal, answer: str) -> Terminal:
    return at.choose(REVIEW, "Change an answer").choose(CHANGE, answer)


def replayed(printed: str) -> list[str]:
    """The words of the command that is printed last, put together again where the terminal broke its lines."""
    command = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|[\r\n]", "", printed.split("to repeat this:")[-1])
    return shlex.split(command)[1:]


# ── From the first question to a project ────────────────────────────────────────────────────────────────────


def test_guided_leads_from_its_questions_to_a_project_and_its_replay_makes_the_same(
    start: Start, fwnew: Callable[..., Any], work: Path
) -> None:
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
    at.tick("Export formats", "SavedModel (recommended)", "ONNX").asks("A server").press(
        "n"
    )  # TorchScript is not there
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


# ── What decides ────────────────────────────────────────────────────────────────────────────────────────────


def test_guided_says_how_many_questions_it_asks_and_asks_as_many(start: Start) -> None:
    at = start("new", "demo").asks(START)
    at.shows(f"Guided: {len(DECISION)} questions decide")
    at.press(ENTER)
    assert accept(at, *DECISION).asks(FRAMEWORK)
    assert PYTHON not in at.printed
    assert WEIGHTS not in at.printed


def test_python_is_asked_where_a_rule_may_depend_on_it_and_going_back_finds_the_way(start: Start) -> None:
    at = guided(start("new", "demo")).choose(PYTHON, "3.14")
    at.asks(FRAMEWORK).press(ESC)
    at.asks(PYTHON).until(lambda: "3.14" in at.pointed, "the answer that was given").press(ESC)
    at.tick(CONSTRAINTS, "no beta")  # not ticked any more: the question for Python goes
    at.asks(FRAMEWORK).press(ESC)
    at.asks(CONSTRAINTS).press(ESC)
    at.asks(DECISION[-2]).press(ESC)
    at.asks(DECISION[-3])


def test_every_rule_that_names_a_python_has_answers_with_which_it_is_asked() -> None:
    today, catalogue = date.today(), known()
    for rule in catalogue.rules:
        if rule.python and not (rule.expires and rule.expires <= today):
            given = {"constraints": list(rule.constraints), **dict(rule.answers)}
            assert "python" in names(catalogue, given, today), rule.id
    assert "weights" not in names(catalogue, {}, today)


def test_a_gauge_moves_with_the_answers(start: Start) -> None:
    at = start("new", "demo").choose(START, "Guided")
    middle, right, left = (re.compile(f"TensorFlow {line} PyTorch") for line in ("─+■─+", "─+┼─*■─*", "─*■─*┼─+"))
    at.asks(GOAL).until(lambda: middle.search(at.prompt) is not None, "the mark in the middle")
    at.choose(GOAL, "Research").asks(TEAM).until(lambda: right.search(at.prompt) is not None, "the mark at the right")
    at.choose(TEAM, "Keras").asks(DECISION[2])
    at.until(lambda: middle.search(at.prompt) is not None, "the mark in the middle")
    at.press(ENTER).tick(WHERE, PHONES.label).asks(DECISION[4])
    at.until(lambda: left.search(at.prompt) is not None, "the mark at the left")
    assert "score" not in at.printed


def test_the_recommendation_with_its_reasons_is_whole_on_the_screen(start: Start) -> None:
    at = guided(start("new", "demo")).choose(PYTHON).asks(FRAMEWORK)
    at.shows("Say what matters more")
    assert "Recommended: TensorFlow" in at.screen
    assert "The team knows Keras" in at.screen
    at.press("?").until(lambda: "evidence, as of" in at.printed, "the evidence")
    assert "would change it" in at.printed
    assert "from -1 for TensorFlow to +1 for PyTorch" in " ".join(at.printed.split())


SCREENS = {
    **{name: dict(preset.answers) for name, preset in known().presets.items()},
    **{
        f"to {target}": {"team": "keras", "goal": "production", "maintenance": "company", "deployment": [target]}
        for target in known().criteria["deployment"].choices
    },
    "hugging_face": {"pretrained": "hugging_face"},
}


@pytest.mark.parametrize("answers", SCREENS.values(), ids=SCREENS)
def test_every_recommendation_fits_on_a_screen_with_the_question_for_the_framework(answers: dict[str, Any]) -> None:
    decision = decide(known(), parse(known(), answers), date.today())
    shown = plain(*brief(known(), decision)).splitlines()
    frame = 2 + 2  # above and below what is recommended, and an empty line on either side
    question = 8  # its title, three choices, what the last one says of itself, the keys, and lines between them
    assert len(shown) + frame + question <= 24


def test_the_longest_recommendation_is_whole_on_a_terminal_and_the_rest_follows_a_question_mark(start: Start) -> None:
    given = {"TEAM": "keras", "GOAL": "production", "MAINTENANCE": "company", "DEPLOYMENT": "tf_estate"}
    at = start("new", "demo", **{f"FWNEW_DECIDE_{name}": answer for name, answer in given.items()})
    accept(at, START, *DECISION, PYTHON).asks(FRAMEWORK)
    at.point("Say what matters more").until(lambda: "then see what" in at.prompt, "its help")
    at.shows("Recommended: TensorFlow, the only one possible")
    at.shows("PyTorch is excluded: TFX pipelines and SavedModels")
    assert "how the model gets to each target" not in at.printed
    at.press("?").until(lambda: "evidence, as of" in at.printed, "the evidence")
    assert "how the model gets to each target" in at.printed


@pytest.mark.parametrize("arguments", [["new", "demo"], ["decide"]], ids=["new", "decide"])
def test_variables_are_what_the_questions_that_decide_begin_with(start: Start, arguments: list[str]) -> None:
    given = {"GOAL": "research", "DEPLOYMENT": "ios,browser_training", "CONSTRAINTS": "no_beta", "WEIGHTS_TEAM": "3"}
    at = start(*arguments, **{f"FWNEW_DECIDE_{name}": answer for name, answer in given.items()})
    if arguments == ["new", "demo"]:
        at.asks(START).press(ENTER)
    at.asks(GOAL).until(lambda: at.at("Research"), "the answer of the variable").press(ENTER)
    accept(at, *DECISION[1:3]).asks(WHERE).until(lambda: at.prompt.count("●") == 2, "two that are ticked").press(ENTER)
    accept(at, *DECISION[4:-1]).asks(CONSTRAINTS).until(lambda: at.prompt.count("●") == 1, "one").press(ENTER)
    at.asks(PYTHON).press(ENTER)
    if arguments == ["decide"]:
        assert at.until(lambda: "weights.team=3" in at.printed, "the weight").ends() == 0


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("FWNEW_DECIDE_GOAL", "fame", "the variable FWNEW_DECIDE_GOAL is wrong: goal: there is no 'fame'"),
        ("FWNEW_DECIDE_GAOL", "research", "the variable FWNEW_DECIDE_GAOL is wrong: "),
        ("FWNEW_DECIDE_WEIGHTS_TEAM", "9", "the variable FWNEW_DECIDE_WEIGHTS_TEAM is wrong: "),
        ("FWNEW_FRAMEWORK", "jax", "the variable FWNEW_FRAMEWORK is wrong: there is no 'jax'"),
        ("FWNEW_EXPORTS", "docx", "the variable FWNEW_EXPORTS is wrong: there is no 'docx'"),
        ("FWNEW_SERVE", "perhaps", "the variable FWNEW_SERVE is wrong: "),
    ],
)
def test_a_wrong_variable_is_named_before_the_first_question(
    start: Start, variable: str, value: str, message: str
) -> None:
    at = start("new", "demo", columns=200, **{variable: value})
    assert at.ends() == 2
    assert at.screen.startswith(f"error: {message}")


def test_a_variable_that_the_other_answers_rule_out_is_named_at_its_question(start: Start) -> None:
    at = quick(start("new", "demo", FWNEW_EXPORTS="saved_model"))
    accept(at, *PROJECT[:3]).asks("Export formats")
    at.shows("The variable FWNEW_EXPORTS is ignored: 'saved_model' is a TensorFlow format.")


def test_what_matters_more_is_said_where_the_framework_is_chosen_and_undone_there(start: Start, work: Path) -> None:
    at = start("new", "demo").choose(START, PRESETS["learning"]).asks(FRAMEWORK)
    at.until(lambda: "Say what matters more" in at.prompt, "all of it")
    before = at.prompt
    at.choose(FRAMEWORK, "Say what matters more").choose(WEIGHTS, "goal")
    at.asks("How much does goal matter").until(lambda: "decisive" in at.pointed, "its weight").press(ESC)
    at.asks(WEIGHTS).press(ESC)
    at.until(lambda: at.prompt == before, "the question for the framework")
    at.choose(FRAMEWORK, "Say what matters more").choose(WEIGHTS, "goal")
    at.choose("How much does goal matter", "normal").choose(WEIGHTS, DONE)
    at.until(lambda: FRAMEWORK in at.prompt and at.prompt != before, "another recommendation").press(ENTER)
    assert project(at).choose(REVIEW, "Create").ends() == 0, at.printed
    assert set(front(work / "demo")["answers"]["weights"].values()) == {1}


def test_a_question_mark_shows_what_answers_score_on_one_screen(start: Start) -> None:
    at = start("decide").asks(GOAL).press("?").shows("The evidence: fwnew catalogue goal")
    assert re.search(r"research\s+\+2", at.screen)
    at.asks(GOAL)


def test_decide_asks_the_same_questions_and_prints_the_command_that_answers_them(
    start: Start, fwnew: Callable[..., Any]
) -> None:
    at = start("decide").choose(GOAL).choose(TEAM, "Keras")
    for title in DECISION[2:]:
        at.tick(title, PHONES.label) if title.startswith(WHERE) else accept(at, title)
    assert at.ends() == 0, at.printed
    again = fwnew(*replayed(at.printed), "--json").json
    assert (again["answers"]["team"], again["answers"]["deployment"]) == ("keras", PHONES.name)


# ── Back ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_escape_leads_back_to_the_question_before_through_all_that_was_asked(start: Start, work: Path) -> None:
    at = start("new", "demo").choose(START, "Guided")
    at.asks(GOAL).press(ENTER)
    at.asks(TEAM).press(ESC)
    at.asks(GOAL).press(ESC)
    quick(at)  # from guided to quick
    at.asks("Project name").press(ESC)
    at.choose(FRAMEWORK, "TensorFlow")
    at.asks("Project name").enter("other")
    at.asks("Python package: other").press(ESC)
    at.asks("Project name: other").press(ENTER)
    accept(at, *PROJECT[1:]).asks("A server").press("n")
    at.asks(REVIEW).press(ESC)
    at.asks("A server").press("y")
    accept(at, "Port of the server")
    at.asks(REVIEW).press(ESC)
    at.asks("Port of the server").press(ESC)
    at.asks("A server").press("n")
    at.asks(REVIEW).press(ESC)
    at.asks("A server").press("y")  # not the port, which did not apply any more
    accept(at, "Port of the server", REVIEW)
    assert at.ends() == 0, at.printed
    answers = recorded(work / "demo")
    assert (answers["project_name"], answers["framework"], answers["serve"]) == ("other", "tensorflow", True)


def test_escape_leads_back_to_the_folder_and_another_one_changes_what_is_suggested(start: Start, work: Path) -> None:
    at = start()
    at.asks(FOLDER).press(ESC).shows(FIRST)
    at.asks(FOLDER).enter("one-app")
    quick(at)
    at.asks("Project name: one-app").press(ENTER)
    at.asks("Python package: one_app").press(ESC)
    at.asks("Project name").press(ESC)
    at.asks(FRAMEWORK).press(ESC)
    at.asks(START).press(ESC)
    at.asks(f"{FOLDER}: one-app").enter("two-app")
    quick(at)
    at.asks("Project name: two-app").press(ENTER)
    at.asks("Python package: two_app").press(ENTER)
    accept(at, *PROJECT[2:]).asks("A server").press("n")
    assert at.choose(REVIEW, "Create").ends() == 0, at.printed
    assert (os.listdir(work), recorded(work / "two-app")["package"]) == (["two-app"], "two_app")


@pytest.mark.parametrize(
    ("arguments", "question"),
    [(["new", "demo"], START), ([], FOLDER), (["decide"], GOAL)],
    ids=["folder given", "folder asked for", "decide"],
)
def test_escape_at_the_first_question_says_that_it_is(start: Start, arguments: list[str], question: str) -> None:
    at = start(*arguments)
    at.asks(question).press(ESC).shows(f"{FIRST}: you cannot go back. Ctrl-C cancels.")
    at.asks(question).press(CTRL_C)
    assert at.ends() == 130


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
@pytest.mark.parametrize(
    "lead",
    [
        lambda at: at.asks(FOLDER),
        lambda at: at.asks(FOLDER).enter("demo").asks(START),
        lambda at: at.asks(FOLDER).enter("demo").choose(START, "Guided").asks(GOAL),
        lambda at: guided(at.asks(FOLDER).enter("demo"), CONSTRAINTS).asks(CONSTRAINTS),
        lambda at: (
            at.asks(FOLDER).enter("demo").choose(START, PRESETS["learning"]).choose(FRAMEWORK, "Say").asks(WEIGHTS)
        ),
        lambda at: quick(at.asks(FOLDER).enter("demo")).asks("Project name: demo"),
        lambda at: project(quick(at.asks(FOLDER).enter("demo"))).asks(REVIEW),
    ],
    ids=["the folder", "the start", "a question", "the constraints", "the weights", "a line", "the review"],
)
def test_whoever_gives_up_finds_nothing_written(
    start: Start, work: Path, lead: Callable[[Terminal], Terminal], key: str
) -> None:
    at = lead(start()).press(key)
    assert at.ends() == 130
    assert "cancelled, nothing was written" in at.printed
    assert os.listdir(work) == []


def test_the_review_can_be_cancelled(start: Start, work: Path) -> None:
    at = project(quick(start("new", "demo"))).choose(REVIEW, "Cancel")
    assert (at.ends(), os.listdir(work)) == (130, [])


# ── The folder, and its name ────────────────────────────────────────────────────────────────────────────────


def test_a_question_mark_at_the_folder_is_a_question_and_a_wrong_name_is_corrected_there(
    start: Start, work: Path
) -> None:
    (work / "full").mkdir()
    (work / "full" / "thesis.txt").touch()
    at = start()
    at.asks(FOLDER).press("?").shows("such as digits-demo, or a path").asks(FOLDER)
    at.press(ENTER).shows("name a folder, such as digits-demo")
    at.enter("''").asks(f"{FOLDER}: ''").enter("~/~me").shows("cannot begin with '~'")
    assert "DEST" not in at.printed
    at.enter("what?").shows("not every system allows '?' in a folder name")
    at.asks(f"{FOLDER}: what?").enter("full").shows("is not empty")
    at.asks(f"{FOLDER}: full").enter("demo")
    assert project(quick(at)).choose(REVIEW, "Create").ends() == 0, at.printed
    assert sorted(os.listdir(work)) == ["demo", "full"]


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("~/demo", "{home}/demo"),
        ("demo/", "{work}/demo"),
        ("'clothes app'", "{work}/clothes app"),
        ('"{work}/demo"', "{work}/demo"),
        ("  clothes\\ app  ", "{work}/clothes app"),
        ("'~/demo/'", "{home}/demo"),
    ],
)
def test_a_path_is_taken_as_it_was_pasted(start: Start, work: Path, home: Path, typed: str, place: str) -> None:
    at = start()
    at.asks(FOLDER).enter(typed.format(work=work, home=home))
    assert project(quick(at)).choose(REVIEW, "Create").ends() == 0, at.printed
    assert (Path(place.format(work=work, home=home)) / "README.md").is_file()
    assert not list(work.glob("*[~'\"]*"))


@pytest.mark.parametrize(
    ("folder", "name"),
    [("clothes app", "clothes-app"), ("Kätzchen", "Katzchen"), ("犬", "my-project"), ("torch", "my-project")],
)
def test_a_folder_suggests_a_name_that_a_project_can_have(
    start: Start, build_file_tree: Callable[..., Path], tmp_path: Path, folder: str, name: str
) -> None:
    at = start("new", folder, FWNEW_TEMPLATE=str(build_file_tree(tmp_path / "asked", real_questions())))
    quick(at).asks(f"Project name: {name}")


def test_a_question_mark_shows_what_the_template_says_of_its_question(
    start: Start, build_file_tree: Callable[..., Path], tmp_path: Path
) -> None:
    at = start("new", "demo", FWNEW_TEMPLATE=str(build_file_tree(tmp_path / "asked", real_questions())))
    quick(at).asks("Export formats").press("?").shows("--data exports=VALUE")
    at.shows("Not offered: SavedModel, for TensorFlow Serving (is a TensorFlow format)")
    accept(at, "Export formats", "Servers", "Where it trains").choose(REVIEW, "More options")
    at.asks("Project name: demo").press("?").shows("--data project_name=VALUE")
    at.shows("such as digits-demo")
    at.asks("Project name: demo").enter("what-for?").shows("use 1 to 60 ASCII letters").enter("demo")
    at.asks("Python package").press(ENTER)
    at.asks("One line").enter("Is it a cat? Or a dog?").asks("Author")


# ── The review ──────────────────────────────────────────────────────────────────────────────────────────────


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


def test_what_was_accepted_as_suggested_follows_a_change_and_what_was_typed_stays(start: Start, work: Path) -> None:
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


def test_a_change_keeps_an_overruled_recommendation_until_another_framework_is_recommended(start: Start) -> None:
    at = project(start("new", "demo").choose(START, PRESETS["research"]).choose(FRAMEWORK, "TensorFlow"))
    change(at, "Framework").asks(FRAMEWORK).until(lambda: at.at("TensorFlow"), "what was taken").press(ENTER)
    change(at, GOAL).choose(GOAL, "Both")  # PyTorch still: nothing is asked
    at.asks(REVIEW)
    assert re.search(r"Framework +TensorFlow \(PyTorch is recommended\)", at.screen)
    change(at, TEAM).choose(TEAM, "Keras")
    change(at, DECISION[2]).choose(DECISION[2], "Hardly")
    at.shows("Either framework would do").asks(FRAMEWORK).until(lambda: at.at("PyTorch"), "PyTorch")


def test_where_either_could_do_the_variable_is_what_enter_gives(start: Start) -> None:
    at = accept(start("new", "demo", FWNEW_FRAMEWORK="tensorflow"), START, *DECISION)
    at.shows("Either framework would do").asks(FRAMEWORK)
    at.until(lambda: at.at("TensorFlow"), "the framework of the variable")


def test_a_question_called_dest_is_no_folder_and_two_called_python_are_told_apart(
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


def test_the_review_of_the_real_template_fits_on_the_screen_and_names_the_sample_images(
    start: Start, build_file_tree: Callable[..., Path], tmp_path: Path
) -> None:
    at = start("new", "demo", FWNEW_TEMPLATE=str(build_file_tree(tmp_path / "asked", real_questions())))
    at.choose(START, PRESETS["learning"]).choose(FRAMEWORK, "PyTorch")
    accept(at, "Export formats (Exports and servers, 1 of 2)", "Servers (Exports and servers, 2 of 2)")
    accept(at, "Where it trains (Training)").asks(REVIEW).until(lambda: "Cancel" in at.prompt, "all of it")
    assert len(at.screen[at.screen.index("Folder ") :].splitlines()) < 24
    assert re.search(r"^Framework +PyTorch \(recommended\)", at.screen, re.MULTILINE)
    assert not re.search("^Task ", at.screen, re.MULTILINE)  # there is one only
    at.shows("Sample images come with the project; for your own: train --data-dir FOLDER.")
    titles = [str(item.help).splitlines()[0] for item in load(ROOT, "demo").items if not item.hidden]
    asked = ("Framework", "Task", "Export formats", "Servers", "Where it trains")
    accept(at.choose(REVIEW, "More options"), *(title for title in titles if title not in asked)).asks(REVIEW)
    assert "Also " not in at.screen
    assert "More options" not in at.prompt


# ── Terminals ───────────────────────────────────────────────────────────────────────────────────────────────


def test_without_colours_none_are_printed(start: Start) -> None:
    at = guided(start("new", "demo")).choose(PYTHON)
    at.asks(FRAMEWORK).press(CTRL_C)
    assert at.ends() == 130
    assert re.findall(r"\x1b\[[0-9;]*[34][0-9][0-9;]*m", at.printed) == []


def test_on_a_narrow_terminal_no_word_of_a_sentence_is_broken(start: Start) -> None:
    at = start("new", "demo", columns=40)
    at.choose(START, "Guided").asks(GOAL)
    sentence = next(iter(known().criteria.values())).why
    lines = at.screen.splitlines()
    assert max(map(len, lines)) <= 40
    assert sentence in " ".join(line.strip() for line in lines)


@pytest.mark.parametrize("columns", [40, 60])
def test_on_a_narrow_terminal_the_recommendation_is_wrapped_once(start: Start, columns: int) -> None:
    at = start("new", "demo", columns=columns, lines=40).choose(START, "Production server").asks(FRAMEWORK)
    at.until(lambda: "Say what matters more" in at.prompt, "all of it")
    notes = at.screen[at.screen.index("note: ") :].split("\n\n")[0].split("note: ")[1:]
    for lines in (f"note: {note}".rstrip().splitlines() for note in notes):
        assert max(map(len, lines)) <= columns
        assert all(len(f"{line} {after.split()[0]}") > columns for line, after in pairwise(lines))


STUCK = """\
a: {type: str, help: Mast, choices: [p, q], default: p}
b: {type: str, help: Sail, choices: {L: {value: l, validator: "{% if a == 'p' %}needs a mast{% endif %}"}}}
c: {type: str, help: Colour, default: "{{ b }}"}
"""


@pytest.mark.parametrize("default", ["}", ", default: l}"], ids=["no default", "a default"])
def test_where_nothing_is_left_to_choose_the_question_before_is_asked_again(
    start: Start,
    fwnew: Callable[..., Any],
    build_file_tree: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    default: str,
) -> None:
    text = STUCK.replace('endif %}"}}}', 'endif %}"}}' + default)
    folder = str(build_file_tree(tmp_path / "stuck", {"copier.yml": text}))
    at = start("new", "demo", FWNEW_TEMPLATE=folder)
    at.choose("Mast", "p").shows("leave nothing to choose for 'Sail'").choose("Mast", "q").asks("Colour: l").press(
        ENTER
    )
    at.asks(REVIEW)
    monkeypatch.setenv("FWNEW_TEMPLATE", folder)
    for options in ([], ["--data", "b=l"]):
        result = fwnew("new", "demo", "--defaults", *options)
        assert result.err == (
            "error: b: the other answers leave nothing to choose for it: 'l' needs a mast\n"
            "hint: give another answer to a\n"
        )


def test_a_first_question_that_nobody_can_answer_is_an_error(
    start: Start, build_file_tree: Callable[..., Path], tmp_path: Path
) -> None:
    text = "b: {type: str, choices: {L: {value: l, validator: is out}}}\n"
    at = start("new", "demo", FWNEW_TEMPLATE=str(build_file_tree(tmp_path / "stuck", {"copier.yml": text})))
    assert at.ends() == 2
    assert "error: b: the other answers leave nothing to choose" in at.printed


def test_no_default_stays_itself_in_a_copy() -> None:
    assert copy.deepcopy(MISSING) is MISSING


def test_whether_a_template_is_trusted_is_explained(
    start: Start, build_file_tree: Callable[..., Path], home: Path
) -> None:
    folder = build_file_tree(home / "foreign", {"copier.yml": "a: b\n"})
    trust.file().unlink()
    at = start("new", "demo", "--template", str(folder)).asks("Do you trust it")
    at.press("?").shows("you are not asked again").asks("Do you trust it").press(CTRL_D)
    assert at.ends() == 130


def test_where_other_answers_leave_no_choice_nothing_is_asked(
    build_file_tree: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choices = "{Sail: {value: sail, validator: needs a mast}}"
    text = f"parts:\n  type: str\n  multiselect: true\n  choices: {choices}\n  default: []\n"
    questions = load(build_file_tree(tmp_path, {"copier.yml": text}), "demo")
    for name in ("text", "select", "select_several", "confirm"):
        monkeypatch.setattr(prompts, name, lambda *_: pytest.fail("a question was asked"))
    assert ProjectQuestions(questions, "demo", {}).answers(State()).values == {"parts": []}
    with pytest.raises(UsageError, match="needs a mast") as refused:
        resolve(questions, {"parts": ["sail"]})
    assert refused.value.hint == "your other answers leave nothing to choose: drop parts"


class Dumb:
    """A terminal that can do nothing, which is asked by numbers; a choice is named by its label."""

    def __init__(self, at: Terminal) -> None:
        self.at, self.seen = at, 0

    def answer(self, question: str, *labels: str, line: str = "") -> "Dumb":
        """Wait for a question; answer by the numbers of these labels, or by a line."""

        def asked() -> bool:
            return question in self.news and self.news.rstrip(" ").endswith(":")

        self.at.until(asked, f"the question '{question}'")
        numbers = [re.search(rf"(\d+)  {re.escape(label)}", self.news) for label in labels]
        assert all(numbers), f"{labels} in {self.news}"
        self.seen = len(self.at.printed)
        self.at.press(f"{line or ','.join(number[1] for number in numbers if number)}{ENTER}")
        return self

    @property
    def news(self) -> str:
        """What came since the last answer."""
        return self.at.printed[self.seen :]


def test_a_terminal_that_can_do_nothing_is_asked_by_numbers(start: Start, work: Path) -> None:
    at = start(TERM="dumb")
    dumb = Dumb(at)
    dumb.answer(FOLDER, line="<").answer(FIRST, line="?").answer("such as digits-demo", line="what?")
    dumb.answer("not every system allows '?'", line="demo")
    dumb.answer(START, "Quick").answer(FRAMEWORK, line="<").answer(START, line="<")
    dumb.answer(f"{FOLDER} [demo]").answer(START, line="?").answer("PyTorch or TensorFlow", line="<")
    dumb.answer(FOLDER).answer(START, "Guided")
    dumb.answer(GOAL, line="?").answer("grade ", line="99").answer("choose from 1 to")
    dumb.answer(TEAM, "Keras")
    for title in DECISION[2:]:
        dumb.answer(title, *(["A server", PHONES.label] if title.startswith(WHERE) else []))
    dumb.answer(FRAMEWORK, "Say what matters more").answer(WEIGHTS, "team").answer("How much does team", "decisive")
    dumb.answer(WEIGHTS, DONE).answer(FRAMEWORK, "TensorFlow")
    dumb.answer("Project name [demo]", line="?").answer("--data project_name=VALUE", line="torch")
    dumb.answer("'torch' is taken").answer("Python package").answer("Author").answer("Export formats", "ONNX")
    dumb.answer("A server").answer(REVIEW)
    assert at.ends() == 0, at.printed
    assert "\x1b" not in at.printed
    assert (recorded(work / "demo")["framework"], recorded(work / "demo")["exports"]) == ("tensorflow", ["onnx"])
    answers = front(work / "demo")["answers"]
    assert (set(answers["deployment"]), answers["weights"]["team"]) == ({"server", PHONES.name}, 3)


def test_on_a_dumb_terminal_too_nothing_is_wider_than_80_columns_but_a_command(start: Start) -> None:
    at = start("decide", TERM="dumb", columns=200)
    dumb = Dumb(at).answer(GOAL, line="?").answer("grade ")
    for title in DECISION[1:]:
        dumb.answer(title)
    assert at.ends() == 0, at.printed
    lines = at.printed.replace("\r", "").splitlines()
    assert [line for line in lines if len(line) > 80 and not re.match(" *(https://|fwnew )", line)] == []
