"""TFLite float32: for LiteRT on phones and small computers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import silence
from ..signature import Arrays, Signature

FILE = "model.tflite"
RUNTIME = "ai-edge-litert"
NEEDS_FRAMEWORK = False
QUANTISATION = None
TOLERANCE = 1e-4  # the largest difference, as a share of the largest output
MIN_AGREEMENT = 0.98


def export(model: Any, examples: Arrays, path: Path, signature: Signature) -> None:
    model.export(path, format="litert", verbose=False)


def load(path: Path, signature: Signature) -> Callable[[Arrays], Arrays]:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path))
    with silence():  # it says what it runs on
        interpreter.allocate_tensors()
    run = interpreter.get_signature_runner()
    return lambda inputs: run(**inputs)
