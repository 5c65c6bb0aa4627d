"""Train the model: `train` for the default preset, `train smoke` for a quick look, `train --help` for every setting."""

import time

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler
from tqdm import tqdm

from . import checkpoint
from .config import Config
from .data import Batches, load, shift
from .evaluate import evaluate
from .model import build_model, pick_device


def train(config: Config) -> dict[str, float]:
    """Train, or go on where the run was interrupted; returns the metrics of the best epoch."""
    torch.manual_seed(config.seed)
    torch.set_float32_matmul_precision("high")  # TensorFloat-32 on a GPU that has it
    train_batches, val_batches = load("train", config), load("val", config)

    model = build_model(config, train_batches.shape, len(train_batches.labels)).to(pick_device(config.device))
    if config.compile:
        model.compile()
    optimizer = AdamW(model.parameters(), config.learning_rate, weight_decay=config.weight_decay, fused=True)
    schedule = CosineAnnealingLR(optimizer, T_max=config.epochs * len(train_batches))

    history = checkpoint.resume(config, model, optimizer, schedule)
    for epoch in range(len(history) + 1, config.epochs + 1):
        started = time.perf_counter()
        torch.manual_seed(config.seed + epoch)  # so that a resumed run draws the same batches
        title = f"epoch {epoch:>3}/{config.epochs}"
        train_loss = train_epoch(model, train_batches, optimizer, schedule, config, title)
        val = evaluate(model, val_batches, config)
        seconds = time.perf_counter() - started
        metrics = {"epoch": epoch, "train_loss": train_loss, "val_loss": val["loss"], "val_accuracy": val["accuracy"]}
        history.append(metrics | {"seconds": seconds})
        checkpoint.save(config, model, optimizer, schedule, history)
        values = "  ".join(f"{name} {value:.4f}" for name, value in list(metrics.items())[1:])
        print(f"{title}  {values}  {seconds:.1f} s")
    return checkpoint.best(history)


def train_epoch(
    model: nn.Module, batches: Batches, optimizer: AdamW, schedule: LRScheduler, config: Config, title: str
) -> float:
    """One pass over the training split; returns the mean loss."""
    model.train()
    parameters = list(model.parameters())
    device = parameters[0].device
    gpu = device.type == "cuda" and torch.cuda.is_bf16_supported()
    bfloat16 = gpu if config.precision == "auto" else config.precision == "bfloat16"
    total = 0.0
    for step, (images, targets) in enumerate(tqdm(batches, desc=title, leave=False, disable=None), start=1):
        images, targets = shift(images).to(device), targets.to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            loss = F.cross_entropy(model(images), targets, label_smoothing=config.label_smoothing)
        optimizer.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(parameters, config.clip_norm)
        if not norm.isfinite():
            advice = "Try a smaller --learning-rate or --precision float32, and look for NaN in the data."
            raise SystemExit(f"{title}, batch {step}: the gradient is not finite (loss {loss:.3g}). {advice}")
        optimizer.step()
        schedule.step()
        total += loss.item() * len(targets)
    return total / batches.size


def main(config: Config) -> None:
    best = train(config)
    print(f"best: epoch {best['epoch']}, val accuracy {best['val_accuracy']:.4f}, saved in {config.run_dir}")
