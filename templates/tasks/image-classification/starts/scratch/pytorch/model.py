"""A small residual network, as deep as the images are large, and its loss."""

import math
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .config import Config
from .data import Batch
from .task import Task


def convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
    )


class Residual(nn.Module):
    """Two convolutions whose result is added to their input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = convolution(channels, channels)
        self.second = convolution(channels, channels)
        nn.init.constant_(self.second.get_parameter("1.weight"), 0.25)  # or small sets would swing

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(F.relu(self.first(x))))


class Classifier(nn.Module):
    """Pixels 0 to 255, [batch, height, width, channels], to logits, [batch, classes]."""

    def __init__(self, shape: tuple[int, int, int], classes: int, channels: int) -> None:
        super().__init__()
        height, width, colours = shape
        stride = max(max(height, width) // 64, 1)  # or large images would take most of the time
        size = 2 * stride + 1
        stem = nn.Conv2d(colours, channels, size, stride, padding=stride, bias=False)
        first = nn.Sequential(stem, nn.BatchNorm2d(channels))
        height, width = (math.ceil(side / stride) for side in (height, width))
        layers: list[nn.Module] = [first, nn.ReLU(), Residual(channels)]
        while max(height, width) > 4:  # halve the image and add channels until 4x4 is left of it
            more = max(channels, min(2 * channels, 256))
            layers += [convolution(channels, more, stride=2), nn.ReLU(), Residual(more)]
            channels, height, width = more, (height + 1) // 2, (width + 1) // 2
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(channels * height * width, classes)

    def forward(self, images: Tensor) -> Tensor:
        # to [batch, channels, height, width] and -1 to 1; inside, so that every export does it
        x = images.permute(0, 3, 1, 2).float() / 127.5 - 1
        return self.head(self.features(x).flatten(start_dim=1))


def build_model(config: Config, task: Task) -> Classifier:
    """Return an untrained model. Its arguments and its results are those of task.signature."""
    model = Classifier(task.shape, len(task.labels), config.channels)
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
        value = (weights[targets] * crossentropy(reduction="none")).mean()
    return value, {"logits": logits}
