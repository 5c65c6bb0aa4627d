"""CPU time of one training step: generated loops, a bare loop and Lightning, side by side in one process.

    python pytorch_loops.py STANDARD COMPILED       # two generated projects; prints JSON
    python pytorch_loops.py STANDARD COMPILED NAME  # one loop alone, for its peak memory

Every loop trains the same model with the same loss on one thread. The limit is a bare eager loop over preloaded batches
with AdamW as it comes; the generated loops shuffle, shift, clip, check, schedule and sum up as they always do.
"""

import json
import resource
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import lightning
import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import AdamW
from torch.utils.data import DataLoader, TensorDataset

QUICK = "--quick" in sys.argv  # once, the smaller work alone
ROUNDS, WARM_UP = (1, 0) if QUICK else (9, 1)
Epoch = Callable[[], float]
"""Trains for one epoch and returns its seconds of process CPU time."""


class Normalised(nn.Module):
    """Pixels 0 to 255, [batch, height, width, channels], to logits."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images.permute(0, 3, 1, 2).float() / 127.5 - 1)


def mlp() -> nn.Module:
    return Normalised(nn.Flatten(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))


def cnn() -> nn.Module:
    """About 309,000 parameters."""

    def block(inputs: int, outputs: int, stride: int = 1) -> list[nn.Module]:
        return [nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]

    layers = [*block(3, 32), *block(32, 64, 2), *block(64, 128, 2), *block(128, 184)]
    return Normalised(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(184, 10))


WORK = {
    "MLP 64-128-10, batch 64": (mlp, (8, 8, 1), 64, 100),
    "CNN 3x32x32, batch 128": (cnn, (32, 32, 3), 128, 6),
}
"""The model, the shape of an image (height, width, channels), images in a batch, batches in an epoch."""

if QUICK:
    del WORK["CNN 3x32x32, batch 128"]


def timed(run: Callable[[], Any]) -> float:
    started = time.process_time()
    run()
    return time.process_time() - started


def loss_of(model: nn.Module, images: Tensor, targets: Tensor) -> Tensor:
    return nn.functional.cross_entropy(model(images), targets, label_smoothing=0.1)


def limit(model: nn.Module, images: Tensor, targets: Tensor, batch: int) -> Epoch:
    optimizer = AdamW(model.parameters(), 2e-3)
    batches = list(zip(images.split(batch), targets.split(batch), strict=True))

    def epoch() -> None:
        model.train()
        for some, wanted in batches:
            loss = loss_of(model, some, wanted)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return lambda: timed(epoch)


def generated(project: Path, model: nn.Module, images: Tensor, targets: Tensor, batch: int) -> Epoch:
    """The project's own `train_epoch` on its own batches."""
    package = package_of(project)
    names = ("config", "data", "samples", "task", "train")
    module = {name: import_module(f"{package}.{name}") for name in names}
    labels, pixels = tuple("0123456789"), images.numpy()
    samples = module["samples"].Samples(list(pixels), targets.numpy(), labels, [""] * len(pixels))
    config, task = module["config"].Config(batch_size=batch), module["task"].Task(labels, pixels[0].shape)
    batches = module["data"].batches(samples, task, config, torch.device("cpu"), train=True)
    run = epoch_of(module["train"], model, batches, config)
    return lambda: timed(run)


def epoch_of(train: ModuleType, model: nn.Module, batches: Any, config: Any) -> Callable[[], float]:
    steps = 1000 * len(batches)
    if hasattr(train, "CompiledStep"):
        step = train.CompiledStep(model, config, steps)
        return lambda: train.train_epoch(model, batches, step, 1)
    optimizer, schedule = train.build_optimizer(model, config, steps)
    return lambda: train.train_epoch(model, batches, optimizer, schedule, config, 1)


def package_of(project: Path) -> str:
    sys.path.append(str(project / "src"))
    return next((project / "src").iterdir()).name


class Lit(lightning.LightningModule):
    """The same training; the epoch's own CPU time, without what `fit` does before and after it."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model, self.seconds = model, 0.0

    def training_step(self, batch: list[Tensor], _: int) -> Tensor:
        return loss_of(self.model, *batch)

    def configure_optimizers(self) -> AdamW:
        return AdamW(self.parameters(), 2e-3)

    def on_train_epoch_start(self) -> None:
        self.seconds = time.process_time()

    def on_train_epoch_end(self) -> None:
        self.seconds = time.process_time() - self.seconds


def lightning_loop(model: nn.Module, images: Tensor, targets: Tensor, batch: int) -> Epoch:
    """Lightning with a DataLoader and everything that can be switched off switched off."""
    lit, loader = Lit(model), DataLoader(TensorDataset(images, targets), batch, shuffle=True)
    off = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)

    def epoch() -> float:
        lightning.Trainer(max_epochs=1, accelerator="cpu", **off).fit(lit, loader)
        return lit.seconds

    return epoch


def loops(standard: Path, compiled: Path, work: str) -> dict[str, Epoch]:
    model, shape, batch, count = WORK[work]
    rng = np.random.default_rng(0)
    images = torch.from_numpy(rng.integers(0, 256, (batch * count, *shape), dtype=np.uint8))
    targets = torch.from_numpy(rng.integers(0, 10, batch * count))
    data = (images, targets, batch)
    return {
        "limit": limit(model(), *data),
        "generated, standard": generated(standard, model(), *data),
        "generated, compiled": generated(compiled, model(), *data),
        "Lightning": lightning_loop(model(), *data),
    }


def main(standard: str, compiled: str, alone: str | None = None) -> None:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    for work, (_, _, _, count) in WORK.items():
        epochs = loops(Path(standard), Path(compiled), work)
        if alone:
            epochs = {alone: epochs[alone]}
        seconds: dict[str, list[float]] = {name: [] for name in epochs}
        for number in range(WARM_UP + ROUNDS):
            for name, epoch in epochs.items():
                taken = epoch()
                seconds[name] += [taken / count] if number >= WARM_UP else []  # the first round compiles
        for name, all_ in seconds.items():
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            row = {"work": work, "loop": name, "step": statistics.median(all_), "n": ROUNDS, "peak_mib": peak}
            print(json.dumps(row))


if __name__ == "__main__":
    import logging

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    main(*(word for word in sys.argv[1:] if word != "--quick"))
