"""The batches of a split: uint8 images [batch, height, width, channels], one-hot float32 targets [batch, classes]."""

import math

from .backend import tf
from .config import Config
from .samples import Samples, load_samples

IN_MEMORY = 2**30  # bytes of pixels; a larger split is decoded batch by batch
AT_ONCE = (
    2**20
)  # bytes of pixels; for small images the calls cost more than the work, so many are moved together


class Batches:
    """One split, as tf.data sets of batches."""

    def __init__(self, samples: Samples, config: Config) -> None:
        self.samples, self.config = samples, config
        self.labels, self.shape, self.size = samples.labels, samples.shape, len(samples.targets)
        fits = self.size * math.prod(self.shape) <= IN_MEMORY
        with tf.device("CPU"):
            self.targets = tf.constant(samples.targets)
            self.images = tf.constant(samples.pixels(range(self.size))) if fits else None

    def __len__(self) -> int:
        return math.ceil(self.size / self.config.batch_size)

    def in_order(self) -> tf.data.Dataset:
        rows = tf.data.Dataset.range(self.size).batch(self.config.batch_size)
        return rows.map(self.fetch, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)

    def shuffled(self, first_epoch: int) -> tf.data.Dataset:
        """For training, without an end: an epoch's order and shifts follow from the seed and its number alone."""
        batch_size = self.config.batch_size
        many = max(AT_ONCE // math.prod(self.shape) // batch_size, 1) * batch_size

        def epoch(number: tf.Tensor) -> tf.data.Dataset:
            def shifted(part: tf.Tensor, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
                images, targets = self.fetch(rows)
                return shift(images, seed=[self.config.seed, number * len(self) + part]), targets

            rows = tf.random.experimental.stateless_shuffle(
                tf.range(self.size), seed=[self.config.seed, number]
            )
            parts = tf.data.Dataset.from_tensors(rows).rebatch(many).enumerate()
            return parts.map(shifted, tf.data.AUTOTUNE).rebatch(batch_size)

        # one set for all epochs: to begin a set takes longer than an epoch of the digits
        epochs = tf.data.Dataset.range(first_epoch, tf.int64.max)
        return epochs.flat_map(epoch).prefetch(tf.data.AUTOTUNE)

    def fetch(self, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        if self.images is not None:
            images = tf.gather(self.images, rows)
        else:
            images = tf.ensure_shape(
                tf.numpy_function(self.samples.pixels, [rows], tf.uint8), (None, *self.shape)
            )
        return images, tf.one_hot(tf.gather(self.targets, rows), len(self.labels))


def shift(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """The training split's augmentation: each image moved by up to an eighth of its size, on a black ground."""
    n, (height, width) = tf.shape(images)[0], images.shape[1:3]
    most = max(height // 8, 1)
    padded = tf.pad(images, [[0, 0], [most, most], [most, most], [0, 0]])
    moves = tf.random.stateless_uniform([2, n, 1], seed, maxval=2 * most + 1, dtype=tf.int32)
    rows, columns = (
        tf.range(height) + moves[0],
        tf.range(width) + moves[1],
    )  # [n, height], [n, width]
    return tf.gather(tf.gather(padded, rows, axis=1, batch_dims=1), columns, axis=2, batch_dims=1)


def load(split: str, config: Config) -> Batches:
    """The batches of "train", "val" or "test"."""
    return Batches(load_samples(split, config), config)
