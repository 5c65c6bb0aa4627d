"""What a hurried person types nearly right is understood, or the hint names what was meant."""

from pathlib import Path

import pytest

from tests.kit.commands import Fwnew, refused


@pytest.mark.parametrize(
    ("typed", "error", "hint"),
    [
        ("new demo -defaults", "there is no option -defaults", "did you mean --defaults?"),
        ("template foo", "no such command 'foo'", "fwnew template --help lists its commands"),
        ("new demo --license MIT", "no such option: --license", "if that is an answer: --data license=VALUE"),
        ("update -dry-run", "there is no option -dry-run", "did you mean --dry-run?"),
        ("decide --framework pytorch", "no such option: --framework", "--framework is an option of fwnew new"),
        ("--defaults", "no such option: --defaults", "--defaults is an option of fwnew new and fwnew decide"),
        (
            "new demo --framework --defaults",
            "--framework needs a value, and --defaults is an option",
            "--framework VALUE --defaults",
        ),
        ("new demo --framework pytorch --framework tensorflow", "--framework is given twice", "give it once"),
        ("new demo --preset=device --preset research", "--preset is given twice", "give it once"),
        (
            "decide -d constraints=tpu -d constraints=no_beta",
            "constraints is given twice, as tpu and as no_beta",
            "give it once; several in one: constraints=tpu,no_beta",
        ),
        ("decide --yes", "no such option: --yes", "--yes is an option of fwnew update and fwnew add"),
        ("decide --presett x", "no such option: --presett", "did you mean '--preset'?"),
        ("decide -d goal=a,b", "goal takes one answer", "choose from research, production, both, learning, undecided"),
        (
            "decide -d deployment=server -d deployment=android",
            "deployment is given twice, as server and as android",
            "give it once; several in one: deployment=server,android",
        ),
        (
            "new demo -d exports=onnx -d exports=torchscript",
            "exports is given twice, as onnx and as torchscript",
            "give it once; several choices of one question in one, such as exports=onnx,torch_export",
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
    refused(fwnew("decide", "--revisit", "demo"), "error: demo has no decision record: there is no docs")


def test_add_names_what_a_project_can_be_given(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    fwnew("new", "demo", "--defaults")
    refused(fwnew("add", "exports", "onnx", "demo"), "hint: it has onnx")
    refused(fwnew("add", "docker", "onnx", "demo"), "a project can be given more exports")


def test_the_constraints_are_listed(fwnew: Fwnew) -> None:
    out = fwnew("catalogue", "constraints").out
    assert {"windows_gpu", "no_beta", "no_unmaintained", "tpu"} <= set(out.split())


def test_an_empty_file_of_answers_is_refused(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    (work / "empty.yml").touch()
    for command in ("new demo --decision empty.yml", "decide --answers empty.yml --data team=keras"):
        refused(fwnew(*command.split()), "empty.yml holds no answers")
    assert not (work / "demo").exists()


def test_one_answer_is_taken_where_one_is_asked_for(fwnew: Fwnew, packaged: Path) -> None:
    refused(fwnew("new", "demo", "--framework", "pytorch,tensorflow"), "framework: it takes one answer")
