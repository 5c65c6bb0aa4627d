"""The batches of a split: ids and mask, int64 [batch, length], and int64 targets [batch]."""

import math
from collections.abc import Iterator
from itertools import count
from typing import Any

import numpy as np

from .backend import tf
from .batching import in_batches, tokens_of
from .config import Config
from .samples import Samples
from .signature import Arrays
from .task import Task


class Batches:
    """Texts of about the same length together; to train, each pass shuffles them anew."""

    def __init__(self, samples: Samples, task: Task, config: Config) -> None:
        self.samples, self.task, self.config = samples, task, config
        self.size, self.tokens = len(samples), tokens_of(samples.texts, task)

    def __len__(self) -> int:
        return math.ceil(self.size / self.config.batch_size)

    def __iter__(self) -> Iterator[Any]:
        for inputs, targets in self.drawn():
            yield inputs, tf.constant(targets)

    def drawn(self, rng: np.random.Generator | None = None) -> Iterator[tuple[Arrays, np.ndarray]]:
        return in_batches(self.samples, self.tokens, self.task, self.config, rng)

    def shuffled(self, first_epoch: int) -> tf.data.Dataset:
        """Return the batches of an epoch and of all that follow."""
        tokens = tf.TensorSpec((None, None), tf.int64)
        kinds = ({"ids": tokens, "mask": tokens}, tf.TensorSpec((None,), tf.int64))

        def epochs() -> Iterator[Any]:
            for number in count(first_epoch):  # it fixes them: a resumed run draws the same
                yield from self.drawn(np.random.default_rng((self.config.seed, number)))

        made = tf.data.Dataset.from_generator(epochs, output_signature=kinds)
        return made.prefetch(tf.data.AUTOTUNE)


def batches(samples: Samples, task: Task, config: Config) -> Batches:
    """Return the batches of a split."""
    return Batches(samples.labelled_as(task), task, config)
