"""`fwnew add`: another part, at the version that the project has."""

from pathlib import Path

from tests.kit.commands import Fwnew, refused
from tests.kit.git import git


def test_a_part_is_added_at_the_projects_own_version(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    fwnew("new", "demo", "--defaults")
    result = fwnew("add", "export", "torchscript", "demo", "--yes", "--json")
    assert (result.code, result.json["to"]) == (0, "0.2.0")
    assert result.json["answers"]["exports"] == ["onnx", "torchscript"]
    fwnew("update", "demo", "--abort")
    refused(fwnew("add", "export", "onnx", "demo", "--yes"), "has onnx already")
    refused(fwnew("add", "export", "saved_model", "demo", "--yes"), "is a TensorFlow format")
    refused(fwnew("add", "exprot", "onnx", "demo", "--yes"), "did you mean 'exports'?")


def test_several_parts_are_added_at_once_and_the_commit_says_what_changed(
    fwnew: Fwnew, packaged: Path, work: Path
) -> None:
    fwnew("new", "demo", "--defaults", "--data", "exports=onnx")
    result = fwnew("add", "exports", "torchscript,onnx", "demo", "--yes", "--commit")
    assert (result.code, "0.2.0 -> 0.2.0" in result.out) == (0, False)
    assert git(work / "demo", "log", "-1", "--format=%s").strip() == "Change answers to the template: exports"
