"""Packages that are damaged."""

import errno
import json
import os
import random
import re
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import MANIFEST, PACKAGE, cut, edit, edit_manifest, entry, module


def test_no_package(refused: Callable[..., str]) -> None:
    shutil.rmtree("artifacts")
    for verb in (("verify",), ("predict", "x.png")):
        assert refused(*verb) == "There is no model package in artifacts. Run `export` first."


@pytest.mark.parametrize("text", ["", "[]", "{", "{}", '{"schema": 1}', '{"schema": 1, "artifacts": [{}]}'])
def test_a_broken_manifest(refused: Callable[..., str], text: str) -> None:
    MANIFEST.write_text(text)
    for verb in (("verify",), ("predict", "artifacts/golden.npz")):
        message = refused(*verb)
        assert message.startswith("artifacts/manifest.json ")
        assert message.endswith("Export again.")


@pytest.mark.parametrize("schema", [2, 4])
def test_a_manifest_of_another_version_of_this_code(refused: Callable[..., str], schema: int) -> None:
    edit_manifest(schema=schema)
    for verb in (("verify",), ("predict", "artifacts/golden.npz")):
        start = f"artifacts/manifest.json cannot be used (it has schema {schema};"
        assert refused(*verb).startswith(start)


def test_the_task_of_another_package(refused: Callable[..., str]) -> None:
    edit(Path("artifacts/task.json"), labels=["0"] * 10)
    for verb in (("verify",), ("predict", "artifacts/golden.npz")):
        assert refused(*verb) == "artifacts/task.json was changed since the export: see its sha256. Export again."


def test_the_golden_answers_of_another_model(refused: Callable[..., str]) -> None:
    with np.load("artifacts/golden.npz") as golden:
        images, logits = golden["images"], golden["logits"]
    np.savez("artifacts/golden.npz", images=images, logits=-logits)
    message = "artifacts/golden.npz was changed since the export: see its sha256. Export again."
    assert refused("verify") == message
    edit_manifest(golden=entry(Path("artifacts/golden.npz")))
    assert "differs by" in refused("verify")


def test_outputs_of_another_shape_are_not_compared(refused: Callable[..., str]) -> None:
    """NumPy would: a column stretches to the width of a table."""
    with np.load("artifacts/golden.npz") as golden:
        images, logits = golden["images"], golden["logits"]
    np.savez("artifacts/golden.npz", images=images, logits=logits[:, :1])
    edit_manifest(golden=entry(Path("artifacts/golden.npz")))
    assert "its outputs are {'logits': (1, 10)}, not {'logits': (1, 1)}" in refused("verify")


def test_a_truncated_artifact(refused: Callable[..., str]) -> None:
    artifact = json.loads(MANIFEST.read_text())["artifacts"][0]
    path = Path("artifacts", artifact["file"])
    cut(path if path.is_file() else next(file for file in path.rglob("*") if file.is_file()))
    assert re.search(rf"^{re.escape(artifact['file'])} .* was changed since the export", refused("verify"), re.M)


class Payload:
    """What a pickle runs when it is loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch owned",)


CAN_HOLD_A_PICKLE = ("artifacts/golden.npz", "artifacts/model.pt2", "runs/smoke/best.pt", "runs/smoke/last.pt")
"""TensorFlow's projects have the first of them only: Keras keeps weights in HDF5."""


@pytest.mark.parametrize("name", [name for name in CAN_HOLD_A_PICKLE if Path(name).exists()])
def test_a_pickle_in_a_file_is_never_run(refused: Callable[..., str], name: str) -> None:
    path, file = Path(name), Path(name).name
    if file == "golden.npz":
        np.savez(path, images=np.array([Payload()], dtype=object), logits=np.zeros(1))
        edit_manifest(golden={"file": file, "sha256": module("artifacts").sha256(path)})
        assert refused("verify").startswith("artifacts/golden.npz cannot be used: Object arrays")
    elif file.endswith(".pt"):
        import torch

        torch.save({"model": Payload(), "metrics": {}}, path)
        for verb in (("evaluate",), ("export",)) if file == "best.pt" else (("train", "smoke"),):
            assert "cannot be read" in refused(*verb)
    else:
        import io

        import torch

        saved = io.BytesIO()
        torch.save(Payload(), saved)
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, saved.getvalue() if name.endswith(".pt") else content)
        artifacts = json.loads(MANIFEST.read_text())["artifacts"]
        [artifact] = [artifact for artifact in artifacts if artifact["file"] == file]
        artifact["sha256"] = module("artifacts").sha256(path)
        edit_manifest(artifacts=[artifact])
        assert file in refused("verify")
    assert not Path("owned").exists()


def test_an_artifact_that_is_gone(refused: Callable[..., str]) -> None:
    for artifact in json.loads(MANIFEST.read_text())["artifacts"]:
        path = Path("artifacts", artifact["file"])
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert "is missing. Export again." in refused("verify")
    assert "is missing. Export again." in refused("predict", "artifacts/golden.npz")


def test_a_format_that_this_project_does_not_know(refused: Callable[..., str]) -> None:
    artifacts = json.loads(MANIFEST.read_text())["artifacts"]
    edit_manifest(artifacts=[artifacts[0] | {"format": "core_ml"}])
    for verb in (("verify",), ("predict", "artifacts/golden.npz")):
        assert "core_ml" in refused(*verb)


@pytest.mark.parametrize("spoil", ["missing", "text", "no array", "shape", "nan", "objects"])
def test_a_file_that_predict_cannot_use(refused: Callable[..., str], spoil: str) -> None:
    with np.load("artifacts/golden.npz") as golden:
        images = golden["images"]
    arrays: dict[str, Any] = {
        "no array": {"other": images},
        "shape": {"images": images[:, :, :4]},
        "nan": {"images": np.full_like(images, np.nan)},
        "objects": {"images": np.array([{}, "x"], dtype=object)},
    }
    if spoil in arrays:
        np.savez("x.npz", **arrays[spoil])
    elif spoil == "text":
        Path("x.npz").write_text("text")
    assert refused("predict", "x.npz").startswith("x.npz: ")
    assert refused("predict", "x.png").startswith("x.png: ")


def spoiled(draw: random.Random, value: Any) -> Any:
    """A value of a manifest, damaged somewhere: something is missing, of another kind, or another one."""
    if isinstance(value, dict) and value and draw.random() < 0.8:
        key = draw.choice(list(value))
        kept = {name: each for name, each in value.items() if name != key}
        return kept if draw.random() < 0.3 else kept | {key: spoiled(draw, value[key])}
    if isinstance(value, list) and value and draw.random() < 0.8:
        place = draw.randrange(len(value))
        return [*value[:place], *([spoiled(draw, value[place])] if draw.random() < 0.8 else []), *value[place + 1 :]]
    others = [None, -1, 0.5, "", "../x.onnx", "/etc/passwd", [], {}, [value], {"a": value}, True]
    return draw.choice([other for other in others if other != value])


def test_no_damaged_manifest_passes_or_ends_in_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    whole = json.loads(MANIFEST.read_text())
    for seed in range(200):
        MANIFEST.write_text(json.dumps(spoiled(random.Random(seed), whole)))
        for verb in (["verify"], ["predict", "artifacts/golden.npz"]):
            monkeypatch.setattr(sys, "argv", [PACKAGE, *verb])
            with pytest.raises(SystemExit, match=r"^artifacts/manifest\.json cannot be used \(.+\)\. Export again\.$"):
                module("__main__").main()
    assert "passed" not in capsys.readouterr().out


@pytest.mark.parametrize("file", ["../outside.onnx", "{here}/outside.onnx", "..", ".", "", "sub/model.onnx"])
def test_a_package_reads_nothing_outside_of_it(refused: Callable[..., str], file: str) -> None:
    artifacts = json.loads(MANIFEST.read_text())["artifacts"]
    file = file.format(here=Path.cwd())
    shutil.copytree("artifacts", "outside.onnx")
    for artifact in artifacts:
        artifact["file"] = file
    edit_manifest(artifacts=artifacts)
    for verb in (("verify",), ("predict", "artifacts/golden.npz")):
        assert f"The manifest names {file}, which is not in artifacts." in refused(*verb)


def test_an_artifact_that_its_runtime_cannot_load(refused: Callable[..., str]) -> None:
    artifacts = json.loads(MANIFEST.read_text())["artifacts"]
    for artifact in artifacts:
        path = Path("artifacts", artifact["file"])
        file = path if path.is_file() else path / "saved_model.pb"
        file.write_bytes(b"damaged" + file.read_bytes()[7:])
        artifact["sha256"] = module("artifacts").sha256(path)
    edit_manifest(artifacts=artifacts)
    assert refused("verify").count("cannot be loaded (") == len(artifacts)
    said = refused("predict", "artifacts/golden.npz")
    assert re.fullmatch(r"artifacts/\S+ cannot be loaded \(.*\)\. Export again\.", said)


@pytest.mark.parametrize("how", ["a link", "a mount", "a file of the user's own in it"])
def test_an_export_replaces_what_it_wrote_and_nothing_else(
    shown: Callable[..., str], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    name = next(iter(module("formats").FORMATS))
    monkeypatch.setattr(module("artifacts"), "FORMATS", {name: module("formats").FORMATS[name]})
    before = json.loads(MANIFEST.read_text())["artifacts"]
    if how == "a link":
        Path("artifacts").rename("volume")
        Path("artifacts").symlink_to("volume")
    elif how == "a mount":  # which cannot be removed or renamed
        monkeypatch.setattr(os, "rmdir", cannot("artifacts", os.rmdir))
        monkeypatch.setattr(os, "replace", cannot("artifacts", os.replace))
    Path("artifacts/notes.txt").write_text("mine")
    shown("ascii", "export")
    [artifact] = json.loads(MANIFEST.read_text())["artifacts"]
    assert Path("artifacts/notes.txt").read_text() == "mine"
    assert Path("artifacts").is_symlink() == (how == "a link")
    gone = [each["file"] for each in before if each["file"] != artifact["file"]]
    assert not [file for file in (*gone, "verify.json", "new") if Path("artifacts", file).exists()]
    monkeypatch.undo()
    assert "passed" in shown("ascii", "verify")


def cannot(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def run(*paths: Any, **options: Any) -> Any:
        if any(Path(path) == Path(name) for path in paths):
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), name)
        return call(*paths, **options)

    return run
