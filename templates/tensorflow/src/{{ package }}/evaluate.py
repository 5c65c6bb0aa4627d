"""Measure a model. The verb `evaluate` does it for the best epoch of a run, on the test split."""

import json

import numpy as np
import tyro

from . import checkpoint
from .backend import keras
from .config import Config, find_run, write_text
from .data import Batches, load
from .model import build_model


def evaluate(model: keras.Model, batches: Batches, config: Config) -> dict[str, float]:
    """The mean of the loss that training minimises, and the accuracy."""
    logits, targets = answers(model, batches)
    return measure(logits, targets, config)


def answers(model: keras.Model, batches: Batches) -> tuple[np.ndarray, np.ndarray]:
    """Logits [n, classes] and targets [n] of every image."""
    return model.predict(batches.in_order(), verbose=0), batches.samples.targets


def measure(logits: np.ndarray, targets: np.ndarray, config: Config) -> dict[str, float]:
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=config.label_smoothing)
    one_hot = keras.ops.one_hot(targets, logits.shape[1])
    return {"loss": float(loss(one_hot, logits)), "accuracy": float(np.mean(logits.argmax(axis=1) == targets))}


def main(run: tyro.conf.Positional[str | None] = None) -> None:
    """Measure a trained model on the test split.

    Args:
        run: Its name, a folder in runs/. Without one: the run trained last.
    """
    config = Config.load(find_run(run))
    batches = load("test", config)
    model = build_model(config, batches.shape, len(batches.labels))
    checkpoint.restore(config.run_dir / "best.keras", model)
    best = checkpoint.best(checkpoint.read_history(config.run_dir))
    logits, targets = answers(model, batches)

    metrics = measure(logits, targets, config)
    correct = logits.argmax(axis=1) == targets
    of_class = {label: float(correct[targets == i].mean()) for i, label in enumerate(batches.labels)}
    result = {"n": len(targets), **metrics, "class_accuracy": of_class}
    write_text(config.run_dir / "evaluation.json", json.dumps(result, indent=2) + "\n")

    print(f"{config.run_dir}, epoch {best['epoch']}, {len(targets)} test images")
    weakest = sorted(of_class.items(), key=lambda item: item[1])[:3]
    for name, value in [*metrics.items(), *((f"class {label}", value) for label, value in weakest)]:
        print(f"  {name:<16} {value:.4f}")
