"""A folder with a run and a package, and verbs that are run there in this process."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from helpers import PACKAGE, PROJECT, TRAIN, module
from PIL import Image


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
    return draw(work)


def draw(folder: Path) -> Path:
    for label, grey in (("bright", 250), ("dark", 5)):
        (folder / "images" / label).mkdir(parents=True)
        for i in range(10):
            Image.new("L", (20 + i, 30), grey + i // 2).save(folder / "images" / label / f"{i}.png")
    return folder / "images"


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of these images: it takes seconds, so all that need one have a copy."""
    folder = tmp_path_factory.mktemp("once")
    draw(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "argv", [PACKAGE, *TRAIN])
        module("__main__").main()
    return folder / "runs" / "mine"


@pytest.fixture
def trained(images: Path, once: Path) -> None:
    """Beside the images, runs/mine is a run of them."""
    shutil.copytree(once, "runs/mine")


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
