"""What `train --debug` does: fit one batch, slowly, and name the layer at which numbers go wrong."""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from . import runs
from .config import Config
from .data import batches
from .device import pick_device
from .errors import UserError
from .fit import fit_task
from .model import build_model, loss
from .samples import load_samples

STEPS = 100


def debug(config: Config) -> tuple[float, float]:
    """Fit one batch, and return the first and the last loss. A breakpoint in model.py stops here.

    UserError names the first layer, from the inputs on, whose output is not finite; or the first,
    from the loss back, whose gradient is not.
    """
    torch.manual_seed(config.seed)
    device = pick_device(config.device)
    samples = load_samples("train", config)
    task = fit_task(samples, config)
    batch = next(iter(batches(samples, task, config, device, train=True)))
    model = build_model(config, task).to(device)
    reached: list[str] = []  # the layers, as the gradient reaches them
    for name, layer in model.named_modules():
        layer.register_forward_hook(partial(watch, name or "the model", reached))
    optimizer = torch.optim.AdamW(model.parameters(), config.learning_rate)
    losses = []
    for step in range(1, STEPS + 1):
        with torch.autograd.set_detect_anomaly(True):  # warns of the line behind a NaN
            value, _ = loss(model, batch, config)
            check("the loss", value)
            try:
                value.backward()
            except RuntimeError as error:
                behind = reached[-1] if reached else "the loss"
                raise UserError(f"Behind {behind}, the gradient is NaN: {error}") from None
        optimizer.step()
        optimizer.zero_grad()
        losses.append(value.item())
        if step in (1, 2, 5, 10, 20, 50, 100):
            print(f"step {step:>3}  loss {losses[-1]:.4f}")
    return losses[0], losses[-1]


def watch(name: str, reached: list[str], layer: nn.Module, inputs: Any, output: Any) -> None:
    """Check what a layer returns, and later the gradient with respect to it."""

    def arrive(gradient: Tensor) -> None:
        reached.append(name)
        check(f"the gradient at the output of {name}", gradient)

    for tensor in output if isinstance(output, tuple | list) else [output]:
        check(f"the output of {name}", tensor)
        if tensor.requires_grad:
            tensor.register_hook(arrive)


def check(what: str, tensor: Tensor) -> None:
    if not torch.isfinite(tensor).all():
        raise UserError(f"{what} is not finite. {runs.NOT_FINITE}")


def main(config: Config) -> None:
    first, last = debug(config)
    if not last < first / 2:
        found = f"in {STEPS} steps, the loss of one batch went from {first:.4f} to {last:.4f}"
        raise UserError(f"The model does not learn: {found}. Look at the loss and the targets.")
    print(f"The model fits one batch: its loss fell from {first:.4f} to {last:.4f}.")
