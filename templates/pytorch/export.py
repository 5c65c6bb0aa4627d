"""Export a trained model as a package: the chosen formats, a manifest, and golden answers to check them against."""

import torch

from . import checkpoint, package
from .config import Config, Run, find_run
from .data import load
from .evaluate import evaluate
from .model import build_model


def main(run: Run = None) -> None:
    """Export the best epoch of a run to artifacts/."""
    config = Config.load(find_run(run))
    test = load("test", config)
    model = build_model(config, test.shape, len(test.labels))
    checkpoint.restore(config.run_dir / "best.pt", model)
    metrics = evaluate(model, test, config)  # and leaves the model in evaluation mode

    images = torch.from_numpy(test.samples.spread(package.GOLDEN)).permute(0, 3, 1, 2).float().contiguous()
    with torch.inference_mode():
        logits = model(images).numpy()
    about = {"framework": "torch", "version": torch.__version__, "labels": test.labels, "metrics": metrics}
    package.write(about, model, images, "NCHW", images.numpy(), logits)
