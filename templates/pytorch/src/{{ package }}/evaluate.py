"""Measure a model. The verb `evaluate` does it for the best epoch of a run, on the test split."""

import json

import torch
import torch.nn.functional as F
import tyro
from torch import Tensor, nn

from . import checkpoint
from .config import Config, find_run, write_text
from .data import Batches, load
from .model import build_model, pick_device


def evaluate(model: nn.Module, batches: Batches, config: Config) -> dict[str, float]:
    """The mean of the loss that training minimises, and the accuracy."""
    logits, targets = answers(model, batches)
    return measure(logits, targets, config)


@torch.inference_mode()
def answers(model: nn.Module, batches: Batches) -> tuple[Tensor, Tensor]:
    """Logits [n, classes] and targets [n] of every image."""
    model.eval()
    logits, targets = zip(*((model(images), target) for images, target in batches), strict=True)
    return torch.cat(logits).cpu(), torch.cat(targets).cpu()


def measure(logits: Tensor, targets: Tensor, config: Config) -> dict[str, float]:
    loss = F.cross_entropy(logits, targets, label_smoothing=config.label_smoothing)
    return {"loss": loss.item(), "accuracy": (logits.argmax(dim=1) == targets).float().mean().item()}


def main(run: tyro.conf.Positional[str | None] = None) -> None:
    """Measure a trained model on the test split.

    Args:
        run: Its name, a folder in runs/. Without one: the run trained last.
    """
    config = Config.load(find_run(run))
    device = pick_device(config.device)
    batches = load("test", config, device)
    model = build_model(config, batches.shape, len(batches.labels))
    best = checkpoint.restore(config.run_dir / "best.pt", model)["metrics"]
    logits, targets = answers(model.to(device), batches)

    metrics = measure(logits, targets, config)
    correct = (logits.argmax(dim=1) == targets).float()
    of_class = {label: correct[targets == i].mean().item() for i, label in enumerate(batches.labels)}
    result = {"n": len(targets), **metrics, "class_accuracy": of_class}
    write_text(config.run_dir / "evaluation.json", json.dumps(result, indent=2) + "\n")

    print(f"{config.run_dir}, epoch {best['epoch']}, {len(targets)} test images")
    weakest = sorted(of_class.items(), key=lambda item: item[1])[:3]
    for name, value in [*metrics.items(), *((f"class {label}", value) for label, value in weakest)]:
        print(f"  {name:<16} {value:.4f}")
