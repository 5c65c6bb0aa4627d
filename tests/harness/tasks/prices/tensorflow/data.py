"""The batches of a split: districts and measures by their names, and prices."""

import math
from collections.abc import Iterator
from typing import Any

from .backend import tf
from .config import Config
from .samples import Samples
from .task import Task


class Batches:
    def __init__(self, samples: Samples, config: Config) -> None:
        self.size, self.config = len(samples), config
        self.inputs = {"district": samples.district, "measures": samples.measures}
        self.prices = samples.prices

    def __len__(self) -> int:
        return math.ceil(self.size / self.config.batch_size)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.of_rows(tf.range(self.size)))

    def shuffled(self, first_epoch: int) -> tf.data.Dataset:
        epochs = tf.data.Dataset.range(first_epoch, tf.int64.max)
        return epochs.flat_map(self.epoch)

    def epoch(self, number: tf.Tensor) -> tf.data.Dataset:
        seed = [self.config.seed, number]
        return self.of_rows(tf.random.experimental.stateless_shuffle(tf.range(self.size), seed))

    def of_rows(self, rows: tf.Tensor) -> tf.data.Dataset:
        inputs = {name: tf.gather(array, rows) for name, array in self.inputs.items()}
        parts = (inputs, tf.gather(self.prices, rows))
        return tf.data.Dataset.from_tensor_slices(parts).batch(self.config.batch_size)


def batches(samples: Samples, task: Task, config: Config) -> Batches:
    return Batches(samples, config)
