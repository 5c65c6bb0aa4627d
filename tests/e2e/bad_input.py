"""Wrong input to a generated project: one sentence that names the culprit and says what to do, never a traceback.

Run by test_project.py with the project's own Python, in the folder of a project with a trained run and a package.
"""

import json
import os
import re
import shutil
import signal
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from importlib import import_module
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

PROJECT = Path.cwd()
PACKAGE = os.environ["PROJECT_PACKAGE"]


def module(name: str) -> Any:
    return import_module(f"{PACKAGE}.{name}")


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the project's run and its package: a test may spoil both."""
    for name in ("runs", "artifacts"):
        shutil.copytree(PROJECT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> Callable[..., str]:
    """Runs a verb that must end with exit code 1 and one sentence or two, which it returns."""

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", [PACKAGE, *arguments])
        with pytest.raises(SystemExit) as exit_:
            module("__main__").main()
        assert exit_.value.code not in (0, None)
        message = exit_.value.code if isinstance(exit_.value.code, str) else capsys.readouterr().out
        assert "Traceback" not in message
        return message

    return run


@pytest.fixture
def images(work: Path) -> Path:
    """A folder with two classes of ten images each."""
    for label, grey in (("bright", 250), ("dark", 5)):
        (work / "images" / label).mkdir(parents=True)
        for i in range(10):
            Image.new("L", (20, 30), grey + i // 2).save(work / "images" / label / f"{i}.png")
    return work / "images"


TRAIN = ("train", "smoke", "--name", "mine", "--data-dir", "images", "--image-size", "8", "--epochs", "1")


def edit(path: Path, **values: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def checkpoint(name: str, run: str = "smoke") -> Path:
    return next(Path("runs", run).glob(f"{name}.*"))


# ── Data ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_missing_data_folder(refused: Callable[..., str]) -> None:
    assert refused(*TRAIN) == "--data-dir names images, which is not a folder."


def test_one_class_only(refused: Callable[..., str], images: Path) -> None:
    shutil.rmtree(images / "dark")
    assert refused(*TRAIN) == "images has 1 sub-folders; --data-dir needs one for each of two or more classes."


def test_an_empty_class(refused: Callable[..., str], images: Path) -> None:
    (images / "empty").mkdir()
    assert refused(*TRAIN) == "images/empty has 0 PNG or JPEG images; a class needs 7 or more."


@pytest.mark.parametrize("limit", [2**30, 0], ids=["in memory", "batch by batch"])
@pytest.mark.parametrize("how", ["no image", "truncated", "empty"])
def test_an_unreadable_image(
    refused: Callable[..., str], images: Path, monkeypatch: pytest.MonkeyPatch, limit: int, how: str
) -> None:
    monkeypatch.setattr(module("data"), "IN_MEMORY", limit)
    path = images / "dark" / "3.png"
    if how == "truncated":
        Image.effect_noise((200, 200), 50).save(path)
        cut(path)
    else:
        path.write_bytes(b"" if how == "empty" else b"not an image")
    assert refused(*TRAIN).startswith("images/dark/3.png cannot be read as an image: ")


def test_16_bits_are_refused_and_not_clipped(refused: Callable[..., str], images: Path) -> None:
    Image.fromarray(np.full((9, 9), 40_000, np.uint16)).save(images / "dark" / "3.png")
    assert "images/dark/3.png cannot be read as an image: its pixels are I;16, not 8 bits" in refused(*TRAIN)


def test_an_image_is_turned_upright() -> None:
    picture = Image.new("L", (20, 10))
    picture.paste(255, (0, 0, 20, 5))  # the upper half is white
    exif = Image.Exif()
    exif[0x0112] = 3  # it was taken upside down
    picture.save("photo.jpg", exif=exif)
    pixels = module("task").read_image(Path("photo.jpg"), (10, 20, 1))
    assert pixels[1].mean() < 20 < 235 < pixels[-2].mean()


def test_a_palette_and_transparency_become_rgb() -> None:
    picture = Image.new("P", (4, 4), 1)
    picture.putpalette([0, 0, 0, 200, 100, 50])
    picture.save("palette.png", transparency=0)
    assert module("task").read_image(Path("palette.png"), (4, 4, 3))[0, 0].tolist() == [200, 100, 50]


def test_mixed_sizes_and_modes_train(images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for i, mode in enumerate(("1", "L", "LA", "P", "RGB", "RGBA")):
        Image.new(mode, (5 + 10 * i, 40)).save(images / "dark" / f"{i}.png")
    monkeypatch.setattr(sys, "argv", [PACKAGE, *TRAIN])
    module("__main__").main()
    assert checkpoint("best", "mine").is_file()


def test_nan_in_the_data_stops_before_the_step(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = module("samples").Samples.pixels

    def spoiled(*arguments: Any) -> np.ndarray:
        return np.where(np.zeros(()) == 0, np.float32("nan"), pixels(*arguments)).astype(np.float32)

    monkeypatch.setattr(module("samples").Samples, "pixels", spoiled)
    message = refused("train", "smoke", "--name", "nan")
    assert "epoch" in message.lower()
    assert "batch 1: the gradient is not finite" in message
    assert not list(Path("runs/nan").glob("best.*"))


def test_a_loss_that_explodes_stops_before_the_step(refused: Callable[..., str]) -> None:
    message = refused("train", "smoke", "--name", "big", "--learning-rate", "1e30")
    assert "batch 2: the gradient is not finite" in message
    assert "Try a smaller --learning-rate" in message
    assert not list(Path("runs/big").glob("best.*"))


# ── Runs ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_trained_yet(refused: Callable[..., str]) -> None:
    shutil.rmtree("runs")
    for verb in ("evaluate", "export"):
        assert refused(verb) == "There is no trained model in runs/*. `train smoke` makes one in seconds."
        assert refused(verb, "other") == "There is no trained model in runs/other. `train smoke` makes one in seconds."


def test_a_run_of_another_configuration(refused: Callable[..., str]) -> None:
    message = refused("train", "smoke", "--channels", "8")
    assert message.startswith("runs/smoke was begun with others: channels was 32, now 8.")


def test_a_run_of_other_data(refused: Callable[..., str], images: Path, shown: Callable[..., str]) -> None:
    shown("ascii", *TRAIN)
    (images / "dark").rename(images / "grey")
    for verb in (("evaluate",), ("export",)):
        assert refused(*verb) == "The data and the model differ in classes: dark, grey."
    assert refused(*TRAIN).startswith("runs/mine was begun with others: the training data have changed.")


def test_a_run_of_an_older_version_of_this_code(refused: Callable[..., str]) -> None:
    Path("runs/smoke/task.json").unlink()
    for verb in (("evaluate",), ("export",), ("train", "smoke")):
        assert re.fullmatch(r"runs/smoke cannot be used \(.*task.json'\). Train it again.", refused(*verb))


def test_a_checkpoint_of_another_model(refused: Callable[..., str]) -> None:
    edit(Path("runs/smoke/config.json"), channels=8)
    for verb in (("evaluate",), ("export",), ("train", "smoke", "--channels", "8")):
        assert "does not fit the model in model.py. Train that model under another --name." in refused(*verb)


def test_a_finished_run_says_that_nothing_is_trained(images: Path, shown: Callable[..., str]) -> None:
    shown("ascii", *TRAIN)
    again = shown("ascii", *TRAIN)
    assert again.startswith("runs/mine has its 1 of 1 epochs already: nothing is trained.")


def test_the_run_that_was_trained_last_is_found(images: Path, shown: Callable[..., str]) -> None:
    """By the last weights, too: the best may be of an earlier epoch."""
    shown("ascii", *TRAIN)
    hour_ago = time.time() - 3600
    for file in Path("runs/mine").iterdir():
        os.utime(file, (hour_ago, hour_ago))
    assert shown("ascii", "evaluate").startswith("runs/smoke,")
    os.utime(checkpoint("last", "mine"))
    assert shown("ascii", "evaluate").startswith("runs/mine,")


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [("label-smoothing", "2", "from 0 to 1"), ("seed", "-1", "from 0 to 2**32 - 1"), ("epochs", "0", "positive")],
)
def test_a_setting_that_cannot_be(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, reason: str
) -> None:
    monkeypatch.setattr(sys, "argv", [PACKAGE, "train", "smoke", "--name", "mine", f"--{setting}", value])
    with pytest.raises(SystemExit) as stopped:
        module("__main__").main()
    assert stopped.value.code == 2
    assert reason in "".join(capsys.readouterr())
    assert not Path("runs/mine").exists()


@pytest.mark.parametrize("text", ["", "{", '{"epoch": 1}\n'])
def test_metrics_that_do_not_fit_the_weights(refused: Callable[..., str], shown: Callable[..., str], text: str) -> None:
    """PyTorch's run has them in last.pt, too, and needs no others."""
    metrics = Path("runs/smoke/metrics.jsonl")
    metrics.write_text(text)
    if checkpoint("last").suffix == ".keras":
        assert refused("train", "smoke").startswith(f"{metrics} cannot be used (")
    else:
        assert "nothing is trained" in shown("ascii", "train", "smoke")


def test_a_truncated_checkpoint(refused: Callable[..., str]) -> None:
    cut(checkpoint("best"))
    cut(checkpoint("last"))
    for verb in (("evaluate",), ("export",), ("train", "smoke")):
        assert "cannot be read" in refused(*verb)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"epochs": 0}'])
def test_a_broken_configuration(refused: Callable[..., str], text: str) -> None:
    Path("runs/smoke/config.json").write_text(text)
    for verb in (("evaluate",), ("export",), ("train", "smoke")):
        assert refused(*verb).startswith("runs/smoke cannot be used (")


def test_a_name_with_brackets_is_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("runs/smoke").rename("runs/a[1]")
    monkeypatch.setattr(sys, "argv", [PACKAGE, "evaluate", "a[1]"])
    module("__main__").main()


@pytest.mark.parametrize("name", ["../smoke", "/tmp/x", "", ".."])
def test_a_name_that_is_a_path(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(sys, "argv", [PACKAGE, "train", "smoke", "--name", name])
    with pytest.raises(SystemExit):
        module("__main__").main()
    assert "Traceback" not in "".join(capsys.readouterr())


# ── The package ─────────────────────────────────────────────────────────────────────────────────────────────────

MANIFEST = Path("artifacts/manifest.json")


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


@pytest.mark.parametrize("schema", [1, 3])
def test_a_manifest_of_another_version_of_this_code(refused: Callable[..., str], schema: int) -> None:
    edit(MANIFEST, schema=schema)
    for verb in (("verify",), ("predict", "artifacts/golden.npz")):
        start = f"artifacts/manifest.json cannot be used (it has schema {schema} "
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
    assert refused("verify") == f"The golden answers cannot be used: {message}"
    edit(MANIFEST, golden={"file": "golden.npz", "sha256": module("artifacts").sha256(Path("artifacts/golden.npz"))})
    assert "differs by" in refused("verify")


def test_outputs_of_another_shape_are_not_compared(refused: Callable[..., str]) -> None:
    """NumPy would: a column stretches to the width of a table."""
    with np.load("artifacts/golden.npz") as golden:
        images, logits = golden["images"], golden["logits"]
    np.savez("artifacts/golden.npz", images=images, logits=logits[:, :1])
    edit(MANIFEST, golden={"file": "golden.npz", "sha256": module("artifacts").sha256(Path("artifacts/golden.npz"))})
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
        edit(MANIFEST, golden={"file": file, "sha256": module("artifacts").sha256(path)})
        assert refused("verify").startswith("The golden answers cannot be used: Object arrays")
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
        edit(MANIFEST, artifacts=[artifact])
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
    edit(MANIFEST, artifacts=[artifacts[0] | {"format": "core_ml"}])
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


# ── The command line ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("trian",), "There is no verb 'trian'"),
        (("train", "smoek"), "smoek"),
        (("train", "smoke", "--epochs", "0"), "epochs must be positive, not 0"),
        (("train", "smoke", "--epochs", "many"), "--epochs"),
        (("train", "smoke", "--learning-rate", "nan"), "learning_rate must be positive, not nan"),
        (("train", "smoke", "--lr", "1"), "--lr"),
        (("predict",), "required"),
    ],
)
def test_a_command_that_makes_no_sense_is_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.setattr(sys, "argv", [PACKAGE, *arguments])
    with pytest.raises(SystemExit) as exit_:
        module("__main__").main()
    printed = "".join(capsys.readouterr())
    assert exit_.value.code == 2
    assert said.lower() in printed.lower()
    assert "Traceback" not in printed


# ── What reads the output ───────────────────────────────────────────────────────────────────────────────────────


class Terminal(TextIOWrapper):
    """One that shows the characters of its encoding only."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs a verb at a terminal of the given encoding and returns what it shows."""

    def run(encoding: str, *arguments: str) -> str:
        terminal = Terminal(BytesIO(), encoding)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", terminal)
            patch.setattr(sys, "argv", [PACKAGE, *arguments])
            module("__main__").main()
        return terminal.buffer.getvalue().decode(encoding)

    return run


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_predict_escapes_a_label_that_the_terminal_lacks(shown: Callable[..., str], encoding: str) -> None:
    edit(Path("artifacts/task.json"), labels=["猫"] * 10)
    edit(MANIFEST, task={"file": "task.json", "sha256": module("artifacts").sha256(Path("artifacts/task.json"))})
    first, *_ = shown(encoding, "predict", "artifacts/golden.npz").splitlines()
    assert re.fullmatch(r"artifacts/golden\.npz\[0\]  \\u732b  [01]\.\d{4}", first)


def test_training_and_evaluation_on_a_terminal_without_unicode(shown: Callable[..., str], images: Path) -> None:
    (images / "dark").rename(images / "猫")
    trained = shown("cp1252", *TRAIN)
    assert trained.startswith("epoch   1/1  train_loss ")  # a line, and nothing of Keras' progress bar
    assert "\\u" not in trained
    assert "  class_accuracy \\u732b" in shown("cp1252", "evaluate")
    assert "猫" in json.loads(Path("runs/mine/evaluation.json").read_text("utf-8"))["class_accuracy"]


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Runs a verb whose output nobody reads, as after `| head`; it must end as such a verb does."""
    reader, writer = os.pipe()
    os.close(reader)

    def run(*arguments: str) -> None:
        with monkeypatch.context() as patch, os.fdopen(os.dup(writer), "w", encoding="utf-8") as pipe:
            patch.setattr(sys, "stdout", pipe)
            patch.setattr(sys, "argv", [PACKAGE, *arguments])
            with pytest.raises(SystemExit) as exit_:
                module("__main__").main()
        assert exit_.value.code == 141

    yield run
    os.close(writer)


def test_a_training_that_nobody_reads_stops_after_an_epoch_and_can_go_on(
    unread: Callable[..., None], images: Path, shown: Callable[..., str]
) -> None:
    two_epochs = (*TRAIN[:-1], "2")
    unread(*two_epochs)
    assert shown("ascii", *two_epochs).startswith("resuming runs/mine after 1 of 2 epochs\n")


def test_an_evaluation_that_nobody_reads_is_written(unread: Callable[..., None]) -> None:
    Path("runs/smoke/evaluation.json").unlink()
    unread("evaluate")
    assert Path("runs/smoke/evaluation.json").exists()


def test_an_export_that_nobody_reads_is_whole(unread: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree("artifacts")
    monkeypatch.setattr(module("artifacts"), "FORMATS", {"onnx": module("formats").FORMATS["onnx"]})
    unread("export")
    assert [artifact["format"] for artifact in json.loads(MANIFEST.read_text())["artifacts"]] == ["onnx"]


def test_a_broken_pipe_that_is_not_the_output_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def main() -> None:
        raise BrokenPipeError

    monkeypatch.setattr(module("verify"), "main", main)
    monkeypatch.setattr(sys, "argv", [PACKAGE, "verify"])
    with pytest.raises(BrokenPipeError):
        module("__main__").main()


def test_no_verb_makes_a_broken_pipe_deadly(shown: Callable[..., str]) -> None:
    """A server would end with its first client that leaves, and a training with its first worker."""
    shown("ascii", "predict", "artifacts/golden.npz")
    assert signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN
