"""The wizard, on a real terminal: a pseudo-terminal of 80 columns and 24 lines."""

import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from fwnew import prompts
from fwnew.errors import UsageError
from fwnew.template.questions import load, resolve
from fwnew.wizard.project import ask_project
from tests.project_files import RECORD, files, front, recorded

UP, DOWN, SPACE, ENTER, ESC, CTRL_C, CLEAR = "\x1b[A", "\x1b[B", " ", "\r", "\x1b", "\x03", "\x15"
Terminal = Callable[..., Any]
Turn = tuple[str, str]

START = ("How do you want to start", ENTER)
GUIDED: list[Turn] = [
    START,
    ("What is it for", ENTER),  # both
    ("so far: either.*What does the team know", f"{DOWN * 2}{ENTER}"),  # from new on round to Keras
    ("so far: .*How much will the model change", ENTER),
    ("so far: .*Where will it run", f"{DOWN}{SPACE}{ENTER}"),  # phones
    ("so far: .*Which pretrained models", ENTER),
    ("so far: .*Who keeps it running", ENTER),
    ("so far: .*Must it be so", f"{DOWN}{SPACE}{ENTER}"),  # no beta
    ("Which Python", ENTER),
    ("Weights", f"{CLEAR}1 3 1 4 1 1{ENTER}"),
    ("there is no weight 4", f"{CLEAR}1 3 1 3 1 1{ENTER}"),
]
PROJECT: list[Turn] = [
    ("Project name", ENTER),
    ("Python package", ENTER),
    ("Author", ENTER),
    ("Export formats", ENTER),
    ("A server", "n"),
]


@pytest.fixture
def terminal(packaged: Path, work: Path, template: Callable[..., Path]) -> Iterator[Terminal]:
    """Starts fwnew, with the small template, on a terminal of its own."""
    started = []
    folder = str(template("asked"))

    def start(*arguments: str, **variables: str) -> Any:
        colourless = {"TERM": "xterm", "NO_COLOR": "1", "PROMPT_TOOLKIT_NO_CPR": "1", "FWNEW_TEMPLATE": folder}
        child = pexpect.spawn(
            sys.executable,
            ["-m", "fwnew", *arguments],
            env={**os.environ, **colourless, **variables},
            cwd=work,
            encoding="utf-8",
            timeout=20,
            dimensions=(24, 80),
        )
        child.printed = ""
        started.append(child)
        return child

    yield start
    for child in started:
        child.close(force=True)


def talk(child: Any, *turns: Turn) -> int:
    """Wait for each question and type an answer; the exit code."""
    for expected, keys in turns:
        child.expect(re.compile(expected, re.DOTALL))
        child.printed += child.before + child.after
        child.send(keys)
    child.expect(pexpect.EOF)
    child.printed += child.before
    child.close()
    return int(child.exitstatus)


def replayed(printed: str) -> list[str]:
    """The words of the command that is printed last, put together again where the terminal broke its lines."""
    command = printed.split("the same again:")[-1].replace("\r", "").replace("\n", "")
    return shlex.split(command)[1:]


def test_guided_leads_from_six_questions_to_a_project_and_its_replay_makes_the_same(
    terminal: Terminal, fwnew: Callable[..., Any], work: Path
) -> None:
    child = terminal("new", "demo")
    turns = [
        *GUIDED,
        ("TensorFlow, clear.*Framework, recommended: TensorFlow, clear", ENTER),
        *PROJECT,
        ("Is it right", ENTER),
    ]
    assert talk(child, *turns) == 0, child.printed
    record = front(work / "demo")
    assert (record["origin"], record["framework"], record["recommendation"]) == ("decided", "tensorflow", "tensorflow")
    assert (record["answers"]["team"], record["answers"]["weights"]["team"]) == ("keras", 3)
    assert (record["answers"]["deployment"], record["answers"]["constraints"]) == ("mobile", ["no_beta"])
    (work / "demo").rename(work / "first")
    assert fwnew(*replayed(child.printed)).code == 0
    assert files(work / "demo") == files(work / "first")


def test_who_knows_the_framework_is_asked_for_it_and_the_record_says_so(terminal: Terminal, work: Path) -> None:
    child = terminal()
    turns = [
        ("Folder for the new project", f"{CLEAR}demo{ENTER}"),
        ("How do you want to start", f"{DOWN}{ENTER}"),
        ("Framework", f"{DOWN}{ENTER}"),
        ("Project name", f"{CLEAR}torch{ENTER}"),
        ("'torch' is taken", f"{CLEAR}demo{ENTER}"),
        ("Python package", ENTER),
        ("Author", ENTER),
        # ONNX and SavedModel, the default, are offered; TorchScript is not: one step down is SavedModel.
        (r"Export formats.*SavedModel \(recommended\)", f"{SPACE}{DOWN}{SPACE}{ENTER}"),
        ("A server", "n"),
        ("Is it right", ENTER),
    ]
    assert talk(child, *turns) == 0, child.printed
    answers = recorded(work / "demo")
    assert (answers["framework"], answers["exports"]) == ("tensorflow", ["onnx"])
    assert answers["author"] == "Ada Lovelace"
    assert (front(work / "demo")["origin"], front(work / "demo")["framework"]) == ("given", "tensorflow")


def test_a_preset_answers_the_questions_that_decide(terminal: Terminal, work: Path) -> None:
    child = terminal("new", "demo")
    turns = [("How do you want to start", f"{DOWN * 2}{ENTER}"), ("PyTorch, clear", ENTER), *PROJECT, ("right", ENTER)]
    assert talk(child, *turns) == 0, child.printed
    assert front(work / "demo")["answers"]["goal"] == "research"


def test_a_recommendation_may_be_overruled_and_the_record_says_so(terminal: Terminal, work: Path) -> None:
    child = terminal("new", "demo")
    turns = [*GUIDED, ("recommended: TensorFlow", f"{UP}{ENTER}"), *PROJECT, ("Is it right", ENTER)]
    assert talk(child, *turns) == 0, child.printed
    assert "Overruled: PyTorch was taken all the same." in child.printed
    assert "Overruled: PyTorch was taken all the same." in (work / "demo" / RECORD).read_text()
    assert recorded(work / "demo")["framework"] == "pytorch"


def test_escape_leads_back_to_the_question_before_through_all_that_was_asked(terminal: Terminal, work: Path) -> None:
    child = terminal("new", "demo")
    turns = [
        ("How do you want to start", ENTER),
        ("What is it for", ENTER),
        ("What does the team know", ESC),
        ("What is it for", ESC),
        ("How do you want to start", f"{DOWN}{ENTER}"),  # from guided to quick
        ("Framework", ENTER),
        ("Project name", ESC),
        ("Framework", f"{DOWN}{ENTER}"),
        ("Project name", f"{CLEAR}other{ENTER}"),
        ("Python package", ESC),
        ("Project name.*other", ENTER),
        *PROJECT[1:],
        ("Is it right", ESC),
        ("A server", "y"),
        ("Port of the server", ENTER),
        ("Is it right", ENTER),
    ]
    assert talk(child, *turns) == 0, child.printed
    answers = recorded(work / "demo")
    assert (answers["project_name"], answers["framework"], answers["serve"]) == ("other", "tensorflow", True)


def test_every_answer_can_be_changed_in_the_review(terminal: Terminal, work: Path) -> None:
    child = terminal("new", "demo")
    change = ("Is it right", f"{DOWN * 2}{ENTER}")
    turns = [
        ("How do you want to start", f"{UP}{ENTER}"),  # learning
        ("recommended: PyTorch, lean", ENTER),
        *PROJECT[:3],
        ("Export formats", f"{SPACE}{DOWN}{SPACE}{ENTER}"),  # TorchScript in place of ONNX
        ("A server", "n"),
        change,
        ("Which one", ENTER),  # the folder
        ("Folder for the new project", f"{CLEAR}elsewhere{ENTER}"),
        change,
        ("Which one", f"{DOWN * 2}{ENTER}"),  # what the team knows
        (
            "What does the team know",
            f"{DOWN * 2}{ENTER}",
        ),  # Keras: the recommendation changes, so the framework is asked
        ("so far: either.*recommended: either", f"{DOWN}{ENTER}"),
        ("Export formats", ENTER),  # what PyTorch exports, TensorFlow does not
        change,
        ("Which one", f"{UP * 4}{ENTER}"),  # from the last answer back to the author
        ("Author", f"{CLEAR}Grace{ENTER}"),
        change,
        ("Which one", ESC),
        ("Is it right", f"{DOWN}{ENTER}"),  # its files
        (r"elsewhere/.*0001-framework.md.*Is it right", ENTER),
    ]
    assert talk(child, *turns) == 0, child.printed
    assert os.listdir(work) == ["elsewhere"]
    answers = recorded(work / "elsewhere")
    assert (answers["framework"], answers["exports"], answers["author"]) == ("tensorflow", ["saved_model"], "Grace")
    record = front(work / "elsewhere")
    assert (record["recommendation"], record["answers"]["team"], record["framework"]) == (
        "either",
        "keras",
        "tensorflow",
    )


def test_a_question_mark_shows_what_an_answer_scores_and_the_evidence(terminal: Terminal) -> None:
    child = terminal("decide")
    child.expect("What is it for")
    child.send("?")
    child.expect(r"research\s+\+2.*grade B, checked")
    child.expect("What is it for")


def test_decide_asks_the_same_questions_and_prints_the_command_that_answers_them(
    terminal: Terminal, fwnew: Callable[..., Any]
) -> None:
    child = terminal("decide")
    assert talk(child, *GUIDED[1:]) == 0, child.printed
    again = fwnew(*replayed(child.printed), "--json").json
    assert (again["answers"]["team"], again["answers"]["deployment"]) == ("keras", "mobile")
    assert (again["answers"]["weights"]["team"], again["recommendation"]) == (3, "tensorflow")


@pytest.mark.parametrize(
    "turns",
    [
        [("How do you want to start", CTRL_C)],
        [START, ("What is it for", CTRL_C)],
        [*GUIDED[:-2], ("Weights", CTRL_C)],
        [("How do you want to start", f"{DOWN}{ENTER}"), ("Framework", ENTER), ("Project name", CTRL_C)],
        [("How do you want to start", f"{DOWN}{ENTER}"), ("Framework", ENTER), *PROJECT, ("Is it right", CTRL_C)],
        [("How do you want to start", f"{DOWN}{ENTER}"), ("Framework", ENTER), *PROJECT, ("right", f"{UP}{ENTER}")],
    ],
    ids=["at the start", "at a question", "at the weights", "at the project", "in the review", "cancelled"],
)
def test_whoever_gives_up_finds_nothing_written(terminal: Terminal, work: Path, turns: list[Turn]) -> None:
    child = terminal("new", "demo")
    assert talk(child, *turns) == 130
    assert "cancelled, nothing was written" in child.printed
    assert os.listdir(work) == []


def test_escape_at_the_first_question_leaves(terminal: Terminal, work: Path) -> None:
    child = terminal()
    assert talk(child, ("Folder for the new project", ESC)) == 130


def test_without_colours_none_are_printed(terminal: Terminal) -> None:
    child = terminal("new", "demo")
    assert talk(child, *GUIDED, ("Framework", CTRL_C)) == 130
    coloured = re.findall(r"\x1b\[[0-9;]*[34][0-9][0-9;]*m", child.printed)
    assert coloured == []


def test_where_other_answers_leave_no_choice_nothing_is_asked(
    build_file_tree: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choices = "{Sail: {value: sail, validator: needs a mast}}"
    text = f"parts:\n  type: str\n  multiselect: true\n  choices: {choices}\n  default: []\n"
    questions = load(build_file_tree(tmp_path, {"copier.yml": text}), "demo")
    for name in ("text", "select", "select_several", "confirm"):
        monkeypatch.setattr(prompts, name, lambda *_: pytest.fail("a question was asked"))
    assert ask_project(questions, {}, {}, {}).values == {"parts": []}
    with pytest.raises(UsageError, match="needs a mast") as refused:
        resolve(questions, {"parts": ["sail"]})
    assert refused.value.hint == "your other answers leave nothing to choose: drop parts"


def test_a_terminal_that_can_do_nothing_is_asked_by_numbers(terminal: Terminal, work: Path) -> None:
    child = terminal("new", "demo", TERM="dumb")
    turns = [
        (r"\*  1  Guided.*number: ", "2\r"),
        (r"\*  1  PyTorch.*number: ", "<\r"),
        ("How do you want to start.*number: ", "1\r"),
        ("What is it for.*tells more: ", "?\r"),
        ("grade B, checked.*tells more: ", "9\r"),
        ("choose from 1 to 4.*tells more: ", "\r"),
        ("What does the team know.*tells more: ", "2\r"),
        ("How much will.*tells more: ", "\r"),
        ("Where will it run.*tells more: ", "1, 2\r"),
        ("Which pretrained.*tells more: ", "\r"),
        ("Who keeps.*tells more: ", "\r"),
        ("Must it be so.*none: ", "0\r"),
        ("Which Python.*number: ", "\r"),
        (r"Weights \[1 1 1 1 1 1\]: ", "\r"),
        ("Framework, .*tells more: ", "2\r"),
        (r"Project name \[demo\]: ", "torch\r"),
        (r"'torch' is taken.*Project name \[demo\]: ", "\r"),
        ("Python package.*: ", "\r"),
        ("Author.*: ", "\r"),
        ("Export formats.*: ", "1\r"),
        ("A server.*number: ", "\r"),
        ("Is it right.*number: ", "\r"),
    ]
    assert talk(child, *turns) == 0, child.printed
    assert "\x1b" not in child.printed
    assert (recorded(work / "demo")["framework"], recorded(work / "demo")["exports"]) == ("tensorflow", ["onnx"])
    assert front(work / "demo")["answers"]["deployment"] == ["server", "mobile"]


def test_on_a_dumb_terminal_too_nothing_is_wider_than_80_columns_but_a_command(terminal: Terminal) -> None:
    child = terminal("decide", TERM="dumb")
    turns = [("What is it for.*: ", "?\r"), *[(": ", "\r")] * 9]
    assert talk(child, *turns) == 0, child.printed
    lines = child.printed.replace("\r", "").splitlines()
    assert [line for line in lines if len(line) > 80 and not re.match(" *(https://|fwnew )", line)] == []
