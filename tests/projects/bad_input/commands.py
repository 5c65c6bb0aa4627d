"""Commands that make no sense, and output that nobody reads or can show."""

import json
import re
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import MANIFEST, PACKAGE, TRAIN, edit, edit_manifest, module


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


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_predict_escapes_a_label_that_the_terminal_lacks(shown: Callable[..., str], encoding: str) -> None:
    edit(Path("artifacts/task.json"), labels=["猫"] * 10)
    edit_manifest(task={"file": "task.json", "sha256": module("artifacts").sha256(Path("artifacts/task.json"))})
    first, *_ = shown(encoding, "predict", "artifacts/golden.npz").splitlines()
    assert re.fullmatch(r"artifacts/golden\.npz\[0\]  \\u732b  [01]\.\d{4}", first)


def test_training_and_evaluation_on_a_terminal_without_unicode(shown: Callable[..., str], images: Path) -> None:
    (images / "dark").rename(images / "猫")
    trained = shown("cp1252", *TRAIN)
    assert trained.startswith("epoch   1/1  train_loss ")  # a line, and nothing of Keras' progress bar
    assert "\\u" not in trained
    assert "  class_accuracy \\u732b" in shown("cp1252", "evaluate")
    assert "猫" in json.loads(Path("runs/mine/evaluation.json").read_text("utf-8"))["class_accuracy"]


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
