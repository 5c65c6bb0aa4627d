"""Where the images come from, scikit-learn's digits or --data-dir, and how they are split."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np

from . import cpus, data_dir, fingerprints
from .config import Config
from .errors import UserError
from .fingerprints import Sources
from .signature import Arrays
from .task import Task, read_image

SHARES = {"test": 0.2, "val": 0.1}  # of each class; the rest is trained on


@dataclass(frozen=True)
class Samples:
    """Labelled images, each a uint8 array [height, width, channels] or still a file."""

    images: list[np.ndarray | Path]
    targets: np.ndarray  # int64 [n], indices into the labels
    labels: tuple[str, ...]
    names: list[str]  # of a file: its path below the folder
    splits: list[str] = field(default_factory=list)  # empty if the data does not say them

    def __len__(self) -> int:
        return len(self.targets)

    def some(self, rows: np.ndarray) -> Self:
        images, names = ([each[row] for row in rows] for each in (self.images, self.names))
        splits = [self.splits[row] for row in rows] if self.splits else []
        targets = self.targets[rows]
        return replace(self, images=images, targets=targets, names=names, splits=splits)

    def labelled_as(self, task: Task) -> Self:
        """Return them with targets that are indices into the labels of the task."""
        others = sorted(set(self.labels) - set(task.labels))
        if others:
            raise UserError(f"The model was not trained on these classes: {', '.join(others[:5])}.")
        known = {label: place for place, label in enumerate(task.labels)}
        places = np.array([known[label] for label in self.labels])
        return replace(self, targets=places[self.targets], labels=task.labels)

    def pixels(self, rows: Iterable[int], task: Task) -> np.ndarray:
        """Return some images as uint8 [rows, *task.shape]."""
        images, read = [self.images[row] for row in rows], partial(read_image, task=task)
        if isinstance(images[0], np.ndarray):
            return np.stack(list(map(read, images)))
        with ThreadPoolExecutor(cpus.count()) as pool:  # Pillow lets go of the GIL
            return np.stack(list(pool.map(read, images)))

    def examples(self, count: int, task: Task) -> Arrays:
        """Return up to `count` images from all over the split, as an exported model takes them."""
        rows = np.linspace(0, len(self) - 1, min(count, len(self))).astype(int)
        return {"images": self.pixels(rows, task).astype(np.float32)}


def inspect(samples: Samples, config: Config) -> None:
    """Print what to know of the data before it is trained on. UserError if it cannot be."""
    if len(samples.labels) < 2:
        found = f"{config.data_dir} has {len(samples.labels)} classes"
        raise UserError(f"{found}; it needs two or more, a sub-folder for each, or a CSV.")
    if config.data_dir:
        data_dir.inspect(config.data_dir)
        show_splits(config.data_dir, load_data(config))
    counts = np.bincount(samples.targets, minlength=len(samples.labels))
    if counts.max() > 10 * counts.min() and config.class_weights == "none":
        ends = (f"{counts[i]} of {samples.labels[i]}" for i in (counts.argmax(), counts.argmin()))
        print(f"images to train on: {' but '.join(ends)}; see --class-weights balanced")


def show_splits(root: Path, data: Samples) -> None:
    """Print how folders and columns that look like splits were understood."""
    if any(data.splits):
        counts = Counter(split_of_each(data).tolist())
        listed = ", ".join(f"{counts[split]} {split}" for split in ("train", "val", "test"))
        drawn = [f"; {split} is drawn from train" for split in SHARES if split not in data.splits]
        print(f"splits as in {root}: {listed}", *drawn, sep="")
    elif classes := sorted(data_dir.SPLITS.keys() & set(data.labels)):
        print(f"taken for classes of {root}, not for splits: {', '.join(classes)}")


def class_weights(samples: Samples, config: Config) -> tuple[float, ...]:
    """Return what each class counts in the loss, on average 1 over the samples; or nothing."""
    if config.class_weights == "none":
        return ()
    counts = np.bincount(samples.targets, minlength=len(samples.labels))
    return tuple((len(samples) / len(counts) / counts).tolist())


def load_samples(split: str, config: Config) -> Samples:
    """Return the samples of "train", "val" or "test": the same on every call and machine."""
    data = load_data(config)
    return data.some(np.flatnonzero(split_of_each(data) == split))


def load_unseen(root: Path, trained_on: set[str]) -> Samples:
    """Return other images, or their test split; those whose SHA-256 is given are left out."""
    data_dir.inspect(root)
    data = read(root)
    if "test" in data.splits:
        print(f"only the test split of {root}")
        data = data.some(np.flatnonzero(np.array(data.splits) == "test"))
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
    """Return the split of each sample. It follows from its name: new samples move no old one.

    Splits that the data has are kept. What it lacks is drawn from its train.
    """
    splits = np.array([split or "train" for split in data.splits or [""] * len(data)], "<U5")
    drawn = {split: share for split, share in SHARES.items() if split not in data.splits}
    hashes = (hashlib.sha256(name.encode()).digest()[:4] for name in data.names)
    share = np.array([int.from_bytes(each) for each in hashes]) / 2**32
    rows = np.lexsort((share, data.targets))
    rows = rows[splits[rows] == "train"]
    counts = np.bincount(data.targets[rows], minlength=len(data.labels))
    least = 7 if drawn else 1
    for label, count in zip(data.labels, counts, strict=True):
        if count < least:
            found = f"{label} has {count} images to train on"
            raise UserError(f"{found}; a class needs {least} or more.")
    for of_class in np.split(rows, np.cumsum(counts)[:-1]):
        ends = np.searchsorted(share[of_class], np.cumsum(list(drawn.values())))
        begin, last = 0, len(of_class) - len(drawn)
        for split, end in zip(drawn, ends, strict=True):
            end = min(max(end, begin + 1), last)  # so that a small class has one in each split
            splits[of_class[begin:end]] = split
            begin, last = end, last + 1
    return splits


def load_data(config: Config) -> Samples:
    return read(config.data_dir) if config.data_dir else digits()


def read(root: Path) -> Samples:
    """Return the images that --data-dir names."""
    rows = data_dir.find(root)
    labels, targets = np.unique([row.label for row in rows], return_inverse=True)
    names, splits = [row.name for row in rows], [row.split for row in rows]
    return Samples([row.file for row in rows], targets, tuple(labels.tolist()), names, splits)


def digits() -> Samples:
    """1,797 handwritten digits of 8x8 grey pixels, which come with scikit-learn."""
    from sklearn.datasets import load_digits

    data = load_digits()
    images = np.rint(data.images * (255 / 16)).astype(np.uint8)[..., None]
    names = [f"digit {row}" for row in range(len(images))]
    return Samples(list(images), data.target.astype(np.int64), tuple("0123456789"), names)
