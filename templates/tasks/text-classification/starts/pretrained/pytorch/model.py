"""An encoder that was trained on many texts, with a head for your labels, and the loss."""

from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .backbone import build
from .config import Config
from .data import Batch
from .task import Task


class Classifier(nn.Module):
    """Tokens and their mask, int64 [batch, length], to logits, [batch, classes]."""

    def __init__(self, backbone: Any, classes: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(backbone.config.hidden_size, classes)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        states = self.backbone(input_ids=ids, attention_mask=mask).last_hidden_state
        there = mask[..., None].float()
        mean = (states * there).sum(dim=1) / there.sum(dim=1).clamp(min=1)
        return self.head(self.dropout(mean))


def build_model(config: Config, task: Task) -> Classifier:
    """Return a model with pretrained weights; or with random ones, where last.pt will follow.

    Its arguments and its results are those of task.signature.
    """
    resumes = (config.run_dir / "last.pt").exists() and not config.debug
    model = Classifier(build(config, download=not resumes), len(task.labels))
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
