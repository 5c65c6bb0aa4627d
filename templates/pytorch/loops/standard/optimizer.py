"""How the weights change: AdamW, with a learning rate that falls along a cosine."""

from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler

from .config import Config


def build_optimizer(model: nn.Module, config: Config, steps: int) -> tuple[AdamW, LRScheduler]:
    """Return the optimizer, and the schedule of its learning rate over all steps."""
    decay = config.weight_decay
    optimizer = AdamW(model.parameters(), config.learning_rate, weight_decay=decay, fused=True)
    return optimizer, CosineAnnealingLR(optimizer, T_max=steps)
