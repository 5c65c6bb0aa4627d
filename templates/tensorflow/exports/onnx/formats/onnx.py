"""ONNX: for ONNX Runtime, on every platform and from every language."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

FILE = "model.onnx"
RUNTIME = "onnxruntime"
QUANTISATION = None
TOLERANCE = 1e-4  # largest difference, as a share of the largest logit
MIN_AGREEMENT = 0.98


def export(model: Any, images: np.ndarray, path: Path) -> None:
    with warnings.catch_warnings(action="ignore", category=FutureWarning):  # of Keras' own making
        model.export(path, format="onnx", verbose=False)


def load(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda images: session.run(["logits"], {"images": images})[0]
