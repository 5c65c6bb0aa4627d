"""How the weights change, in two phases: first the head, then everything, the letters slower."""

from typing import Any

from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR, LRScheduler

from .config import Config


class Phases(LambdaLR):
    """A rate that falls along a line; some parameters are frozen until a step."""

    def __init__(self, optimizer: AdamW, steps: int, frozen: nn.Module, until: int) -> None:
        self.frozen, self.until = frozen, until
        super().__init__(optimizer, lambda step: max(1 - step / steps, 0.05))

    def step(self, epoch: int | None = None) -> None:
        super().step(epoch)
        self.frozen.requires_grad_(self.last_epoch >= self.until)

    def state_dict(self) -> dict[str, Any]:
        return {name: value for name, value in super().state_dict().items() if name != "frozen"}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        super().load_state_dict(state)
        self.frozen.requires_grad_(self.last_epoch >= self.until)


def build_optimizer(model: nn.Module, config: Config, steps: int) -> tuple[AdamW, LRScheduler]:
    letters = model.get_submodule("letters")
    groups: list[dict[str, Any]] = [
        {"params": model.get_submodule("head").parameters()},
        {"params": letters.parameters(), "lr": config.learning_rate / 2},
    ]
    optimizer = AdamW(groups, config.learning_rate, weight_decay=config.weight_decay, fused=True)
    until = config.frozen_epochs * steps // config.epochs
    return optimizer, Phases(optimizer, steps, letters, until)
