"""Where the other answers leave nothing to choose."""

import copy
from collections.abc import Callable
from pathlib import Path

import pytest

from fwnew.errors import UsageError
from fwnew.questions.question import MISSING
from fwnew.questions.questions import load, resolve
from fwnew.terminal import prompts
from fwnew.wizard.ask_project import ProjectQuestions
from fwnew.wizard.state import State
from tests.kit.commands import Fwnew
from tests.kit.terminal import ENTER, Start
from tests.kit.wizard import REVIEW

STUCK = """\
a: {type: str, help: Mast, choices: [p, q], default: p}
b: {type: str, help: Sail, choices: {L: {value: l, validator: "{% if a == 'p' %}needs a mast{% endif %}"}}}
c: {type: str, help: Colour, default: "{{ b }}"}
"""


@pytest.mark.parametrize("default", ["}", ", default: l}"], ids=["no default", "a default"])
def test_where_no_choice_is_left_the_question_before_is_asked_again(
    start: Start,
    fwnew: Fwnew,
    build_file_tree: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    default: str,
) -> None:
    text = STUCK.replace('endif %}"}}}', 'endif %}"}}' + default)
    folder = str(build_file_tree(tmp_path / "stuck", {"copier.yml": text}))
    at = start("new", "demo", FWNEW_TEMPLATE=folder)
    at.choose("Mast", "p").shows("leave nothing to choose for 'Sail'")
    at.choose("Mast", "q").asks("Colour: l").press(ENTER)
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
