"""Where the images come from: scikit-learn's digits, or a folder with a sub-folder of images per class."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from .config import Config

SUFFIXES = {".png", ".jpg", ".jpeg"}
VALIDATION, TEST = 0.1, 0.2  # shares of each class; the rest is trained on


@dataclass(frozen=True)
class Samples:
    """Labelled images, each a uint8 array [height, width, channels] or still a file."""

    images: list[np.ndarray | Path]
    targets: np.ndarray  # int64 [n], indices into labels
    labels: tuple[str, ...]
    shape: tuple[int, int, int]  # height, width, channels

    def pixels(self, rows: Iterable[int]) -> np.ndarray:
        """Some images as uint8 [rows, height, width, channels]."""
        images = (self.images[row] for row in rows)
        return np.stack([read_image(image, self.shape) if isinstance(image, Path) else image for image in images])

    def spread(self, count: int) -> np.ndarray:
        """`count` images, evenly spaced over the classes."""
        return self.pixels(np.linspace(0, len(self.targets) - 1, count).astype(int))


def load_samples(split: str, config: Config) -> Samples:
    """The samples of "train", "val" or "test": the same on every call and every machine."""
    data = folder(config.data_dir, config.image_size) if config.data_dir else digits()
    rng = np.random.default_rng(0)
    rank = np.empty(len(data.targets))  # a row's place within its shuffled class, 0 to 1: each split has every class
    for target in np.unique(data.targets):
        members = np.flatnonzero(data.targets == target)
        rank[rng.permutation(members)] = np.arange(len(members)) / len(members)
    part = np.digitize(rank, [TEST, TEST + VALIDATION])
    rows = np.flatnonzero(part == ("test", "val", "train").index(split))
    return Samples([data.images[row] for row in rows], data.targets[rows], data.labels, data.shape)


def digits() -> Samples:
    """1,797 handwritten digits of 8x8 grey pixels, shipped with scikit-learn."""
    from sklearn.datasets import load_digits

    data = load_digits()
    images = np.rint(data.images * (255 / 16)).astype(np.uint8)[..., None]
    return Samples(list(images), data.target.astype(np.int64), tuple("0123456789"), images.shape[1:])


def folder(root: Path, size: int) -> Samples:
    """The PNG and JPEG files in root/CLASS, as RGB of size x size pixels."""
    classes = sorted(root.glob("[!.]*/"))
    files = [sorted(path for path in c.glob("[!.]*") if path.suffix.lower() in SUFFIXES) for c in classes]
    if len(classes) < 2:
        raise SystemExit(f"{root} has {len(classes)} sub-folders; --data-dir needs one each for two or more classes.")
    for label, found in zip(classes, files, strict=True):
        if len(found) < 7:
            raise SystemExit(f"{label} has {len(found)} PNG or JPEG images; a class needs 7 or more.")
    targets = np.repeat(np.arange(len(classes)), [len(found) for found in files])
    labels = tuple(os.fsencode(c.name).decode("utf-8", "backslashreplace") for c in classes)  # the same in every locale
    return Samples([f for found in files for f in found], targets, labels, (size, size, 3))


def read_image(path: Path, shape: tuple[int, int, int]) -> np.ndarray:
    """An image file, upright, as uint8 of the given height, width and channels: 1 is grey, 3 are RGB."""
    height, width, channels = shape
    try:
        with Image.open(path) as file:
            if file.mode[0] in "IF":  # Pillow would turn 16 bits into 8 by clipping
                raise OSError(f"its pixels are {file.mode}, not 8 bits; convert it first")
            image = ImageOps.exif_transpose(file).convert("RGB" if channels == 3 else "L")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path} cannot be read as an image: {error}") from None
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image).reshape(shape)
