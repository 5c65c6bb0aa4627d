"""TFLite float32: for LiteRT on phones and small computers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .. import silence

FILE = "model.tflite"
RUNTIME = "ai-edge-litert"
QUANTISATION = None
TOLERANCE = 1e-4  # largest difference, as a share of the largest logit
MIN_AGREEMENT = 0.98


def export(model: Any, images: np.ndarray, path: Path) -> None:
    model.export(str(path), format="litert", verbose=False)


def load(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path))
    with silence():  # it tells what it runs on
        interpreter.allocate_tensors()
    run = interpreter.get_signature_runner()
    return lambda images: run(images=images)["logits"]
