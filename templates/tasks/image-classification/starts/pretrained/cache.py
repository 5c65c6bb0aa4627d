"""Decoded images, so that no file is decoded twice: in memory up to a limit, or in a folder."""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from uuid import uuid4

import numpy as np
from PIL import Image

from .config import Config
from .errors import UserError

Decode = Callable[[Path], Image.Image]
SLAB = 2**21  # bytes that are asked for at a time: a fifth faster than for each image
MADE_BY = ("task.py", "reading.py")


class Memory:
    """Keeps the images that come first, up to a number of bytes; the others are decoded anew."""

    def __init__(self, limit: float) -> None:
        self.left, self.lock = limit, Lock()
        self.slab = np.empty(0, np.uint8)  # where the next images go
        self.images: dict[Path, np.ndarray] = {}

    def get(self, file: Path, decode: Decode) -> Image.Image:
        if file in self.images:
            return Image.fromarray(self.images[file])
        image = decode(file)
        place = self.room(image.width * image.height * len(image.getbands()))
        if place is not None:
            pixels = np.asarray(image)
            place[:] = pixels.ravel()
            self.images[file] = place.reshape(pixels.shape)
        return image

    def room(self, size: int) -> np.ndarray | None:
        """Return the next bytes, if there are so many left."""
        with self.lock:
            if size > self.left:
                return None
            if size > len(self.slab):
                self.slab = np.empty(max(size, SLAB), np.uint8)
            self.left -= size
            place, self.slab = self.slab[:size], self.slab[size:]
            return place


class Folder:
    """Keeps all images, each in a file of its own, which several runs may use at once.

    Its name says what it was made of and how. What no run asks for any more is left there.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder = folder
        # a change of how images are read makes others
        code = [Path(__file__).with_name(name).read_text("utf-8") for name in MADE_BY]
        self.kind = f"{kind} {code}"
        self.write(lambda: folder.mkdir(parents=True, exist_ok=True))

    def get(self, file: Path, decode: Decode) -> Image.Image:
        kept = self.folder / f"{self.name(file)}.npy"
        with suppress(OSError, ValueError, EOFError):  # it is not there, or not whole
            return Image.fromarray(np.load(kept, mmap_mode="r"))
        image, new = decode(file), self.folder / f"new-{uuid4()}.npy"
        try:
            self.write(lambda: np.save(new, np.asarray(image)))
            self.write(lambda: os.replace(new, kept))
        finally:
            new.unlink(missing_ok=True)
        return image

    def name(self, file: Path) -> str:
        stat = file.stat()
        state = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
        return hashlib.sha256(f"{file.absolute()} {state} {self.kind}".encode()).hexdigest()

    def write(self, change: Callable[[], object]) -> None:
        try:
            change()
        except OSError as error:
            reason = error.strerror or error
            raise UserError(f"--cache-dir {self.folder} cannot be written: {reason}") from None


Cache = Memory | Folder


def open_cache(config: Config, kind: str, train: bool) -> Cache:
    """Return a cache for a split. To train takes two: an eighth of the memory is to measure."""
    if config.cache_dir:
        return Folder(config.cache_dir, kind)
    return Memory(config.cache_gib * 2**30 * (7 if train else 1) / 8)
