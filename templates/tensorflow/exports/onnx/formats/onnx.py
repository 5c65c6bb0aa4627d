"""ONNX: for ONNX Runtime, on every platform and from every language."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..signature import Arrays, Signature

FILE = "model.onnx"
RUNTIME = "onnxruntime"
NEEDS_FRAMEWORK = False
QUANTISATION = None
TOLERANCE = 1e-4  # the largest difference, as a share of the largest output
MIN_AGREEMENT = 0.98


def export(model: Any, examples: Arrays, path: Path, signature: Signature) -> None:
    with warnings.catch_warnings(action="ignore", category=FutureWarning):  # of Keras' own making
        model.export(path, format="onnx", verbose=False)


def load(path: Path, signature: Signature) -> Callable[[Arrays], Arrays]:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    outputs = [spec.name for spec in signature.outputs]
    return lambda inputs: dict(zip(outputs, session.run(outputs, inputs), strict=True))
