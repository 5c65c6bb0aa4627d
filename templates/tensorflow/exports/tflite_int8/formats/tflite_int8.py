"""TFLite int8: for LiteRT and accelerators, a quarter of the size. Its inputs and outputs are not."""

import warnings
from collections.abc import Callable, Iterator
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
    """Examples of the training split show which range of numbers each layer has to hold."""
    from ..backend import tf

    def rows() -> Iterator[Arrays]:
        for row in range(len(next(iter(examples.values())))):
            yield {name: array[row : row + 1] for name, array in examples.items()}

    # the converter prints its settings, and calibrates with an interpreter that is deprecated
    with silence(), warnings.catch_warnings(action="ignore", category=UserWarning):
        model.export(
            path,
            format="litert",
            verbose=False,
            optimizations=[tf.lite.Optimize.DEFAULT],
            representative_dataset=rows,
            # every layer in int8, or an error
            target_spec={"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]},
        )


def load(path: Path, signature: Signature) -> Callable[[Arrays], Arrays]:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path))
    with silence():  # it says what it runs on
        interpreter.allocate_tensors()
    run = interpreter.get_signature_runner()
    return lambda inputs: run(**inputs)
