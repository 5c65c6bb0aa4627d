"""How the weights change: AdamW, a learning rate that falls along a cosine, clipped gradients."""

from collections.abc import Iterable

import torch
from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler

from .config import Config


def build_optimizer(model: nn.Module, config: Config, steps: int) -> tuple[AdamW, LRScheduler]:
    """Return the optimizer, and the schedule of its learning rate over all steps."""
    decay = config.weight_decay
    optimizer = AdamW(model.parameters(), config.learning_rate, weight_decay=decay, fused=True)
    return optimizer, CosineAnnealingLR(optimizer, T_max=steps)


def clip_gradients(parameters: Iterable[nn.Parameter], longest: float) -> float:
    """Shorten the gradient to a length, and return the length that it had.

    torch.nn.utils.clip_grad_norm_ does the same; on a small model a step takes a fifth longer.
    """
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    norm = torch.stack([gradient.norm() for gradient in gradients]).norm().item()
    if norm > longest:
        for gradient in gradients:
            gradient *= longest / norm
    return norm
