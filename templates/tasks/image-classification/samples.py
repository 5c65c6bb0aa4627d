"""Where the images come from: scikit-learn's digits, or a folder with a sub-folder for each class."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self
from unicodedata import normalize

import numpy as np

from . import fingerprints
from .config import Config
from .errors import UserError
from .fingerprints import Sources
from .signature import Arrays
from .task import SUFFIXES, Task, read_image

TEST, VALIDATION = 0.2, 0.1  # shares of each class; the rest is trained on


@dataclass(frozen=True)
class Samples:
    """Labelled images, each a uint8 array [height, width, channels] or still a file."""

    images: list[np.ndarray | Path]
    targets: np.ndarray  # int64 [n], indices into the labels
    labels: tuple[str, ...]
    names: list[str]  # of a file: its path below the folder

    def __len__(self) -> int:
        return len(self.targets)

    def some(self, rows: np.ndarray) -> Self:
        images, names = ([each[row] for row in rows] for each in (self.images, self.names))
        return replace(self, images=images, targets=self.targets[rows], names=names)

    def labelled_as(self, task: Task) -> Self:
        """Return them with targets that are indices into the labels of the task."""
        others = sorted(set(self.labels) - set(task.labels))
        if others:
            raise UserError(f"The model was not trained on these classes: {', '.join(others[:5])}.")
        places = np.array([task.labels.index(label) for label in self.labels])
        return replace(self, targets=places[self.targets], labels=task.labels)

    def pixels(self, rows: Iterable[int], task: Task) -> np.ndarray:
        """Return some images as uint8 [rows, *task.shape]."""
        return np.stack([read_image(self.images[row], task) for row in rows])

    def examples(self, count: int, task: Task) -> Arrays:
        """Return up to `count` images from all over the split, as an exported model takes them."""
        rows = np.linspace(0, len(self) - 1, min(count, len(self))).astype(int)
        return {"images": self.pixels(rows, task).astype(np.float32)}


def inspect(samples: Samples, config: Config) -> None:
    """Print what in the folder is not trained on. UserError if there is only one class."""
    if len(samples.labels) < 2:
        found = f"{config.data_dir} has {len(samples.labels)} sub-folders"
        raise UserError(f"{found}; --data-dir needs one for each of two or more classes.")
    if config.data_dir:
        show_passed_over(config.data_dir)


def show_passed_over(root: Path) -> None:
    beside = (path for path in root.glob("[!.]*") if not path.is_dir())
    inside = (path for path in root.glob("[!.]*/[!.]*") if not is_image(path))
    kinds = Counter(
        "folders" if path.is_dir() else path.suffix.lower() or "without a suffix"
        for path in (*beside, *inside)
    )
    if kinds:
        listed = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
        print(f"passed over in {root}: {listed}")


def load_samples(split: str, config: Config) -> Samples:
    """Return the samples of "train", "val" or "test": the same on every call and machine."""
    data = load_data(config)
    return data.some(np.flatnonzero(split_of_each(data) == split))


def load_unseen(root: Path, trained_on: set[str]) -> Samples:
    """Return the images of another folder; those whose SHA-256 is given are left out."""
    data = folder(root)
    new = [fingerprints.sha256(file) not in trained_on for file in data.images]
    if not any(new):
        raise UserError(f"{root} has no images that the model was not trained on.")
    return data.some(np.flatnonzero(new))


def sources(config: Config) -> Sources:
    """Return the split and the content of each sample by its name: a run remembers them."""
    data = load_data(config)
    rows = zip(split_of_each(data).tolist(), data.images, strict=True)
    return dict(zip(data.names, rows, strict=True))


def split_of_each(data: Samples) -> np.ndarray:
    """Return the split of each sample. It follows from its name: new samples move no old one."""
    hashes = (hashlib.sha256(name.encode()).digest()[:4] for name in data.names)
    share = np.array([int.from_bytes(each) for each in hashes]) / 2**32
    splits = np.empty(len(data), "<U5")
    for target, label in enumerate(data.labels):
        rows = np.flatnonzero(data.targets == target)
        if len(rows) < 7:
            raise UserError(f"{label} has {len(rows)} images; a class needs 7 or more.")
        rows = rows[np.argsort(share[rows])]
        test, val = np.searchsorted(share[rows], [TEST, TEST + VALIDATION])
        test = np.clip(test, 1, len(rows) - 2)  # so that a small class has one in each split
        val = np.clip(val, test + 1, len(rows) - 1)
        splits[rows] = np.repeat(["test", "val", "train"], [test, val - test, len(rows) - val])
    return splits


def load_data(config: Config) -> Samples:
    return folder(config.data_dir) if config.data_dir else digits()


def digits() -> Samples:
    """1,797 handwritten digits of 8x8 grey pixels, which come with scikit-learn."""
    from sklearn.datasets import load_digits

    data = load_digits()
    images = np.rint(data.images * (255 / 16)).astype(np.uint8)[..., None]
    names = [f"digit {row}" for row in range(len(images))]
    return Samples(list(images), data.target.astype(np.int64), tuple("0123456789"), names)


def folder(root: Path) -> Samples:
    """The image files in root/CLASS."""
    if not root.is_dir():
        raise UserError(f"--data-dir: there is no folder {root}.")
    classes = sorted(root.glob("[!.]*/"), key=plain_name)
    files = [
        sorted((file for file in path.glob("[!.]*") if is_image(file)), key=plain_name)
        for path in classes
    ]
    for path, images_of in zip(classes, files, strict=True):
        if not images_of and any(path.glob("[!.]*/")):
            found = f"{path} has no images, but folders of its own"
            raise UserError(f"{found}. If those are the classes, it is the --data-dir.")
    labels = tuple(plain_name(path) for path in classes)
    images: list[np.ndarray | Path] = [file for of in files for file in of]
    names = [f"{plain_name(file.parent)}/{plain_name(file)}" for of in files for file in of]
    if len(set(names)) < len(names) or len(set(labels)) < len(labels):
        raise UserError(f"Two names in {root} differ in the form of their Unicode only.")
    targets = np.repeat(np.arange(len(classes)), [len(of) for of in files])
    return Samples(images, targets, labels, names)


def is_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file()


def plain_name(path: Path) -> str:
    """Return a name as every system and locale would write it."""
    return normalize("NFC", os.fsencode(path.name).decode("utf-8", "backslashreplace"))
