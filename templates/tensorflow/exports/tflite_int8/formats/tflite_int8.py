"""TFLite int8: for LiteRT and accelerators, a quarter of the size. Images in and logits out stay float32."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .. import silence

FILE = "model.int8.tflite"
RUNTIME = "ai-edge-litert"
QUANTISATION = "int8"
TOLERANCE = 0.1  # largest difference, as a share of the largest logit
MIN_AGREEMENT = 0.95


def export(model: Any, images: np.ndarray, path: Path) -> None:
    """`images` of the training split show which range of numbers every layer has to hold."""
    from ..backend import tf

    with silence():  # the converter tells its settings
        model.export(
            str(path),
            format="litert",
            verbose=False,
            optimizations=[tf.lite.Optimize.DEFAULT],
            representative_dataset=lambda: ([image[None]] for image in images),
            target_spec={
                "supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            },  # every layer in int8, or an error
        )


def load(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path))
    with silence():  # it tells what it runs on
        interpreter.allocate_tensors()
    run = interpreter.get_signature_runner()
    return lambda images: run(images=images)["logits"]
