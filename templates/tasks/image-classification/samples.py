"""Where the images come from: scikit-learn's digits, or a folder with a sub-folder for each class."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

import numpy as np

from .config import Config
from .errors import UserError
from .signature import Arrays
from .task import Shape, Task, read_image

SUFFIXES = {".png", ".jpg", ".jpeg"}
TEST, VALIDATION = 20, 10  # percent of each class; the rest is trained on


@dataclass(frozen=True)
class Samples:
    """Labelled images, each a uint8 array [height, width, channels] or still a file."""

    images: list[np.ndarray | Path]
    targets: np.ndarray  # int64 [n], indices into the labels
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.targets)

    def check_classes(self, task: Task) -> None:
        """UserError unless the classes are those that the model was trained on."""
        if self.labels != task.labels:
            others = sorted(set(self.labels) ^ set(task.labels))
            raise UserError(f"The data and the model differ in classes: {', '.join(others[:5])}.")

    def pixels(self, rows: Iterable[int], shape: Shape) -> np.ndarray:
        """Return some images as uint8 [rows, *shape]."""
        images = (self.images[row] for row in rows)
        return np.stack([read_image(i, shape) if isinstance(i, Path) else i for i in images])

    def examples(self, count: int, task: Task) -> Arrays:
        """Return up to `count` images from all over the split, as an exported model takes them."""
        rows = np.linspace(0, len(self) - 1, min(count, len(self))).astype(int)
        return {"images": self.pixels(rows, task.shape).astype(np.float32)}


def fit_task(samples: Samples, config: Config) -> Task:
    """Return what the training split says of the task: its classes, and the shape of its images."""
    first, size = samples.images[0], config.image_size
    shape = (size, size, 3) if isinstance(first, Path) else first.shape
    return Task(samples.labels, shape)


def load_samples(split: str, config: Config) -> Samples:
    """Return the samples of "train", "val" or "test": the same on every call and machine."""
    data = folder(config.data_dir) if config.data_dir else digits()
    rng = np.random.default_rng(0)
    rank = np.empty(len(data), int)  # of each image in its shuffled class, in percent
    for target in np.unique(data.targets):
        members = np.flatnonzero(data.targets == target)
        rank[rng.permutation(members)] = 100 * np.arange(len(members)) // len(members)
    part = np.digitize(rank, [TEST, TEST + VALIDATION])
    rows = np.flatnonzero(part == ("test", "val", "train").index(split))
    return Samples([data.images[row] for row in rows], data.targets[rows], data.labels)


def digits() -> Samples:
    """1,797 handwritten digits of 8x8 grey pixels, which come with scikit-learn."""
    from sklearn.datasets import load_digits

    data = load_digits()
    images = np.rint(data.images * (255 / 16)).astype(np.uint8)[..., None]
    return Samples(list(images), data.target.astype(np.int64), tuple("0123456789"))


def folder(root: Path) -> Samples:
    """The PNG and JPEG files in root/CLASS."""
    if not root.is_dir():
        raise UserError(f"--data-dir names {root}, which is not a folder.")
    by_name = attrgetter("name")  # Windows' own order overlooks the case
    classes = sorted(root.glob("[!.]*/"), key=by_name)
    if len(classes) < 2:
        found = f"{root} has {len(classes)} sub-folders"
        raise UserError(f"{found}; --data-dir needs one for each of two or more classes.")
    images: list[np.ndarray | Path] = []
    targets: list[int] = []
    for target, path in enumerate(classes):
        images_of = (file for file in path.glob("[!.]*") if file.suffix.lower() in SUFFIXES)
        files = sorted(images_of, key=by_name)
        if len(files) < 7:  # fewer would leave a split without any
            found = f"{path} has {len(files)} PNG or JPEG images"
            raise UserError(f"{found}; a class needs 7 or more.")
        images += files
        targets += [target] * len(files)
    # the same in every locale
    labels = [os.fsencode(path.name).decode("utf-8", "backslashreplace") for path in classes]
    return Samples(images, np.array(targets, np.int64), tuple(labels))
