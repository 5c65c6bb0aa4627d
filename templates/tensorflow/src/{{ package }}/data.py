"""The batches of a split: uint8 images [batch, height, width, channels], one-hot float32 targets [batch, classes]."""

import math

import numpy as np

from .backend import tf
from .config import Config
from .samples import Samples, load_samples

IN_MEMORY = 2**30  # bytes of pixels; a larger split is decoded batch by batch


class Batches:
    """One split, as tf.data sets of batches."""

    def __init__(self, samples: Samples, config: Config) -> None:
        self.samples, self.config = samples, config
        self.labels, self.shape, self.size = samples.labels, samples.shape, len(samples)
        fits = self.size * np.prod(self.shape) <= IN_MEMORY
        with tf.device("CPU"):
            self.epoch = tf.Variable(0, dtype=tf.int64)  # which one `shuffled` gives
            self.targets = tf.constant(samples.targets)
            self.images = tf.constant(samples.pixels(range(self.size))) if fits else None

    def __len__(self) -> int:
        return math.ceil(self.size / self.config.batch_size)

    def in_order(self) -> tf.data.Dataset:
        rows = tf.data.Dataset.range(self.size).batch(self.config.batch_size)
        return rows.map(self.fetch, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)

    def shuffled(self) -> tf.data.Dataset:
        """For training: order and shifts follow from the seed and the epoch, so a resumed run sees the same batches."""

        def order(_: tf.Tensor) -> tf.data.Dataset:
            rows = tf.random.experimental.stateless_shuffle(tf.range(self.size), seed=[self.config.seed, self.epoch])
            return tf.data.Dataset.from_tensor_slices(rows).batch(self.config.batch_size)

        def shifted(batch: tf.Tensor, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            images, targets = self.fetch(rows)
            return shift(images, seed=[self.config.seed, self.epoch * len(self) + batch]), targets

        rows = tf.data.Dataset.range(1).flat_map(order)  # computed anew whenever an epoch begins
        batches = rows.enumerate().map(shifted, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
        return batches.apply(tf.data.experimental.assert_cardinality(len(self)))

    def fetch(self, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        if self.images is not None:
            images = tf.gather(self.images, rows)
        else:
            images = tf.ensure_shape(tf.numpy_function(self.samples.pixels, [rows], tf.uint8), (None, *self.shape))
        return images, tf.one_hot(tf.gather(self.targets, rows), len(self.labels))


def shift(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """The training split's augmentation: each image moved by up to an eighth of its size, on a black ground."""
    n, (height, width) = tf.shape(images)[0], images.shape[1:3]
    most = max(height // 8, 1)
    padded = tf.pad(images, [[0, 0], [most, most], [most, most], [0, 0]])
    moves = tf.random.stateless_uniform([2, n, 1], seed, maxval=2 * most + 1, dtype=tf.int32)
    rows, columns = tf.range(height) + moves[0], tf.range(width) + moves[1]  # [n, height], [n, width]
    return tf.gather(tf.gather(padded, rows, axis=1, batch_dims=1), columns, axis=2, batch_dims=1)


def load(split: str, config: Config) -> Batches:
    """The batches of "train", "val" or "test"."""
    return Batches(load_samples(split, config), config)
