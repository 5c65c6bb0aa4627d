"""A run belongs to its data: whatever people do to a folder between two verbs, no verb goes on with other samples."""

import hashlib
import os
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from PIL import Image

from .conftest import Project

CLASSES = ("cat", "dog", "élan")
OLD = 1_600_000_000  # when the files were written, in seconds


def picture(text: str) -> bytes:
    """An image with something of its own."""
    buffer = BytesIO()
    Image.new("L", (2, 2)).save(buffer, "PNG")
    return buffer.getvalue() + text.encode()


class Folder(RuleBasedStateMachine):
    """People's work in the folder of a run, which is loaded after each step."""

    project: Project
    room: Path

    @initialize()
    def begin(self) -> None:
        shutil.rmtree(self.room, ignore_errors=True)
        self.room.mkdir()
        os.chdir(self.room)
        self.data, self.number = Path("data"), 0
        for label in CLASSES:
            for number in range(9):
                self.write(self.data / label / f"{number}.png", picture(f"{label} {number}"), OLD)
        self.config = self.project("config").Config(name="run", data_dir=self.data)
        self.runs, self.samples = self.project("runs"), self.project("samples")
        train = self.samples.load_samples("train", self.config)
        self.task = self.project("fit").fit_task(train, self.config)
        self.runs.begin(self.config, self.task)
        self.before, self.test = self.content(), self.loaded()

    def write(self, path: Path, content: bytes, time: int | None = None) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if time:
            os.utime(path, (time, time))

    def content(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in self.data.rglob("*.png")}

    def loaded(self) -> Any:
        found = self.runs.load_test(self.config).labelled_as(self.task)
        return found.names, found.targets.tolist(), found.labels

    def file(self, draw: Any) -> Path | None:
        files = sorted(self.data.rglob("*.png"))
        return draw.draw(st.sampled_from(files)) if files else None

    @rule(label=st.sampled_from([*CLASSES, "zebra"]))
    def adds(self, label: str) -> None:
        self.number += 1
        self.write(self.data / label / f"new{self.number}.png", picture(f"new {self.number}"))

    @rule(draw=st.data())
    def removes(self, draw: Any) -> None:
        if file := self.file(draw):
            file.unlink()

    @rule(draw=st.data(), label=st.sampled_from(CLASSES))
    def moves(self, draw: Any, label: str) -> None:
        if (file := self.file(draw)) and (self.data / label).is_dir():
            file.replace(self.data / label / file.name)

    @rule(draw=st.data())
    def swaps(self, draw: Any) -> None:
        one, other = self.file(draw), self.file(draw)
        if one and other and one != other:
            one.rename("aside")
            other.rename(one)
            Path("aside").rename(other)

    @rule(draw=st.data(), same_size=st.booleans())
    def changes(self, draw: Any, same_size: bool) -> None:
        if file := self.file(draw):
            self.write(file, file.read_bytes()[::-1] if same_size else b"other")

    @rule(draw=st.data())
    def copies_back(self, draw: Any) -> None:
        """As from a backup: the content is the same, the time is not."""
        name, content = draw.draw(st.sampled_from(sorted(self.before.items())))
        self.write(Path(name), content)

    @rule()
    def puts_all_back(self) -> None:
        shutil.rmtree(self.data)
        for name, content in self.before.items():
            self.write(Path(name), content, OLD + 1)

    @rule(label=st.sampled_from(CLASSES), other=st.sampled_from(["aardvark", "zebra", *CLASSES]))
    def renames_a_class(self, label: str, other: str) -> None:
        if (self.data / label).is_dir() and not (self.data / other).exists():
            (self.data / label).rename(self.data / other)

    @invariant()
    def the_samples_are_those_of_the_run_or_refused(self) -> None:
        if not hasattr(self, "before"):
            return
        if self.content() == self.before:
            assert self.loaded() == self.test
        else:
            with pytest.raises(self.project("errors").UserError):
                self.loaded()
            with pytest.raises(self.project("errors").UserError):
                self.runs.check_unchanged(self.config, self.task)


def test_no_verb_goes_on_with_other_samples_than_those_of_the_run(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Folder.project, Folder.room = project, tmp_path / "room"
    run_state_machine_as_test(Folder, settings=settings(max_examples=30, stateful_step_count=20))


@given(old=st.sets(st.integers(0, 9999), min_size=60), new=st.sets(st.integers(0, 9999)))
def test_new_samples_move_no_old_one_to_another_split(project: Project, old: set[int], new: set[int]) -> None:
    """But in a class so small that a split would have had none."""

    def splits(numbers: set[int]) -> dict[str, str]:
        names = [f"cat/{number}.png" for number in sorted(numbers)]
        data = samples.Samples([], np.zeros(len(names), int), ("cat",), names, [""] * len(names))
        return dict(zip(names, samples.split_of_each(data).tolist(), strict=True))

    samples = project("samples")
    hashes = [hashlib.sha256(f"cat/{number}.png".encode()).digest() for number in old]
    shares = {int(100 * int.from_bytes(each[:4]) / 2**32) // 10 for each in hashes}
    assume(shares & {0, 1} and 2 in shares)
    before = splits(old)
    assert before.items() <= splits(old | new).items()


def test_a_picture_in_two_splits_is_named_when_a_run_begins(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for label in ("cat", "dog"):
        Path("data", label).mkdir(parents=True)
        for number in range(20):
            Path("data", label, f"{number}.png").write_bytes(picture(f"{label} {number}"))
    config = project("config").Config(name="clean", data_dir=Path("data"))
    splits = {name: split for name, (split, _) in project("samples").sources(config).items()}
    train, test = (min(name for name in splits if splits[name] == split) for split in ("train", "test"))

    def begins(name: str) -> str:
        config = project("config").Config(name=name, data_dir=Path("data"))
        project("runs").begin(config, project("fit").fit_task(project("samples").load_samples("train", config), config))
        return " ".join(capsys.readouterr().out.split())

    assert "split" not in begins("clean")
    Path("data", test).write_bytes(Path("data", train).read_bytes())
    said = f"samples in more than one split: 1, such as {test} (test) and {train} (train); the metrics"
    assert said in begins("twins")
