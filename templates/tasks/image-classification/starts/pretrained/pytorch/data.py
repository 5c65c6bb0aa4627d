"""The batches of a split: uint8 images [batch, height, width, channels], int64 targets [batch]."""

import math
from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .config import Config
from .reading import Reader, in_memory
from .samples import Samples
from .task import Task

Batch = tuple[Tensor, Tensor]  # the targets come last, as loops expect
AT_ONCE = 2**22  # bytes of pixels to shift in one call: of small images, calls take longest


class InMemory:
    """A split of small arrays, which lie on the device."""

    def __init__(
        self, samples: Samples, task: Task, config: Config, device: torch.device, train: bool
    ) -> None:
        self.images = torch.from_numpy(samples.pixels(range(len(samples)), task)).to(device)
        self.targets = torch.from_numpy(samples.targets).to(device)
        self.size, self.batch_size, self.train = len(samples), config.batch_size, train
        self.shifts = train and config.augment == "shift"

    def __len__(self) -> int:
        return math.ceil(self.size / self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        order = torch.randperm(self.size) if self.train else torch.arange(self.size)
        batches = max(AT_ONCE // self.images[0].nbytes // self.batch_size, 1)
        for rows in order.to(self.images.device).split(batches * self.batch_size):
            images = shift(self.images[rows]) if self.shifts else self.images[rows]
            targets = self.targets[rows].split(self.batch_size)
            yield from zip(images.split(self.batch_size), targets, strict=True)


class FromFiles:
    """A split that threads read from its files, a few batches ahead."""

    def __init__(
        self, samples: Samples, task: Task, config: Config, device: torch.device, train: bool
    ) -> None:
        self.reader = Reader(samples, task, config, train)
        self.size, self.device, self.train = len(samples), device, train

    def __len__(self) -> int:
        return len(self.reader)

    def __iter__(self) -> Iterator[Batch]:
        # one draw, of the epoch, fixes all others: threads share no generator
        seed = int(torch.randint(2**62, ())) if self.train else 0
        for images, targets in self.reader.batches(seed):
            yield self.on_device(images), self.on_device(targets)

    def on_device(self, array: np.ndarray) -> Tensor:
        tensor = torch.from_numpy(array)
        if self.device.type != "cuda":
            return tensor.to(self.device)
        return tensor.pin_memory().to(self.device, non_blocking=True)  # while the GPU computes


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
    """Return the batches of a split; to train, each pass shuffles and augments them anew."""
    samples = samples.labelled_as(task)
    kind = InMemory if in_memory(samples, task, config) else FromFiles
    return kind(samples, task, config, device, train)
