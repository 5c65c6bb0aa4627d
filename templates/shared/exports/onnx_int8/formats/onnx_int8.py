"""ONNX int8: a quarter of the size. The weights are int8; what flows between them is measured as it flows."""

import logging
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..signature import Arrays, Signature
from . import onnx

FILE = "model.int8.onnx"
RUNTIME = "onnxruntime"
NEEDS_FRAMEWORK = False
QUANTISATION = "int8"
TOLERANCE = 0.15  # the largest difference, as a share of the largest output
MIN_AGREEMENT = 0.95


def export(model: Any, examples: Any, path: Path, signature: Signature) -> None:
    from onnxruntime.quantization import quantize_dynamic

    with TemporaryDirectory() as folder:
        whole = Path(folder) / onnx.FILE
        onnx.export(model, examples, whole, signature)
        logging.disable(logging.WARNING)  # it advises a step that changes nothing here
        # weights of 7 bits: on processors without VNNI, sums of 8 would not fit in 16
        quantize_dynamic(whole, path, per_channel=True, reduce_range=True)
        logging.disable(logging.NOTSET)


def load(path: Path, signature: Signature) -> Callable[[Arrays], Arrays]:
    return onnx.load(path, signature)
