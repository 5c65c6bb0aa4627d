"""TFLite int8: for LiteRT, a quarter of the size. The weights are int8; what flows between is not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import silence
from ..signature import Arrays, Signature

FILE = "model.int8.tflite"
RUNTIME = "ai-edge-litert"
NEEDS_FRAMEWORK = False
QUANTISATION = "int8"
TOLERANCE = 0.1  # the largest difference, as a share of the largest output
MIN_AGREEMENT = 0.95


def export(model: Any, examples: Arrays, path: Path, signature: Signature) -> None:
    """TensorFlow measures the range of each layer's numbers on one length only, so it is not asked."""
    from ..backend import tf

    with silence():  # the converter prints its settings
        optimizations = [tf.lite.Optimize.DEFAULT]
        model.export(path, format="litert", verbose=False, optimizations=optimizations)


def load(path: Path, signature: Signature) -> Callable[[Arrays], Arrays]:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path))
    with silence():  # it says what it runs on
        interpreter.allocate_tensors()
    run = interpreter.get_signature_runner()
    return lambda inputs: run(**inputs)
