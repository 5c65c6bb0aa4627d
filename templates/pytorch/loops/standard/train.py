"""Train the model: `train`, or `train smoke` for a quick look. `train --help` lists the settings."""

import math
import time
from collections.abc import Iterable

import torch
from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LRScheduler
from tqdm import tqdm

from . import checkpoint, runs
from .config import Config
from .data import Batches, batches
from .device import limit_threads, pick_device, pick_precision
from .errors import UserError
from .evaluate import evaluate
from .fit import fit_task
from .model import build_model, loss
from .optimizer import build_optimizer
from .samples import load_samples


def train(config: Config) -> dict[str, float]:
    """Train, or resume an interrupted run, and return the metrics of the best epoch."""
    torch.manual_seed(config.seed)
    torch.set_float32_matmul_precision("high")  # TensorFloat-32 on a GPU that has it
    device = pick_device(config.device)
    if config.device == "auto":
        print(f"device: {device}")
    samples = load_samples("train", config)
    task = fit_task(samples, config)
    train_batches = batches(samples, task, config, device, train=True)
    val_batches = batches(load_samples("val", config), task, config, device)

    model = build_model(config, task).to(device)
    limit_threads(model, samples, task, config)
    steps = config.epochs * len(train_batches)
    optimizer, schedule = build_optimizer(model, config, steps)

    parts = {"model": model, "optimizer": optimizer, "schedule": schedule}
    history = checkpoint.resume(config, task, parts)
    for epoch in range(len(history) + 1, config.epochs + 1):
        started = time.perf_counter()
        torch.manual_seed(config.seed + epoch)  # so that a resumed run draws the same batches
        train_loss = train_epoch(model, train_batches, optimizer, schedule, config, epoch)
        val = evaluate(model, val_batches, task, config)
        seconds = time.perf_counter() - started
        scores = {f"val_{name}": value for name, value in val.items() if isinstance(value, float)}
        history.append({"epoch": epoch, "train_loss": train_loss, **scores, "seconds": seconds})
        runs.log(config, history)
        checkpoint.save(config, parts, history)
        runs.show(config, history[-1])
    return runs.best(history)


def train_epoch(
    model: nn.Module,
    data: Batches,
    optimizer: AdamW,
    schedule: LRScheduler,
    config: Config,
    epoch: int,
) -> float:
    """Go through the training split once, and return the mean loss."""
    model.train()
    parameters = list(model.parameters())
    device = parameters[0].device
    precision = pick_precision(config.precision, device)
    total = torch.zeros((), device=device)
    bar = tqdm(data, desc=f"epoch {epoch}", leave=False, disable=None)
    for step, batch in enumerate(bar, start=1):
        with precision:
            value, _ = loss(model, batch, config)
        value.backward()
        norm = clip_gradients(parameters, config.clip_norm)
        if not math.isfinite(norm):
            found = f"epoch {epoch}, batch {step}: the gradient is not finite (loss {value:.3g})"
            raise UserError(f"{found}. {runs.NOT_FINITE}")
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        total += value.detach() * len(batch[-1])
    return total.item() / data.size


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


def main(config: Config) -> None:
    best = train(config)
    scores = [f"{name} {value:.4f}" for name, value in best.items() if name.startswith("val_")]
    print(f"best: epoch {best['epoch']}, {', '.join(scores)}, saved in {config.run_dir}")
