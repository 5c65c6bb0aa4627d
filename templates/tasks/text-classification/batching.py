"""Batches of texts of about the same length, so that rows are hardly filled."""

from collections.abc import Iterator, Sequence

import numpy as np

from .augment import part
from .config import Config
from .samples import Samples
from .signature import Arrays
from .task import Task

AT_ONCE = 50  # batches that are sorted together: of more, chance would decide less


def tokens_of(texts: Sequence[str], task: Task) -> list[list[int]]:
    return [each.ids for each in task.encode(texts)]


def in_batches(
    samples: Samples,
    tokens: list[list[int]],
    task: Task,
    config: Config,
    rng: np.random.Generator | None = None,
) -> Iterator[tuple[Arrays, np.ndarray]]:
    """Yield the inputs and the targets of each batch; with a generator, as it draws them."""
    if rng and config.least_part < 1:
        parts = [part(text, config.least_part, rng) for text in samples.texts]
        tokens = tokens_of(parts, task)
    lengths = np.array([len(ids) for ids in tokens])
    for rows in alike(lengths, config.batch_size, rng):
        yield task.fill([tokens[row] for row in rows]), samples.targets[rows]


def alike(
    lengths: np.ndarray, size: int, rng: np.random.Generator | None = None
) -> list[np.ndarray]:
    """Return the rows of each batch, by length; with a generator, as it draws them."""
    if rng is None:
        return split(np.argsort(lengths, kind="stable"), size)
    parts = split(rng.permutation(len(lengths)), AT_ONCE * size)
    rows = [each[np.argsort(lengths[each], kind="stable")] for each in parts]
    batches = split(np.concatenate(rows), size)
    return [batches[i] for i in rng.permutation(len(batches))]


def split(rows: np.ndarray, size: int) -> list[np.ndarray]:
    return np.split(rows, range(size, len(rows), size))
