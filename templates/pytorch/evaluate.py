"""Measure a model: `evaluate` does it for the best epoch of a run, on the test split."""

from typing import Any

import torch
from torch import nn

from . import checkpoint, runs
from .config import Config
from .data import Batches, batches
from .device import pick_device
from .model import loss
from .task import Metrics, Task


@torch.inference_mode()
def evaluate(model: nn.Module, data: Batches, task: Task, config: Config) -> dict[str, Any]:
    """Return the mean of the loss that training minimises, and the metrics of the task."""
    model.eval()
    metrics, total = Metrics(task), 0.0
    for batch in data:
        value, outputs = loss(model, batch, config)
        arrays = {name: output.float().cpu().numpy() for name, output in outputs.items()}
        metrics.add(arrays, batch[-1].cpu().numpy())
        total += value.item() * len(batch[-1])
    return {"n": data.size, "loss": total / data.size, **metrics.result()}


def main(run: runs.Name = None, *, data_dir: runs.Other = None, device: str = "auto") -> None:
    """Measure a trained model on the test split, at its best epoch."""
    config, task = runs.load(runs.find(run))
    on = pick_device(device)
    test = batches(runs.load_test(config, data_dir), task, config, on)
    model = checkpoint.load_best(config, task).to(on)
    runs.report(config, evaluate(model, test, task, config), data_dir)
