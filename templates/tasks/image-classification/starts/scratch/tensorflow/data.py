"""The batches of a split: uint8 images [batch, height, width, channels], int64 targets [batch]."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from .backend import tf
from .config import Config
from .samples import Samples
from .task import Task

IN_MEMORY = 2**30  # bytes of pixels; a larger split is read from its files again and again
AT_ONCE = 2**20  # bytes of pixels to shift in one call: of small images, calls take longest


class InMemory:
    """The images of a split, in one tensor."""

    def __init__(self, samples: Samples, task: Task) -> None:
        with tf.device("CPU"):
            self.images = tf.constant(samples.pixels(range(len(samples)), task))

    def __call__(self, rows: tf.Tensor) -> tf.Tensor:
        return tf.gather(self.images, rows)


class FromFiles:
    """The images of a split, read from their files by threads while the model works."""

    def __init__(self, samples: Samples, task: Task) -> None:
        self.samples, self.task = samples, task

    def read(self, rows: np.ndarray) -> np.ndarray:
        return self.samples.pixels(rows, self.task)

    def __call__(self, rows: tf.Tensor) -> tf.Tensor:
        images = tf.numpy_function(self.read, [rows], tf.uint8)
        return tf.ensure_shape(images, (None, *self.task.shape))


class Batches:
    """The batches of a split: in its own order to measure, shuffled and shifted to train."""

    def __init__(self, samples: Samples, task: Task, config: Config) -> None:
        self.size, self.config = len(samples), config
        pixels = math.prod(task.shape)
        source = InMemory if self.size * pixels <= IN_MEMORY else FromFiles
        self.images = source(samples, task)
        with tf.device("CPU"):
            self.targets = tf.constant(samples.targets)
        # so many are gathered and shifted in one call
        self.many = max(AT_ONCE // pixels // config.batch_size, 1) * config.batch_size
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
        parts = tf.data.Dataset.from_tensors((rows, draws)).rebatch(self.many)
        return parts.map(self.fetch, tf.data.AUTOTUNE).rebatch(self.config.batch_size)

    def fetch(self, rows: tf.Tensor, draws: tf.Tensor | None = None) -> tuple[Any, tf.Tensor]:
        """Return the inputs and the targets of some rows, shifted if there are draws."""
        images = self.images(rows)
        images = images if draws is None else shift(images, draws)
        return {"images": images}, tf.gather(self.targets, rows)


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


def batches(samples: Samples, task: Task, config: Config) -> Batches:
    """Return the batches of a split."""
    samples = samples.labelled_as(task)
    return Batches(samples, task, config)
