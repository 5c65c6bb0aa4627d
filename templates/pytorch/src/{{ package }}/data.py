"""The batches of a split: images as uint8 [batch, channels, height, width], targets as int64 [batch]."""

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader

from .config import Config
from .samples import Samples, load_samples

IN_MEMORY = 2**30  # bytes of pixels; a larger split is decoded batch by batch


class Batches:
    """One split; each pass over a shuffled one has a new order."""

    def __init__(self, samples: Samples, batch_size: int, shuffle: bool) -> None:
        self.samples, self.labels, self.shape, self.size = samples, samples.labels, samples.shape, len(samples)
        self.batch_size, self.shuffle, self.loader = batch_size, shuffle, None
        rows: Any = range(self.size)
        if self.size * np.prod(self.shape) > IN_MEMORY:
            collate = partial(decode, samples)
            self.loader = DataLoader(rows, batch_size, shuffle, num_workers=2, collate_fn=collate)
        else:
            self.images, self.targets = decode(samples, rows)

    def __len__(self) -> int:
        return math.ceil(self.size / self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        if self.loader is not None:
            yield from self.loader
            return
        # one permutation an epoch, then slices of it: for small images faster than a DataLoader
        order = torch.randperm(self.size) if self.shuffle else torch.arange(self.size)
        for rows in order.split(self.batch_size):
            yield self.images[rows], self.targets[rows]


def decode(samples: Samples, rows: Sequence[int]) -> tuple[Tensor, Tensor]:
    """One batch: the images and targets of some rows."""
    images = torch.from_numpy(samples.pixels(rows)).permute(0, 3, 1, 2).contiguous()
    return images, torch.from_numpy(samples.targets[rows])


def shift(images: Tensor) -> Tensor:
    """The training split's augmentation: each image moved by up to an eighth of its size, on a black ground."""
    n, _, height, width = images.shape
    most = max(height // 8, 1)
    padded = F.pad(images, (most, most, most, most))
    down, right = torch.randint(2 * most + 1, (2, n, 1))
    rows, columns = torch.arange(height) + down, torch.arange(width) + right  # [n, height], [n, width]
    moved = padded[torch.arange(n)[:, None, None], :, rows[:, :, None], columns[:, None, :]]
    return moved.permute(0, 3, 1, 2)


def load(split: str, config: Config) -> Batches:
    """The batches of "train", "val" or "test"; only the first is shuffled."""
    return Batches(load_samples(split, config), config.batch_size, shuffle=split == "train")
