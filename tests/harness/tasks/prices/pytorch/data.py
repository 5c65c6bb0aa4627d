"""The batches of a split: districts, measures and prices."""

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
            district, measures, prices = (tensor[rows] for tensor in self.tensors)
            yield district, measures, prices


def batches(
    samples: Samples, task: Task, config: Config, device: torch.device, train: bool = False
) -> Batches:
    arrays = (samples.district, samples.measures, samples.prices)
    return Batches([torch.from_numpy(a).to(device) for a in arrays], config.batch_size, train)
