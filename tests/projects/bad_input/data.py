"""Data that cannot be trained on, or is not the run's."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unicodedata import normalize

import numpy as np
import pytest
from helpers import PACKAGE, TRAIN, checkpoint, cut, module
from PIL import Image


def test_a_missing_data_folder(refused: Callable[..., str]) -> None:
    assert refused(*TRAIN) == "--data-dir: there is no folder or CSV images."


def test_one_class_only(refused: Callable[..., str], images: Path) -> None:
    shutil.rmtree(images / "dark")
    assert refused(*TRAIN) == "images has 1 classes; it needs two or more, a sub-folder for each, or a CSV."


def test_an_empty_class(refused: Callable[..., str], images: Path) -> None:
    (images / "empty").mkdir()
    assert refused(*TRAIN) == "images/empty has no images. If it is not a class, remove it."


def test_the_folder_above_the_classes(refused: Callable[..., str], images: Path) -> None:
    images.rename("all")
    Path("images").mkdir()
    Path("all").rename("images/all")
    found = "images/all has no images, but folders of its own. If those are the classes, it is the --data-dir."
    assert refused(*TRAIN) == found


def test_what_is_passed_over_is_counted(images: Path, shown: Callable[..., str]) -> None:
    for name in ("a.heic", "b.HEIC", "notes.txt", ".hidden"):
        (images / "dark" / name).touch()
    (images / "dark" / "more").mkdir()
    (images / "README").touch()
    said, *_ = shown("ascii", *TRAIN).splitlines()
    assert said == "passed over in images: .heic 2, .txt 1, folders 1, without a suffix 1"


def test_two_names_that_differ_in_the_form_of_their_unicode(refused: Callable[..., str], images: Path) -> None:
    for form in ("NFC", "NFD"):
        shutil.copy(images / "dark" / "1.png", images / "dark" / f"{normalize(form, 'é')}.png")
    assert refused(*TRAIN) == "Two names in images differ in the form of their Unicode only."


@pytest.mark.parametrize("how", ["no image", "truncated", "empty"])
def test_an_unreadable_image(refused: Callable[..., str], images: Path, how: str) -> None:
    path = images / "dark" / "3.png"
    if how == "truncated":
        Image.effect_noise((200, 200), 50).save(path)
        cut(path)
    else:
        path.write_bytes(b"" if how == "empty" else b"not an image")
    assert refused(*TRAIN) == "1 of 20 images cannot be opened. Remove them."
    assert not Path("runs/mine").exists()


@pytest.mark.parametrize("limit", [2**30, 0], ids=["in memory", "batch by batch"])
def test_an_image_that_cannot_be_decoded(
    refused: Callable[..., str], images: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """It begins and ends as an image does."""
    monkeypatch.setattr(module("data"), "IN_MEMORY", limit)
    path = images / "dark" / "3.png"
    Image.effect_noise((200, 200), 50).save(path)
    content = path.read_bytes()
    path.write_bytes(content[:2000] + bytes(2000) + content[4000:])
    assert refused(*TRAIN).startswith("images/dark/3.png cannot be read as an image: ")


def test_balanced_classes_train_and_resume(images: Path, shown: Callable[..., str]) -> None:
    for number in range(4):
        shutil.copy(images / "dark" / "1.png", images / "dark" / f"again{number}.png")
    shown("ascii", *TRAIN, "--class-weights", "balanced")
    assert len(json.loads(Path("runs/mine/task.json").read_text())["class_weights"]) == 2
    assert "nothing is trained" in shown("ascii", *TRAIN, "--class-weights", "balanced")
    assert shown("ascii", "evaluate").startswith("runs/mine, ")


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


CHANGES = {
    "a class got another name": (
        lambda: Path("images/dark").rename("images/zebra"),
        "10 new (zebra/0.png), 10 mis",
    ),
    "the classes changed places": (lambda: swap("images/dark", "images/bright"), "20 changed (bright/0.png)"),
    "a class is new": (lambda: shutil.copytree("images/dark", "images/bird"), "10 new (bird/0.png)"),
    "an image is new": (lambda: shutil.copy("images/dark/1.png", "images/dark/new.png"), "1 new (dark/new.png)"),
    "an image is missing": (lambda: Path("images/dark/3.png").unlink(), "1 missing (dark/3.png)"),
    "an image has changed": (lambda: shutil.copy("images/dark/1.png", "images/dark/9.png"), "1 changed (dark/9.png)"),
}


def swap(one: str, other: str) -> None:
    Path(one).rename("aside")
    Path(other).rename(one)
    Path("aside").rename(other)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.usefixtures("trained")
def test_no_verb_goes_on_with_other_samples(
    refused: Callable[..., str], images: Path, shown: Callable[..., str], change: str
) -> None:
    work, said = CHANGES[change]
    work()
    for verb in (("evaluate",), ("export",), TRAIN):
        message = refused(*verb)
        assert message.startswith(f"runs/mine was begun with other samples: {said}")
        assert message.endswith("Put them back, or train under another --name.")
    assert not list(Path("artifacts").glob("new"))


@pytest.mark.usefixtures("trained")
def test_the_same_samples_are_the_same_after_a_copy(images: Path, shown: Callable[..., str]) -> None:
    before = shown("ascii", "evaluate")
    shutil.copytree(images, "copy", copy_function=shutil.copyfile)
    shutil.rmtree(images)
    Path("copy").rename(images)
    assert shown("ascii", "evaluate") == before


@pytest.mark.usefixtures("trained")
def test_a_folder_that_was_moved_is_named_and_can_be_measured(
    refused: Callable[..., str], images: Path, shown: Callable[..., str]
) -> None:
    first, *numbers = shown("ascii", "evaluate").splitlines()
    images.rename("elsewhere")
    assert refused("evaluate") == "--data-dir: there is no folder or CSV images."
    moved, *same = shown("ascii", "evaluate", "--data-dir", "elsewhere").splitlines()
    assert same == numbers
    assert moved == first.replace("test samples", "samples of elsewhere that it was not trained on")


@pytest.mark.usefixtures("trained")
def test_other_data_is_measured_without_what_was_trained_on(
    refused: Callable[..., str], images: Path, shown: Callable[..., str]
) -> None:
    Path("other/dark").mkdir(parents=True)
    listed = Path("runs/mine/samples.csv").read_text().splitlines()
    trained, *_ = [line.split(",")[0] for line in listed if ",train," in line]
    shutil.copy(images / trained, "other/dark/known.png")
    command = ("evaluate", "--data-dir", "other")
    assert refused(*command) == "other has no images that the model was not trained on."
    Image.new("L", (20, 30), 7).save("other/dark/new.png")
    first, *_ = shown("ascii", *command).splitlines()
    assert first == "runs/mine, 1 samples of other that it was not trained on"
    assert list(json.loads(Path("runs/mine/evaluation-other.json").read_text())["class_accuracy"]) == ["dark"]
    (Path("other") / "dark").rename("other/grey")
    assert refused(*command) == "The model was not trained on these classes: grey."
