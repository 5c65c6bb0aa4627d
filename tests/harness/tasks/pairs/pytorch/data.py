"""The batches of a split: two words as numbers [batch, length] each, and 1 or -1."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from .config import Config
from .samples import Samples
from .task import Task

Batch = tuple[Tensor, Tensor, Tensor]


class Batches:
    def __init__(self, tensors: list[Tensor], batch_size: int, train: bool) -> None:
        self.tensors, self.batch_size, self.train = tensors, batch_size, train
        self.size = len(tensors[0])

    def __len__(self) -> int:
        return math.ceil(self.size / self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        order = torch.randperm(self.size) if self.train else torch.arange(self.size)
        for rows in order.split(self.batch_size):
            one, other, targets = (tensor[rows] for tensor in self.tensors)
            yield one, other, targets


def batches(
    samples: Samples, task: Task, config: Config, device: torch.device, train: bool = False
) -> Batches:
    words = [torch.tensor([task.numbers(pair[i]) for pair in samples.pairs]) for i in (0, 1)]
    tensors = [*words, torch.from_numpy(samples.targets)]
    return Batches([tensor.to(device) for tensor in tensors], config.batch_size, train)
