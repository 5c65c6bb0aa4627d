"""What a hurried person types nearly right is understood, or the hint names what was meant."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Fwnew = Callable[..., Any]


@pytest.mark.parametrize(
    ("typed", "error", "hint"),
    [
        ("new demo -defaults", "there is no option -defaults", "did you mean --defaults?"),
        ("update -dry-run", "there is no option -dry-run", "did you mean --dry-run?"),
        ("decide --framework pytorch", "no such option: --framework", "--framework is an option of fwnew new"),
        ("--defaults", "no such option: --defaults", "--defaults is an option of fwnew new and fwnew decide"),
        ("decide --yes", "no such option: --yes", "--yes is an option of fwnew update and fwnew add"),
        ("decide --presett x", "no such option: --presett", "did you mean '--preset'?"),
        ("decide -d goal=a,b", "goal takes one answer", "choose from research, production, both, learning, undecided"),
        (
            "decide -d deployment=server -d deployment=android",
            "deployment is given twice, as server and as android",
            "give it once; several targets in one: deployment=server,android",
        ),
        (
            "new demo -d exports=onnx -d exports=torchscript",
            "exports is given twice, as onnx and as torchscript",
            "give it once; where several can be chosen, in one: exports=onnx,torchscript",
        ),
    ],
)
def test_the_hint_names_what_was_meant(fwnew: Fwnew, typed: str, error: str, hint: str) -> None:
    result = fwnew(*typed.split())
    assert result.code == 2
    assert result.err.splitlines() == [f"error: {error}", f"hint: {hint}"]


@pytest.mark.parametrize("other", ["phone", "Phone", "mobile", "android,ios"])
def test_phones_are_android_and_ios(fwnew: Fwnew, other: str) -> None:
    answers = fwnew("decide", "-d", f"deployment={other}", "--json").json["answers"]
    assert answers["deployment"] == ["android", "ios"]


def test_answers_are_taken_in_any_case(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    assert fwnew("decide", "-d", "goal=Research", "--json").json["answers"]["goal"] == "research"
    made = fwnew("new", "demo", "--framework", "PyTorch", "-d", "exports=ONNX", "--json").json
    assert (made["answers"]["framework"], made["answers"]["exports"]) == ("pytorch", ["onnx"])


def test_a_folder_without_a_decision_is_told_apart(fwnew: Fwnew, work: Path) -> None:
    (work / "demo").mkdir()
    result = fwnew("decide", "--revisit", "demo")
    assert result.code == 2
    assert "error: demo has no decision record: there is no docs" in result.err


def test_add_names_what_a_project_can_be_given(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    fwnew("new", "demo", "--defaults")
    has = fwnew("add", "exports", "onnx", "demo")
    assert (has.code, "hint: fwnew check shows what is new; it has: onnx" in has.err) == (2, True)
    other = fwnew("add", "docker", "onnx", "demo")
    assert (other.code, "a project can be given more exports" in other.err) == (2, True)


def test_the_constraints_are_listed(fwnew: Fwnew) -> None:
    out = fwnew("catalogue", "constraints").out
    assert {"windows_gpu", "no_beta", "no_unmaintained", "tpu"} <= set(out.split())
