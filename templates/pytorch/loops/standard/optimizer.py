"""How the weights change: AdamW, with a learning rate that rises and then falls along a cosine."""

import math
from typing import Any

from torch import nn
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import LRScheduler

from .config import Config

WARM_UP = 0.1  # the share of the steps in which the rate rises, or small data sets would swing


class WarmCosine(LRScheduler):
    """A learning rate that rises in a line, and then falls to zero along a cosine."""

    def __init__(self, optimizer: Optimizer, steps: int) -> None:
        self.steps, self.rise = steps, max(round(WARM_UP * steps), 1)
        super().__init__(optimizer)

    def get_lr(self) -> list[Any]:
        fallen = max(self.last_epoch - self.rise, 0) / max(self.steps - self.rise, 1)
        share = min((self.last_epoch + 1) / self.rise, 1) * (1 + math.cos(math.pi * fallen)) / 2
        return [share * highest for highest in self.base_lrs]


def build_optimizer(model: nn.Module, config: Config, steps: int) -> tuple[AdamW, LRScheduler]:
    """Return the optimizer, and the schedule of its learning rate over all steps."""
    decay = config.weight_decay
    optimizer = AdamW(model.parameters(), config.learning_rate, weight_decay=decay, fused=True)
    return optimizer, WarmCosine(optimizer, steps)
