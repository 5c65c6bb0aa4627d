"""Measure a model. The verb `evaluate` does it for the best epoch of a run, on the test split."""

import json

import numpy as np
import tyro

from . import checkpoint
from .backend import keras
from .config import Config, find_run, write_text
from .data import Batches, load
from .model import build_model


def evaluate(model: keras.Model, batches: Batches) -> dict[str, float]:
    """Mean cross-entropy and accuracy over all batches."""
    return measure(*answers(model, batches))


def answers(model: keras.Model, batches: Batches) -> tuple[np.ndarray, np.ndarray]:
    """Logits [n, classes] and targets [n] of every image."""
    return model.predict(batches.in_order(), verbose=0), batches.samples.targets


def measure(logits: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    loss = keras.losses.sparse_categorical_crossentropy(targets, logits, from_logits=True)
    return {"loss": float(np.mean(loss)), "accuracy": float(np.mean(logits.argmax(axis=1) == targets))}


def main(run: tyro.conf.Positional[str | None] = None) -> None:
    """Measure a trained model on the test split.

    Args:
        run: Its name, a folder in runs/. Without one: the run trained last.
    """
    config = Config.load(find_run(run))
    batches = load("test", config)
    model = build_model(config, batches.shape, len(batches.labels))
    best = checkpoint.load_best(config.run_dir, model)
    logits, targets = answers(model, batches)

    metrics = measure(logits, targets)
    of_class = {label: logits[targets == i].argmax(axis=1) == i for i, label in enumerate(batches.labels)}
    accuracies = {label: float(correct.mean()) for label, correct in of_class.items()}
    result = {"n": len(targets), **metrics, "class_accuracy": accuracies}
    write_text(config.run_dir / "evaluation.json", json.dumps(result, indent=2) + "\n")

    print(f"{config.run_dir}, epoch {best['epoch']}, {len(targets)} test images")
    for name, value in metrics.items():
        print(f"  {name:<12} {value:.4f}")
    for label, value in accuracies.items():
        print(f"  class {label:<6} {value:.4f}")
