"""Export a trained model as a package: the chosen formats, a manifest, and golden answers to check them against."""

import numpy as np

from . import checkpoint, package
from .backend import keras, tf
from .config import Config, Run, find_run
from .data import load
from .evaluate import evaluate
from .model import build_model
from .samples import load_samples


def main(run: Run = None) -> None:
    """Export the best epoch of a run to artifacts/."""
    config = Config.load(find_run(run))
    test = load("test", config)
    model = build_model(config, test.shape, len(test.labels))
    checkpoint.restore(config.run_dir / "best.keras", model)
    metrics = evaluate(model, test, config)

    images = test.samples.spread(package.GOLDEN).astype(np.float32)
    named = keras.Model(
        model.inputs, {"logits": model.outputs[0]}
    )  # so that every format carries the name
    about = {
        "framework": "tensorflow",
        "version": tf.__version__,
        "labels": test.labels,
        "metrics": metrics,
    }
    calibration = (
        load_samples("train", config).spread(256).astype(np.float32)
    )  # shows the range of every layer
    package.write(
        about, named, calibration, "NHWC", images, named.predict(images, verbose=0)["logits"]
    )
