"""Measure a model: `evaluate` does it for the best epoch of a run, on the test split."""

from typing import Any

from . import checkpoint, runs
from .backend import keras
from .data import Batches, batches
from .task import Metrics, Task


def evaluate(model: keras.Model, data: Batches, task: Task) -> dict[str, Any]:
    """Return the mean of the loss that training minimises, and the metrics of the task."""
    metrics, total = Metrics(task), 0.0
    for inputs, targets in data:
        outputs = model.predict_on_batch(inputs)
        metrics.add(outputs, targets.numpy())
        total += float(model.compute_loss(y=targets, y_pred=outputs)) * len(targets)
    return {"n": data.size, "loss": total / data.size, **metrics.result()}


def main(run: runs.Name = None, *, data_dir: runs.Other = None) -> None:
    """Measure a trained model on the test split, at its best epoch."""
    config, task = runs.load(runs.find(run))
    test = batches(runs.load_test(config, data_dir), task, config)
    runs.report(config, evaluate(checkpoint.load_best(config, task), test, task), data_dir)
