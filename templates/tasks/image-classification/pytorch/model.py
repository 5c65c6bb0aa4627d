"""A small residual network, as deep as the images are large."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .config import Config


def convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
    )


class Residual(nn.Module):
    """Two convolutions whose result is added to their input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = convolution(width, width), convolution(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(F.relu(self.first(x))))


class Classifier(nn.Module):
    """Pixels 0 to 255, [batch, channels, height, width], to logits, [batch, classes]."""

    def __init__(self, shape: tuple[int, int, int], classes: int, width: int) -> None:
        super().__init__()
        height, breadth, channels = shape
        layers: list[nn.Module] = [convolution(channels, width), nn.ReLU(), Residual(width)]
        while max(height, breadth) > 4:  # halve the image and widen the layers until 4x4 is left of it
            wider = min(2 * width, 256)
            layers += [convolution(width, wider, stride=2), nn.ReLU(), Residual(wider)]
            width, height, breadth = wider, (height + 1) // 2, (breadth + 1) // 2
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(width * height * breadth, classes)

    def forward(self, images: Tensor) -> Tensor:
        x = images.float() / 127.5 - 1  # inside the model, so that every export carries it
        return self.head(self.features(x).flatten(start_dim=1))


def build_model(config: Config, shape: tuple[int, int, int], classes: int) -> Classifier:
    """An untrained model for images of the given height, width and channels."""
    return Classifier(shape, classes, config.width)


def pick_device(name: str) -> torch.device:
    """The named device; for "auto" the accelerator, where there is one."""
    if name == "auto":
        return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise SystemExit(f"--device {name} cannot be used here: {str(error).partition(chr(10))[0]}") from None
