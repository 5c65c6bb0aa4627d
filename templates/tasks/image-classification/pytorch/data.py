"""The batches of a split: images as uint8 [batch, channels, height, width], targets as int64 [batch]."""

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader

from .config import Config
from .samples import Samples, load_samples

IN_MEMORY = 2**30  # bytes of pixels; a larger split is decoded batch by batch
AT_ONCE = 2**22  # bytes of pixels; for small images the calls cost more than the work, so many are moved together


class Batches:
    """One split, on the device; each pass over one that trains has a new order and other shifts."""

    def __init__(self, samples: Samples, batch_size: int, device: torch.device, train: bool) -> None:
        self.samples, self.labels, self.shape, self.size = samples, samples.labels, samples.shape, len(samples.targets)
        self.batch_size, self.device, self.train, self.loader = batch_size, device, train, None
        rows: Any = range(self.size)
        if self.size * math.prod(self.shape) > IN_MEMORY:
            collate = partial(decode, samples, train)
            self.loader = DataLoader(rows, batch_size, train, num_workers=2, collate_fn=collate)
        else:
            self.images, self.targets = (tensor.to(device) for tensor in decode(samples, False, rows))

    def __len__(self) -> int:
        return math.ceil(self.size / self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        if self.loader is not None:
            yield from ((images.to(self.device), targets.to(self.device)) for images, targets in self.loader)
            return
        # one permutation an epoch, then slices of it: for small images faster than a DataLoader
        order = torch.randperm(self.size) if self.train else torch.arange(self.size)
        many = max(AT_ONCE // math.prod(self.shape) // self.batch_size, 1) * self.batch_size
        for rows in order.to(self.device).split(many):
            images = shift(self.images[rows]) if self.train else self.images[rows]
            yield from zip(images.split(self.batch_size), self.targets[rows].split(self.batch_size), strict=True)


def decode(samples: Samples, train: bool, rows: Sequence[int]) -> tuple[Tensor, Tensor]:
    """The images and targets of some rows."""
    images = torch.from_numpy(samples.pixels(rows)).permute(0, 3, 1, 2)  # still channels last: faster convolutions
    return shift(images) if train else images, torch.from_numpy(samples.targets[rows])


def shift(images: Tensor) -> Tensor:
    """The training split's augmentation: each image moved by up to an eighth of its size, on a black ground."""
    n, _, height, width = images.shape
    most = max(height // 8, 1)
    places = F.pad(images, (most, most, most, most)).unfold(2, height, 1).unfold(3, width, 1)
    down, right = torch.randint(2 * most + 1, (2, n))
    return places[torch.arange(n), :, down, right]


def load(split: str, config: Config, device: torch.device | str = "cpu") -> Batches:
    """The batches of "train", "val" or "test"; only the first is shuffled and shifted."""
    return Batches(load_samples(split, config), config.batch_size, torch.device(device), train=split == "train")
