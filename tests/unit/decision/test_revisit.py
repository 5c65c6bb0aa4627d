"""`fwnew decide --revisit`: an old decision, judged by what is known today."""

import re
from pathlib import Path

import pytest

from tests.kit.commands import Fwnew, refused

WORDS = ("-d", "team=keras", "-d", "weights.team=3", "-d", "deployment=android")


@pytest.fixture
def decided(fwnew: Fwnew, work: Path) -> Path:
    """The decision record of a project, just written."""
    file = work / "demo" / "docs" / "decisions" / "0001-framework.md"
    file.parent.mkdir(parents=True)
    file.write_text(fwnew("decide", *WORDS, "--markdown").out)
    return file


def edit(file: Path, pattern: str, new: str) -> None:
    text = file.read_text()
    edited = re.sub(pattern, new, text, count=1, flags=re.MULTILINE)
    assert edited != text
    file.write_text(edited)


def test_a_fresh_decision_is_unchanged(fwnew: Fwnew, decided: Path) -> None:
    result = fwnew("decide", "--revisit", "demo")
    assert result.code == 0, result
    said = " ".join(result.out.split())
    unchanged = r"Unchanged: TensorFlow, clear \(score -0.44\) on .*, TensorFlow, clear .* today\."
    assert re.fullmatch(f"{unchanged} It suggests for a project: exports=tflite\\.", said)


def test_a_decision_whose_grounds_gave_way_is_weaker_and_says_by_what(fwnew: Fwnew, decided: Path) -> None:
    edit(decided, "^score: .*", "score: -5/8")
    edit(decided, "^  deployment: -1", "  deployment: -2")
    result = fwnew("decide", "--revisit", "demo")
    assert result.code == 0
    assert result.out.startswith("Weaker: ")
    assert "deployment: its answer scores -1, and scored -2" in result.out


def test_a_record_that_calls_an_answer_by_its_older_name_is_understood(fwnew: Fwnew, decided: Path) -> None:
    edit(decided, "^  deployment: android", "  deployment: mobile")
    result = fwnew("decide", "--revisit", "demo")
    assert result.code == 0
    assert result.out.startswith("Weaker: ")
    assert "deployment: its answer scores 0, and scored -1" in result.out


def test_a_flipped_decision_is_exit_code_1(fwnew: Fwnew, decided: Path) -> None:
    edit(decided, "^recommendation: .*", "recommendation: pytorch")
    result = fwnew("decide", "--revisit", "demo", "--json")
    assert result.code == 1
    assert (result.json["verdict"], result.json["was"]["recommendation"]) == ("flipped", "pytorch")
    assert result.json["now"]["recommendation"] == "tensorflow"


def test_a_rule_that_came_or_went_is_named(fwnew: Fwnew, decided: Path) -> None:
    edit(decided, "^strength: .*", "strength: forced")
    assert "the rule that forced it holds no more" in fwnew("decide", "--revisit", "demo").out
    edit(decided, "^strength: .*", "strength: lean")
    edit(decided, "constraints: \\[\\]", "constraints: [windows_gpu]")
    result = fwnew("decide", "--revisit", "demo")
    assert result.code == 1
    assert "H4: since 2.11 TensorFlow has not supported GPUs in native Windows" in result.out


@pytest.mark.parametrize(
    ("pattern", "new", "says"),
    [
        ("^schema: 1", "schema: 9", "from a newer fwnew"),
        ("^schema: 1", "schema: one", "was edited by hand or is missing"),
        ("^recommendation: .*", "recommendation: jax", "was edited by hand or is missing"),
        ("^score: .*", "score: 1/0", "was edited by hand or is missing"),
        ("^date: .*", "date: yesterday", "was edited by hand or is missing"),
        ("^answers:", "answer:", "was edited by hand or is missing"),
        ("^  team: keras", "  team: jax", "team: there is no 'jax'"),
        ("\\A---\n", "", "was edited by hand or is missing"),
    ],
)
def test_a_record_that_cannot_be_read_is_one_sentence(
    fwnew: Fwnew, decided: Path, pattern: str, new: str, says: str
) -> None:
    edit(decided, pattern, new)
    result = fwnew("decide", "--revisit", "demo")
    refused(result)
    assert says in result.err.splitlines()[0]
    assert result.err.splitlines()[1].startswith("hint: ")


def test_a_project_without_a_record_is_told_how_to_get_one(fwnew: Fwnew, work: Path) -> None:
    refused(fwnew("decide", "--revisit", "."), "fwnew decide --data ... --markdown > docs/decisions/0001-framework.md")
