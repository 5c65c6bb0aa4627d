"""Batches of images that threads read while the model works, and change at random to train."""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path
from threading import Event

import numpy as np
from PIL import Image, ImageOps

from . import cpus
from .augment import crop, mixup, shift, trivial
from .cache import open_cache
from .config import Config
from .samples import Samples
from .task import Content, Task, open_image, read_image

IN_MEMORY = 2**30  # bytes of pixels; more arrays than that do not go to the device at once
AT_ONCE = 2**17  # bytes of pixels that a thread fills in one go, which takes 20 µs to arrange
ROOM = 8 / 7  # a crop is taken from an image that is at least so much larger, if its file is

Batch = tuple[np.ndarray, np.ndarray]  # images and targets
Begun = tuple[Batch, list[Future[None]]]  # a batch, and who still writes to it


def in_memory(samples: Samples, task: Task, config: Config) -> bool:
    """Whether these are small arrays, which a framework shifts faster than a Reader."""
    small = len(samples) * math.prod(task.shape) <= IN_MEMORY
    simple = config.augment in ("shift", "none") and not config.flip and not config.mixup
    return small and simple and not any(isinstance(image, Path) for image in samples.images)


class Reader:
    """The batches of a split: in its own order to measure, shuffled and augmented to train."""

    def __init__(self, samples: Samples, task: Task, config: Config, train: bool) -> None:
        self.samples, self.task, self.train = samples, task, train
        self.augment, self.flip = (config.augment, config.flip) if train else ("none", False)
        self.crops, self.mixup = self.augment in ("crop", "trivial"), config.mixup if train else 0
        self.batch_size = config.batch_size
        kind = f"{replace(task, labels=())}, larger: {self.crops}"
        self.cache = open_cache(config, kind, train)
        self.in_one_go = max(AT_ONCE // math.prod(task.shape), 1)

    def __len__(self) -> int:
        return math.ceil(len(self.samples) / self.batch_size)

    def batches(self, seed: int | Sequence[int]) -> Iterator[Batch]:
        """Yield the batches of an epoch. What is drawn for an image follows from seed and row."""
        rng, size = np.random.default_rng(seed), len(self.samples)
        draws = rng.random((size, 7), np.float32)
        order = rng.permutation(size) if self.train else np.arange(size)
        threads, stop = cpus.count(), Event()
        pool = ThreadPoolExecutor(threads)
        starts = range(0, size, self.batch_size)
        batches = (order[start : start + self.batch_size] for start in starts)
        begun = (self.begin(pool, stop, rows, draws[rows]) for rows in batches)
        ahead = 1 + math.ceil(2 * threads * self.in_one_go / self.batch_size)
        try:
            waiting = deque(islice(begun, ahead))
            while waiting:
                batch, parts = waiting.popleft()
                waiting.extend(islice(begun, 1))
                for part in parts:
                    part.result()
                yield self.mixed(batch, rng) if self.mixup else batch
        finally:  # after an error, and where nobody wants the rest
            stop.set()
            pool.shutdown(cancel_futures=True)

    def begin(
        self, pool: ThreadPoolExecutor, stop: Event, rows: np.ndarray, draws: np.ndarray
    ) -> Begun:
        images = np.empty((len(rows), *self.task.shape), np.uint8)
        starts = range(0, len(rows), self.in_one_go)
        parts = [slice(start, start + self.in_one_go) for start in starts]
        begun = [pool.submit(self.fill, stop, images[p], rows[p], draws[p]) for p in parts]
        return (images, self.samples.targets[rows]), begun

    def fill(self, stop: Event, places: np.ndarray, rows: np.ndarray, draws: np.ndarray) -> None:
        for place, row, drawn in zip(places, rows, draws.tolist(), strict=True):
            if stop.is_set():
                return
            content = self.samples.images[row]
            file = isinstance(content, Path)
            image = self.cache.get(content, self.decode) if file else self.decode(content)
            place[:] = np.asarray(self.augmented(image, drawn)).reshape(place.shape)

    def decode(self, content: Content) -> Image.Image:
        """Return an image as the model takes it; or, to crop from, a larger one."""
        height, width, channels = self.task.shape
        if not self.crops:
            return open_image(read_image(content, self.task), channels)
        side = math.ceil(ROOM * max(height, width))
        image = open_image(content, channels, side)
        # by a whole factor only: to resize takes longer than to decode
        return image.reduce(max(min(image.size) // side, 1))

    def augmented(self, image: Image.Image, draws: Sequence[float]) -> Image.Image:
        """Return an image changed as the settings say. What is drawn is from 0 to 1."""
        down, right, area, ratio, which, strength, side = draws
        if self.crops:
            image = crop(image, self.task, down, right, area, ratio)
        if self.augment == "trivial":
            image = trivial(image, which, strength)
        elif self.augment == "shift":
            image = shift(image, down, right)
        return ImageOps.mirror(image) if self.flip and side < 0.5 else image

    def mixed(self, batch: Batch, rng: np.random.Generator) -> Batch:
        share, others = rng.beta(self.mixup, self.mixup), rng.permutation(len(batch[1]))
        return mixup(*batch, len(self.task.labels), share, others)
