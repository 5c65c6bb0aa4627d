"""Runs that are damaged, of other code, or another's."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import PACKAGE, TRAIN, checkpoint, cut, edit, module


def test_nothing_trained_yet(refused: Callable[..., str]) -> None:
    shutil.rmtree("runs")
    for verb in ("evaluate", "export"):
        assert refused(verb) == "There is no trained model in runs/*. `train smoke` makes one in seconds."
        assert refused(verb, "other") == "There is no trained model in runs/other. `train smoke` makes one in seconds."


def test_a_run_of_another_configuration(refused: Callable[..., str]) -> None:
    message = refused("train", "smoke", "--channels", "8")
    assert message.startswith("runs/smoke was begun with others: channels was 32, now 8.")


def test_a_run_of_an_older_version_of_this_code(refused: Callable[..., str]) -> None:
    Path("runs/smoke/task.json").unlink()
    for verb in (("evaluate",), ("export",), ("train", "smoke")):
        assert re.fullmatch(r"runs/smoke cannot be used \(.*task.json'\). Train it again.", refused(*verb))


def test_a_checkpoint_of_another_model(refused: Callable[..., str]) -> None:
    edit(Path("runs/smoke/config.json"), channels=8)
    for verb in (("evaluate",), ("export",), ("train", "smoke", "--channels", "8")):
        assert "does not fit the model in model.py. Train that model under another --name." in refused(*verb)


def test_a_model_that_memory_cannot_hold(refused: Callable[..., str], images: Path) -> None:
    assert refused(*TRAIN, "--channels", "3000000").startswith("train needs more memory than there is. ")


@pytest.mark.usefixtures("trained")
def test_a_finished_run_says_that_nothing_is_trained(images: Path, shown: Callable[..., str]) -> None:
    again = shown("ascii", *TRAIN)
    assert again.startswith("runs/mine has its 1 of 1 epochs already: nothing is trained.")


@pytest.mark.usefixtures("trained")
def test_the_run_that_was_trained_last_is_found(images: Path, shown: Callable[..., str]) -> None:
    """By the last weights, too: the best may be of an earlier epoch."""
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


@pytest.mark.parametrize("text", ["", "name\n", "name,split,size,changed,inode,sha256\na,b,c,d,e,f\n"])
def test_a_damaged_list_of_samples(refused: Callable[..., str], text: str) -> None:
    Path("runs/smoke/samples.csv").write_text(text)
    for verb in (("evaluate",), ("export",), ("train", "smoke")):
        assert refused(*verb).startswith("runs/smoke")


def test_a_second_training_of_a_run_is_refused_while_the_first_lives(
    refused: Callable[..., str], images: Path, shown: Callable[..., str]
) -> None:
    command = [sys.executable, "-m", PACKAGE, *TRAIN[:-1], "100000"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first:
        try:
            while not list(Path("runs/mine").glob("last.*")):
                assert first.poll() is None
                time.sleep(0.05)
            assert refused(*TRAIN[:-1], "100000") == "runs/mine is being trained by another process."
        finally:
            first.kill()
    module("runs").LOCKS.clear()
    assert refused(*TRAIN).startswith("runs/mine was begun with others: epochs was 100000, now 1.")


def test_a_full_disk_ends_a_training_and_leaves_no_half_file(images: Path) -> None:
    """A limit on the size of files stands for it."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))"
    command = f"{limit}; import sys; sys.argv = {[PACKAGE, *TRAIN]}; import {PACKAGE}.__main__ as m; m.main()"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    *_, last = done.stderr.splitlines()  # TensorFlow's build for GPUs says first that it found none
    assert re.match(r"runs/mine/best\.\w+ cannot be written: ", last)
    assert not list(Path("runs/mine").glob("new-*"))


def test_debug_fits_one_batch_and_writes_nothing(shown: Callable[..., str]) -> None:
    said = shown("ascii", "train", "--debug", "--name", "debugged")
    assert re.search(r"The model fits one batch: its loss fell from \d\.\d+ to 0\.\d+\.", said)
    assert not Path("runs/debugged").exists()


def test_debug_names_the_layer_at_which_numbers_go_wrong(refused: Callable[..., str]) -> None:
    message = refused("train", "--debug", "--learning-rate", "1e30")
    assert re.match(r"the output of \S+ is not finite\.", message)


def test_debug_says_that_a_model_does_not_learn(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module("debug"), "STEPS", 5)
    message = refused("train", "--debug", "--learning-rate", "1e-12")
    assert message.startswith("The model does not learn: in 5 steps, the loss of one batch went from ")
