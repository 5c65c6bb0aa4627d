"""A step that trains a whole backbone: the generated loop and a bare eager loop, side by side in one process.

    python fine_tuning.py PROJECT ROUNDS   # a generated project of PyTorch with start=pretrained; prints JSON

Both train ResNet-18 with the same loss on the same batches of 16 images of 224x224 from memory, on all CPUs. The bare
loop uses AdamW with its defaults. The generated loop also clips the gradient, checks that it is finite, changes the
learning rate and adds up the loss. `images.py` runs this program.
"""

import json
import statistics
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import torch
from image_loaders import add_missing_operations
from torch import Tensor
from torch.optim import AdamW

BATCH, STEPS, SIDE, CLASSES = 16, 6, 224, 10


class Batches:
    """The same batches in every epoch."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        images = torch.randint(256, (STEPS, BATCH, SIDE, SIDE, 3), dtype=torch.uint8)
        self.batches = list(zip(images, torch.randint(CLASSES, (STEPS, BATCH)), strict=True))
        self.size = STEPS * BATCH

    def __len__(self) -> int:
        return STEPS

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        return iter(self.batches)


def main(project: Path, rounds: int) -> None:
    add_missing_operations()
    import timm

    sys.path.append(str(project / "src"))
    package = next((project / "src").iterdir()).name
    names = ("config", "backbone", "model", "train", "optimizer")
    config, backbone, model, train, optimizer = (import_module(f"{package}.{name}") for name in names)
    settings, batches = config.Config(head_epochs=0), Batches()

    def new() -> torch.nn.Module:
        network = timm.create_model(settings.backbone, num_classes=0)
        return model.Classifier(network, backbone.describe(settings), CLASSES)

    generated, bare = new(), new()
    scheduled = optimizer.build_optimizer(generated, settings, STEPS * (rounds + 1))
    plain = AdamW(bare.parameters(), 2e-3)

    def generated_epoch() -> None:
        train.train_epoch(generated, batches, *scheduled, settings, 1)

    def bare_epoch() -> None:
        bare.train()
        for images, targets in batches:
            loss = torch.nn.functional.cross_entropy(bare(images), targets, label_smoothing=settings.label_smoothing)
            plain.zero_grad()
            loss.backward()
            plain.step()

    seconds: dict[str, list[float]] = {"generated": [], "bare": []}
    for number in range(rounds + 1):
        for name, epoch in (("generated", generated_epoch), ("bare", bare_epoch)):
            started = time.process_time()
            epoch()
            seconds[name] += [(time.process_time() - started) / STEPS] if number else []  # the first warms up
    ratios = [bare / ours for ours, bare in zip(seconds["generated"], seconds["bare"], strict=True)]
    row = {name: statistics.median(all_) for name, all_ in seconds.items()}
    print(json.dumps({**row, "speed": statistics.median(ratios), "n": rounds}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
