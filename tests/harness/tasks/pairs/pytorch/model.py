"""A vector of length 1 for a word of any length."""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, nn

from .config import Config
from .data import Batch
from .task import Task


class Encoder(nn.Module):
    def __init__(self, task: Task) -> None:
        super().__init__()
        self.letters = nn.Embedding(len(task.letters) + 1, 16)
        self.head = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 8))

    def forward(self, letters: Tensor) -> Tensor:
        return F.normalize(self.head(self.letters(letters).mean(dim=1)), dim=1)


def build_model(config: Config, task: Task) -> Encoder:
    return Encoder(task)


def loss(
    model: Callable[..., Tensor], batch: Batch, config: Config
) -> tuple[Tensor, dict[str, Tensor]]:
    one, other, targets = batch
    vector, second = model(one), model(other)
    value = F.cosine_embedding_loss(vector, second, targets, margin=0.2)
    return value, {"vector": vector, "other": second}
