"""The batches of a split: uint8 images [batch, height, width, channels], int64 targets [batch]."""

import math
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from .backend import tf
from .config import Config
from .reading import Reader, in_memory
from .samples import Samples
from .task import Task

AT_ONCE = 2**20  # bytes of pixels to shift in one call: of small images, calls take longest


class InMemory:
    """A split of small arrays, in one tensor."""

    def __init__(self, samples: Samples, task: Task, config: Config) -> None:
        self.size, self.config = len(samples), config
        with tf.device("CPU"):
            self.images = tf.constant(samples.pixels(range(self.size), task))
            self.targets = tf.constant(samples.targets)
        # so many are gathered and shifted in one call
        self.many = max(AT_ONCE // math.prod(task.shape) // config.batch_size, 1)
        rows = tf.data.Dataset.range(self.size).batch(config.batch_size)
        self.in_order = rows.map(self.fetch, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)

    def __len__(self) -> int:
        return math.ceil(self.size / self.config.batch_size)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.in_order)

    def shuffled(self, first_epoch: int) -> tf.data.Dataset:
        """Return the batches of an epoch and of all that follow."""
        # one set for all epochs: to begin a set takes longer than an epoch of the digits
        epochs = tf.data.Dataset.range(first_epoch, tf.int64.max)
        return epochs.flat_map(self.epoch).prefetch(tf.data.AUTOTUNE)

    def epoch(self, number: tf.Tensor) -> tf.data.Dataset:
        """Return the batches of an epoch. Its number fixes them: a resumed run draws the same."""
        of_order, of_shifts = tf.unstack(tf.random.split([self.config.seed, number]))
        rows = tf.random.experimental.stateless_shuffle(tf.range(self.size), of_order)
        draws = tf.random.stateless_uniform([self.size, 2], of_shifts)
        parts = tf.data.Dataset.from_tensors((rows, draws))
        parts = parts.rebatch(self.many * self.config.batch_size)
        return parts.map(self.fetch, tf.data.AUTOTUNE).rebatch(self.config.batch_size)

    def fetch(self, rows: tf.Tensor, draws: tf.Tensor | None = None) -> tuple[Any, tf.Tensor]:
        """Return the inputs and the targets of some rows, shifted if there are draws."""
        images = tf.gather(self.images, rows)
        if draws is not None and self.config.augment == "shift":
            images = shift(images, draws)
        return {"images": images}, tf.gather(self.targets, rows)


class FromFiles:
    """A split that threads read from its files, a few batches ahead."""

    def __init__(self, samples: Samples, task: Task, config: Config) -> None:
        self.training = Reader(samples, task, config, train=True)
        self.measuring = Reader(samples, task, config, train=False)
        self.size, self.seed = len(samples), config.seed
        images = tf.TensorSpec((None, *task.shape), tf.uint8)
        self.measured = {"images": images}, tf.TensorSpec((None,), tf.int64)
        mixed = {"images": images}, tf.TensorSpec((None, len(task.labels)), tf.float32)
        self.trained_on = mixed if config.mixup else self.measured

    def __len__(self) -> int:
        return len(self.training)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.dataset(lambda: self.measuring.batches(0), self.measured))

    def shuffled(self, first_epoch: int) -> tf.data.Dataset:
        """Return the batches of an epoch and of all that follow."""

        def batches() -> Iterator[Any]:
            for epoch in count(first_epoch):
                yield from self.training.batches((self.seed, epoch))

        return self.dataset(batches, self.trained_on)

    def dataset(self, batches: Callable[[], Iterator[Any]], kinds: Any) -> tf.data.Dataset:
        def named() -> Iterator[Any]:
            for images, targets in batches():
                yield {"images": images}, targets

        made = tf.data.Dataset.from_generator(named, output_signature=kinds)
        return made.prefetch(tf.data.AUTOTUNE)


def shift(images: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
    """The augmentation: move each image by up to an eighth of its size, on a black ground.

    The two draws of an image, from 0 to 1, say how far down and how far to the right.
    """
    height, width = images.shape[1:3]
    most = max(height // 8, 1)
    padded = tf.pad(images, [[0, 0], [most, most], [most, most], [0, 0]])
    moves = tf.cast(draws * (2 * most + 1), tf.int32)
    rows, columns = tf.range(height) + moves[:, :1], tf.range(width) + moves[:, 1:]
    return tf.gather(tf.gather(padded, rows, axis=1, batch_dims=1), columns, axis=2, batch_dims=1)


Batches = InMemory | FromFiles


def batches(samples: Samples, task: Task, config: Config) -> Batches:
    """Return the batches of a split."""
    samples = samples.labelled_as(task)
    kind = InMemory if in_memory(samples, task, config) else FromFiles
    return kind(samples, task, config)
