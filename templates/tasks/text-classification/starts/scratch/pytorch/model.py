"""A small transformer, which reads all tokens of a text at once, and its loss."""

import math
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .config import Config
from .data import Batch
from .task import Task

HEADS = 4


class Block(nn.Module):
    """Each token looks at all others of its text, and then at itself."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention, self.joined = nn.Linear(width, 3 * width), nn.Linear(width, width)
        wider = (nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.mlp, self.dropout = nn.Sequential(*wider), nn.Dropout(dropout)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        parts = self.attention(self.first(x)).unflatten(2, (3, HEADS, -1))
        # each [batch, heads, length, width of a head]
        queries, keys, values = parts.permute(2, 0, 3, 1, 4).unbind()
        seen = F.scaled_dot_product_attention(queries, keys, values, bias)
        x = x + self.dropout(self.joined(seen.transpose(1, 2).flatten(2)))
        return x + self.dropout(self.mlp(self.second(x)))


class Classifier(nn.Module):
    """Tokens and their mask, int64 [batch, length], to logits, [batch, classes]."""

    def __init__(self, vocabulary: int, classes: int, config: Config) -> None:
        super().__init__()
        width = config.width
        self.tokens, self.dropout = nn.Embedding(vocabulary, width), nn.Dropout(config.dropout)
        nn.init.normal_(self.tokens.weight, std=width**-0.5)
        self.blocks = nn.ModuleList(Block(width, config.dropout) for _ in range(config.layers))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, classes)
        waves = torch.exp(torch.arange(0, width, 2) * (-math.log(10_000) / width))
        self.waves = nn.Buffer(waves, persistent=False)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        places = mask.cumsum(dim=1)[..., None] * self.waves  # of any length, as in arXiv:1706.03762
        waves = torch.cat([places.sin(), places.cos()], dim=2)
        x = self.dropout(self.tokens(ids) + waves * self.waves.numel() ** -0.5)
        there = mask[..., None].float()
        bias = (there - 1).transpose(1, 2)[:, None] * 1e9  # nothing looks at what fills a row
        for block in self.blocks:
            x = block(x, bias)
        mean = (self.norm(x) * there).sum(dim=1) / there.sum(dim=1).clamp(min=1)
        return self.head(mean)


def build_model(config: Config, task: Task) -> Classifier:
    """Return an untrained model. Its arguments and its results are those of task.signature."""
    model = Classifier(task.words.get_vocab_size(), len(task.labels), config)
    if task.class_weights:
        model.class_weights = nn.Buffer(torch.tensor(task.class_weights), persistent=False)
    return model


def loss(model: nn.Module, batch: Batch, config: Config) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the mean loss of a batch, and the model's outputs for it by their names."""
    ids, mask, targets = batch
    logits, weights = model(ids, mask), getattr(model, "class_weights", None)
    crossentropy = partial(F.cross_entropy, logits, targets, label_smoothing=config.label_smoothing)
    if weights is None:
        value = crossentropy()
    else:  # not as its `weight`, which makes every batch count alike
        value = (weights[targets] * crossentropy(reduction="none")).mean()
    return value, {"logits": logits}
