"""The batches of a split: ids and mask, int64 [batch, length], and int64 targets [batch]."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from .batching import in_batches, tokens_of
from .config import Config
from .samples import Samples
from .signature import Arrays
from .task import Task

Batch = tuple[Tensor, Tensor, Tensor]  # the targets come last, as loops expect


class Batches:
    """Texts of about the same length together; to train, each pass shuffles them anew."""

    def __init__(
        self, samples: Samples, task: Task, config: Config, device: torch.device, train: bool
    ) -> None:
        self.samples, self.task, self.config = samples, task, config
        self.size, self.device, self.train = len(samples), device, train
        self.tokens = tokens_of(samples.texts, task)

    def __len__(self) -> int:
        return math.ceil(self.size / self.config.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        # one draw, of the epoch, fixes all others
        rng = np.random.default_rng(int(torch.randint(2**62, ()))) if self.train else None
        for inputs, targets in self.drawn(rng):
            arrays = (inputs["ids"], inputs["mask"], targets)
            ids, mask, wanted = (torch.from_numpy(array).to(self.device) for array in arrays)
            yield ids, mask, wanted

    def drawn(self, rng: np.random.Generator | None = None) -> Iterator[tuple[Arrays, np.ndarray]]:
        return in_batches(self.samples, self.tokens, self.task, self.config, rng)


def batches(
    samples: Samples, task: Task, config: Config, device: torch.device, train: bool = False
) -> Batches:
    """Return the batches of a split."""
    return Batches(samples.labelled_as(task), task, config, device, train)
