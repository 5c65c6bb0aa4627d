"""ONNX: for ONNX Runtime, on every platform and from every language."""

import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

FILE = "model.onnx"
RUNTIME = "onnxruntime"
QUANTISATION = None
TOLERANCE = 1e-4  # the largest difference, as a share of the largest logit
MIN_AGREEMENT = 0.98


def export(model: Any, images: Any, path: Path) -> None:
    import torch

    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it warns that torchvision is not installed
    with warnings.catch_warnings(action="ignore", category=FutureWarning):  # of PyTorch's own making
        free = {0: torch.export.Dim("batch", min=1)}
        names: Any = {"input_names": ["images"], "output_names": ["logits"], "dynamic_shapes": (free,)}
        torch.onnx.export(model, (images,), path, dynamo=True, external_data=False, verbose=False, **names)


def load(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda images: session.run(["logits"], {"images": images})[0]
