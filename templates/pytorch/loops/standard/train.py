"""Train the model: `train` for the default preset, `train smoke` for a quick look, `train --help` for every setting."""

import math
import time

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler
from tqdm import tqdm

from . import checkpoint
from .config import Config
from .data import Batches, load
from .evaluate import evaluate
from .model import build_model, pick_device


def train(config: Config) -> dict[str, float]:
    """Train, or go on where the run was interrupted; returns the metrics of the best epoch."""
    torch.manual_seed(config.seed)
    torch.set_float32_matmul_precision("high")  # TensorFloat-32 on a GPU that has it
    device = pick_device(config.device)
    train_batches, val_batches = load("train", config, device), load("val", config, device)

    model = build_model(config, train_batches.shape, len(train_batches.labels)).to(device)
    optimizer = AdamW(model.parameters(), config.learning_rate, weight_decay=config.weight_decay, fused=True)
    schedule = CosineAnnealingLR(optimizer, T_max=config.epochs * len(train_batches))

    parts = {"model": model, "optimizer": optimizer, "schedule": schedule}
    history = checkpoint.resume(config, parts)
    for epoch in range(len(history) + 1, config.epochs + 1):
        started = time.perf_counter()
        torch.manual_seed(config.seed + epoch)  # so that a resumed run draws the same batches
        title = f"epoch {epoch:>3}/{config.epochs}"
        train_loss = train_epoch(model, train_batches, optimizer, schedule, config, title)
        val = evaluate(model, val_batches, config)
        seconds = time.perf_counter() - started
        metrics = {"epoch": epoch, "train_loss": train_loss, "val_loss": val["loss"], "val_accuracy": val["accuracy"]}
        history.append(metrics | {"seconds": seconds})
        checkpoint.save(config, parts, history)
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
    precision = torch.autocast(device.type, torch.bfloat16, enabled=bfloat16)
    total = torch.zeros((), device=device)
    for step, (images, targets) in enumerate(tqdm(batches, desc=title, leave=False, disable=None), start=1):
        with precision:
            loss = F.cross_entropy(model(images), targets, label_smoothing=config.label_smoothing)
        optimizer.zero_grad()
        loss.backward()
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        norm = torch.stack([gradient.norm() for gradient in gradients]).norm().item()
        if not math.isfinite(norm):
            advice = "Try a smaller --learning-rate or --precision float32, and look for NaN in the data."
            raise SystemExit(f"{title}, batch {step}: the gradient is not finite (loss {loss:.3g}). {advice}")
        if norm > config.clip_norm:
            for gradient in gradients:
                gradient *= config.clip_norm / norm
        optimizer.step()
        schedule.step()
        total += loss.detach() * len(targets)
    return total.item() / batches.size


def main(config: Config) -> None:
    best = train(config)
    print(f"best: epoch {best['epoch']}, val accuracy {best['val_accuracy']:.4f}, saved in {config.run_dir}")
