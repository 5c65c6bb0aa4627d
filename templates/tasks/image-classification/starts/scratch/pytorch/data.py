"""The batches of a split: uint8 images [batch, height, width, channels], int64 targets [batch]."""

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader

from .config import Config
from .samples import Samples
from .task import Task

Batch = tuple[Tensor, Tensor]  # the targets come last, as loops expect
IN_MEMORY = 2**30  # bytes of pixels; a larger split is read from its files again and again
AT_ONCE = 2**22  # bytes of pixels to shift in one call: of small images, calls take longest


class InMemory:
    """A split whose pixels lie on the device."""

    def __init__(
        self, samples: Samples, task: Task, config: Config, device: torch.device, train: bool
    ) -> None:
        batch = read(samples, task, False, range(len(samples)))
        self.images, self.targets = (part.to(device) for part in batch)
        self.size, self.batch_size, self.train = len(samples), config.batch_size, train

    def __len__(self) -> int:
        return math.ceil(self.size / self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        order = torch.randperm(self.size) if self.train else torch.arange(self.size)
        batches = max(AT_ONCE // self.images[0].nbytes // self.batch_size, 1)
        for rows in order.to(self.images.device).split(batches * self.batch_size):
            images = shift(self.images[rows]) if self.train else self.images[rows]
            targets = self.targets[rows].split(self.batch_size)
            yield from zip(images.split(self.batch_size), targets, strict=True)


class FromFiles:
    """A split that two other processes read from its files, batch by batch."""

    def __init__(
        self, samples: Samples, task: Task, config: Config, device: torch.device, train: bool
    ) -> None:
        rows: Any = range(len(samples))
        reads, size = partial(read, samples, task, train), config.batch_size
        self.loader = DataLoader(rows, size, shuffle=train, num_workers=2, collate_fn=reads)
        self.size, self.device = len(samples), device

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[Batch]:
        for images, targets in self.loader:
            yield images.to(self.device), targets.to(self.device)


def read(samples: Samples, task: Task, train: bool, rows: Sequence[int]) -> Batch:
    """Return the images and targets of some rows."""
    images = torch.from_numpy(samples.pixels(rows, task))
    return shift(images) if train else images, torch.from_numpy(samples.targets[rows])


def shift(images: Tensor) -> Tensor:
    """The augmentation: move each image by up to an eighth of its size, on a black ground."""
    n, height, width, _ = images.shape
    most = max(height // 8, 1)
    padded = F.pad(images, (0, 0, most, most, most, most))
    places = padded.unfold(1, height, 1).unfold(2, width, 1)  # [n, down, right, channels, h, w]
    down, right = torch.randint(2 * most + 1, (2, n))
    return places[torch.arange(n), down, right].permute(0, 2, 3, 1)


Batches = InMemory | FromFiles


def batches(
    samples: Samples, task: Task, config: Config, device: torch.device, train: bool = False
) -> Batches:
    """Return the batches of a split; to train, each pass shuffles and shifts them anew."""
    samples = samples.labelled_as(task)
    kind = InMemory if len(samples) * math.prod(task.shape) <= IN_MEMORY else FromFiles
    return kind(samples, task, config, device, train)
