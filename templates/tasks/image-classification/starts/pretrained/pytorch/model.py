"""A backbone that was trained on many images, with a head for your classes, and the loss."""

from functools import partial
from typing import Any, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from . import memory
from .backbone import About, build, bytes_kept, describe, read_weights
from .config import Config
from .data import Batch
from .device import pick_device, pick_precision
from .task import Task


class Classifier(nn.Module):
    """Pixels 0 to 255, [batch, height, width, 3], to logits, [batch, classes]."""

    def __init__(self, backbone: Any, about: About, classes: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(backbone.head_hidden_size, classes)
        # of each colour: what the backbone's pixels were shifted and divided by
        self.mean = nn.Buffer(255 * torch.tensor(about.mean)[:, None, None])
        self.std = nn.Buffer(255 * torch.tensor(about.std)[:, None, None])

    def forward(self, images: Tensor) -> Tensor:
        # to [batch, 3, height, width], on the backbone's scale; inside, so that every export does it
        x = (images.permute(0, 3, 1, 2).float() - self.mean) / self.std
        return self.head(self.backbone(x))

    def train(self, mode: bool = True) -> Self:
        """Train the head and the weights; BatchNorm keeps its statistics, of far more images."""
        super().train(mode)
        self.backbone.eval()
        return self


def build_model(config: Config, task: Task) -> Classifier:
    """Return a model with pretrained weights; or with random ones, where last.pt will follow.

    Its arguments and its results are those of task.signature.
    """
    resumes = (config.run_dir / "last.pt").exists() and not config.debug
    state = read_weights(config.weights) if config.weights and not resumes else None
    download = not resumes and state is None
    backbone = build(config.backbone, task.shape[0], state, download)
    model = Classifier(backbone, describe(config), len(task.labels))
    if not resumes and (device := pick_device(config.device)).type == "cpu":
        with pick_precision(config.precision, device):
            one, two = (bytes_kept(model, torch.zeros(n, *task.shape)) for n in (1, 2))
        memory.check(two - one, config)
    if task.class_weights:
        model.class_weights = nn.Buffer(torch.tensor(task.class_weights), persistent=False)
    return model


def loss(model: nn.Module, batch: Batch, config: Config) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the mean loss of a batch, and the model's outputs for it by their names."""
    images, targets = batch
    logits, weights = model(images), getattr(model, "class_weights", None)
    crossentropy = partial(F.cross_entropy, logits, targets, label_smoothing=config.label_smoothing)
    if weights is None:
        value = crossentropy()
    else:  # not as its `weight`, which makes every batch count alike
        of_each = targets @ weights if targets.is_floating_point() else weights[targets]
        value = (of_each * crossentropy(reduction="none")).mean()
    return value, {"logits": logits}
