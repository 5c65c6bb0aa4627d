"""How the weights change: first the head's alone, then all, the lower layers more slowly."""

import math
from typing import Any

from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR, LRScheduler

from .config import Config


class HeadThenAll(LambdaLR):
    """The rate of each step; the backbone is frozen while the head, which is new, learns.

    A random head would pull a backbone away from what it knows: https://arxiv.org/abs/2202.10054
    """

    def __init__(
        self, optimizer: AdamW, backbone: nn.Module, config: Config, head_steps: int, steps: int
    ) -> None:
        self.backbone, self.head_steps = backbone, head_steps

        def share(step: int) -> float:
            cosine = (1 + math.cos(math.pi * step / steps)) / 2
            return cosine if step < head_steps else config.after_head * cosine

        super().__init__(optimizer, share)
        self.freeze()

    def freeze(self) -> None:
        self.backbone.requires_grad_(self.last_epoch >= self.head_steps)

    def step(self, epoch: int | None = None) -> None:
        super().step(epoch)
        self.freeze()

    def state_dict(self) -> dict[str, Any]:
        return {name: value for name, value in super().state_dict().items() if name != "backbone"}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        super().load_state_dict(state)
        self.freeze()


def build_optimizer(model: nn.Module, config: Config, steps: int) -> tuple[AdamW, LRScheduler]:
    """Return the optimizer, and the schedule of its learning rate over all steps."""
    backbone = model.get_submodule("backbone")
    below = depths(backbone)
    groups: list[dict[str, Any]] = []
    for parameter in model.parameters():
        decay = config.weight_decay if parameter.ndim > 1 else 0.0  # not of a bias or a scale
        rate = config.learning_rate * config.layer_decay ** below.get(id(parameter), 0)
        groups.append({"params": [parameter], "lr": rate, "weight_decay": decay})
    head_steps = config.head_epochs * steps // config.epochs
    optimizer = AdamW(groups, config.learning_rate)
    return optimizer, HeadThenAll(optimizer, backbone, config, head_steps, steps)


def depths(backbone: nn.Module) -> dict[int, int]:
    """Return for each parameter, by its id, how many layers are from it to the head."""
    lists = [each for each in backbone.modules() if isinstance(each, nn.ModuleList)]
    layers = max(lists, key=len, default=nn.ModuleList())
    owner = {id(each): place for place, layer in enumerate(layers) for each in layer.parameters()}
    found: dict[int, int] = {}
    above = len(layers) + 1  # of the embeddings
    for parameter in backbone.parameters():
        if id(parameter) in owner:
            above = len(layers) - owner[id(parameter)]
        found[id(parameter)] = above
    return found
