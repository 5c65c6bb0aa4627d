"""Measure a model. The verb `evaluate` does it for the best epoch of a run, on the test split."""

import json
from typing import Any

from . import checkpoint
from .backend import keras
from .config import Config, Run, find_run, write
from .data import Batches, load
from .model import build_model


def evaluate(model: keras.Model, batches: Batches, config: Config) -> dict[str, Any]:
    """The mean of the loss that training minimises, the accuracy, and that of each class."""
    logits, targets = model.predict(batches.in_order(), verbose=0), batches.samples.targets
    loss = keras.losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=config.label_smoothing
    )
    mean = float(loss(keras.ops.one_hot(targets, logits.shape[1]), logits))
    right = logits.argmax(axis=1) == targets
    of_class = {label: float(right[targets == i].mean()) for i, label in enumerate(batches.labels)}
    return {
        "n": len(targets),
        "loss": mean,
        "accuracy": float(right.mean()),
        "class_accuracy": of_class,
    }


def main(run: Run = None) -> None:
    """Measure a trained model on the test split, at its best epoch."""
    config = Config.load(find_run(run))
    batches = load("test", config)
    model = build_model(config, batches.shape, len(batches.labels))
    checkpoint.restore(config.run_dir / "best.keras", model)
    best = checkpoint.best(checkpoint.read_history(config.run_dir))
    result = evaluate(model, batches, config)
    text = json.dumps(result, indent=2) + "\n"
    write(config.run_dir / "evaluation.json", lambda new: new.write_text(text, "utf-8"))

    print(f"{config.run_dir}, epoch {best['epoch']}, {result['n']} test images")
    weakest = sorted(
        (share, f"class {label}") for label, share in result["class_accuracy"].items()
    )[:3]
    for value, name in [(result["loss"], "loss"), (result["accuracy"], "accuracy"), *weakest]:
        print(f"  {name:<16} {value:.4f}")
