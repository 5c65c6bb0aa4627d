"""The task is asked first, in the words of the template; what is decided later follows it, and never changes it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fwnew.questions.questions import load
from fwnew.wizard.ask_task import TaskQuestion
from fwnew.wizard.state import State
from tests.kit.project_files import front, real_questions, recorded
from tests.kit.terminal import ENTER, ESC, Start, Terminal
from tests.kit.wizard import DECISION, FIRST, FOLDER, FRAMEWORK, PRESETS, REVIEW, START, accept, change

ANSWERS_FILE = {"{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers | to_nice_yaml }}"}
FRAMEWORKS = "framework: {type: str, help: Framework, choices: {PyTorch: pytorch, TensorFlow: tensorflow}}\n"
SEVERAL = """\
task:
  type: str
  help: |-
    What it does
    It cannot be changed later.
  choices:
    Sort, by size: sort
    Count, by kind: {value: count, validator: "{% if framework != 'tensorflow' %}is for TensorFlow{% endif %}"}
    Weigh: {value: weigh, validator: is out}
  default: sort
"""


@pytest.fixture
def real(build_file_tree: Callable[..., Path], tmp_path: Path) -> str:
    """A template with the real questions, whose projects hold the answers alone."""
    folders = ("templates/pytorch", "templates/tensorflow")
    answers = {f"{folder}/{path}": text for folder in folders for path, text in ANSWERS_FILE.items()}
    return str(build_file_tree(tmp_path / "real", {**real_questions(), **answers}))


@pytest.fixture
def small(build_file_tree: Callable[..., Path], tmp_path: Path) -> str:
    """A template with a task for one framework only."""
    return str(build_file_tree(tmp_path / "small", {"copier.yml": FRAMEWORKS + SEVERAL, **ANSWERS_FILE}))


def to_the_framework(at: Terminal, pretrained: str) -> Terminal:
    """Begin guided, and answer all questions that decide with their defaults, but one."""
    at.choose(START, "Guided")
    for title in DECISION:
        at.choose(title, pretrained) if title.startswith("Which pretrained") else accept(at, title)
    return at


@pytest.mark.parametrize(
    ("label", "task"),
    [("Text classification, which", "text-classification"), ("Image classification, which", "image-classification")],
)
def test_a_decision_for_pretrained_models_says_where_the_chosen_task_starts(
    start: Start, work: Path, real: str, label: str, task: str
) -> None:
    at = start("new", FWNEW_TEMPLATE=real).asks(FOLDER).enter("demo").choose("Task", label)
    to_the_framework(at, "Hugging Face Transformers, to train").choose(FRAMEWORK)
    at.asks("Start (Model)").until(lambda: at.at("From a pretrained"), "what the decision suggests").press(ENTER)
    accept(at, "Export formats", "Servers", "Where it trains", REVIEW)
    assert at.ends() == 0, at.printed
    assert (recorded(work / "demo")["task"], recorded(work / "demo")["start"]) == (task, "pretrained")
    assert front(work / "demo")["answers"]["pretrained"] == "hugging_face"


def test_quick_asks_for_the_task_first_too(start: Start, work: Path, real: str) -> None:
    at = start("new", "demo", FWNEW_TEMPLATE=real).choose("Task", "Text").choose(START, "Quick")
    at.choose(FRAMEWORK, "PyTorch").choose("Start", "From nothing")
    accept(at, "Export formats", "Servers", "Where it trains", REVIEW)
    assert at.ends() == 0, at.printed
    answers = recorded(work / "demo")
    assert (answers["task"], answers["start"], answers["framework"]) == ("text-classification", "scratch", "pytorch")


def test_escape_leads_back_to_the_task_and_enter_gives_it_again(start: Start, small: str) -> None:
    at = start("new", "demo", FWNEW_TEMPLATE=small).asks("What it does").press(ESC).shows(FIRST)
    at.choose("What it does", "Count").asks(START).press(ESC)
    at.asks("What it does").until(lambda: at.at("Count"), "the answer that was given").press("?")
    at.shows("It cannot be changed later.").shows("Not offered: Weigh (is out)")
    assert "Not offered: Count" not in at.text


def test_a_task_for_one_framework_leaves_that_one(start: Start, work: Path, small: str) -> None:
    at = start("new", "demo", FWNEW_TEMPLATE=small).choose("What it does", "Count").choose(START, PRESETS["research"])
    at.shows("Recommended: PyTorch").shows("PyTorch is not offered: 'count' is for TensorFlow.")
    at.asks(FRAMEWORK).until(lambda: at.at("TensorFlow"), "the only one").press(ENTER)
    assert at.choose(REVIEW, "Create").ends() == 0, at.printed
    assert (recorded(work / "demo")["task"], recorded(work / "demo")["framework"]) == ("count", "tensorflow")


def test_another_task_in_the_review_asks_for_the_framework_where_it_must(start: Start, work: Path, small: str) -> None:
    at = start("new", "demo", FWNEW_TEMPLATE=small).choose("What it does", "Sort").choose(START, "Quick")
    at.choose(FRAMEWORK, "PyTorch")
    change(at, "What it does").choose("What it does", "Count")
    at.asks(FRAMEWORK).until(lambda: at.at("TensorFlow"), "the only one").press(ENTER)
    change(at, "What it does").choose("What it does", "Sort")  # which TensorFlow can, too
    assert at.choose(REVIEW, "Create").ends() == 0, at.printed
    assert (recorded(work / "demo")["task"], recorded(work / "demo")["framework"]) == ("sort", "tensorflow")


def test_a_variable_is_what_the_question_begins_with(start: Start, small: str) -> None:
    at = start("new", "demo", FWNEW_TEMPLATE=small, FWNEW_TASK="count").asks("What it does")
    at.until(lambda: at.at("Count"), "the task of the variable")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        pytest.param(FRAMEWORKS, False, id="none"),
        pytest.param(FRAMEWORKS + SEVERAL, True, id="several"),
        pytest.param(FRAMEWORKS + "task: {type: str, choices: [images]}\n", False, id="one"),
        pytest.param(FRAMEWORKS + "task: {type: str, help: What it is for}\n", False, id="a line"),
        pytest.param(
            FRAMEWORKS + "task: {type: str, when: false, default: images, choices: [images, texts]}\n",
            False,
            id="derived",
        ),
        pytest.param(
            FRAMEWORKS + "task: {type: str, multiselect: true, choices: [images, texts], default: []}\n",
            False,
            id="more than one",
        ),
        pytest.param(FRAMEWORKS + "task: {type: yaml, choices: [[images], [texts]]}\n", False, id="lists"),
        pytest.param(
            FRAMEWORKS + "kind: {type: str}\ntask: {type: str, choices: ['{{ kind[0] }}', b]}\n",
            False,
            id="after another answer",
        ),
        pytest.param(
            "chapters: {type: yaml, when: false, default: 'Model: [start]'}\n" + FRAMEWORKS + SEVERAL,
            False,
            id="more options",
        ),
        pytest.param(
            "chapters: {type: yaml, when: false, default: 'Model: [task]'}\n" + FRAMEWORKS + SEVERAL,
            True,
            id="a chapter",
        ),
    ],
)
def test_it_comes_first_where_a_template_asks_everyone_for_one_of_several(
    build_file_tree: Callable[..., Path], tmp_path: Path, text: str, first: bool
) -> None:
    strict = "_envops: {undefined: jinja2.StrictUndefined}\n"
    question = TaskQuestion(load(build_file_tree(tmp_path / "asked", {"copier.yml": strict + text}), "demo"))
    assert question.comes_first is first
    assert question.is_next(State()) is first


def test_without_a_task_no_framework_is_refused(build_file_tree: Callable[..., Path], tmp_path: Path) -> None:
    question = TaskQuestion(load(build_file_tree(tmp_path / "asked", {"copier.yml": FRAMEWORKS}), "demo"))
    other: Any = {"task": "anything"}
    assert question.frameworks(State(own=other)) == ["pytorch", "tensorflow"]
