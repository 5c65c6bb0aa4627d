"""Measure a model. The verb `evaluate` does it for the best epoch of a run, on the test split."""

import json
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from . import checkpoint
from .config import Config, Run, find_run, write
from .data import Batches, load
from .model import build_model, pick_device


@torch.inference_mode()
def evaluate(model: nn.Module, batches: Batches, config: Config) -> dict[str, Any]:
    """The mean of the loss that training minimises, the accuracy, and that of each class."""
    model.eval()
    answers = [(model(images), targets) for images, targets in batches]
    logits, targets = (torch.cat(part).cpu() for part in zip(*answers, strict=True))
    loss = F.cross_entropy(logits, targets, label_smoothing=config.label_smoothing)
    right = (logits.argmax(dim=1) == targets).float()
    of_class = {label: right[targets == i].mean().item() for i, label in enumerate(batches.labels)}
    return {"n": len(targets), "loss": loss.item(), "accuracy": right.mean().item(), "class_accuracy": of_class}


def main(run: Run = None) -> None:
    """Measure a trained model on the test split, at its best epoch."""
    config = Config.load(find_run(run))
    device = pick_device(config.device)
    batches = load("test", config, device)
    model = build_model(config, batches.shape, len(batches.labels))
    best = checkpoint.restore(config.run_dir / "best.pt", model)["metrics"]
    result = evaluate(model.to(device), batches, config)
    text = json.dumps(result, indent=2) + "\n"
    write(config.run_dir / "evaluation.json", lambda new: new.write_text(text, "utf-8"))

    print(f"{config.run_dir}, epoch {best['epoch']}, {result['n']} test images")
    weakest = sorted((share, f"class {label}") for label, share in result["class_accuracy"].items())[:3]
    for value, name in [(result["loss"], "loss"), (result["accuracy"], "accuracy"), *weakest]:
        print(f"  {name:<16} {value:.4f}")
