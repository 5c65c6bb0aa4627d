"""Export a trained model as a package: the chosen formats, a manifest, and golden answers to check them against."""

import torch
import tyro

from . import checkpoint, package
from .config import Config, find_run
from .data import load
from .evaluate import evaluate
from .model import build_model


def main(run: tyro.conf.Positional[str | None] = None) -> None:
    """Export the best epoch of a run to artifacts/.

    Args:
        run: Its name, a folder in runs/. Without one: the run trained last.
    """
    config = Config.load(find_run(run))
    test = load("test", config)
    model = build_model(config, test.shape, len(test.labels))
    checkpoint.restore(config.run_dir / "best.pt", model)
    metrics = evaluate(model, test, config)  # and leaves the model in evaluation mode

    images = torch.from_numpy(test.samples.spread(package.GOLDEN)).permute(0, 3, 1, 2).float().contiguous()
    with torch.inference_mode():
        logits = model(images)
    package.write(
        lambda module, path: module.export(model, images, path),
        {"framework": "torch", "version": torch.__version__, "labels": test.labels, "metrics": metrics},
        "NCHW",
        images.numpy(),
        logits.numpy(),
    )
