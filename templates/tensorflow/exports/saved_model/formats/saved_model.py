"""SavedModel: for TensorFlow Serving, and for TensorFlow programs in any language."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..signature import Arrays, Signature

FILE = "saved_model"
RUNTIME = "tensorflow"
NEEDS_FRAMEWORK = True
QUANTISATION = None
TOLERANCE = 1e-4  # the largest difference, as a share of the largest output
MIN_AGREEMENT = 0.98


def export(model: Any, examples: Arrays, path: Path, signature: Signature) -> None:
    model.export(path, format="tf_saved_model", verbose=False)


def load(path: Path, signature: Signature) -> Callable[[Arrays], Arrays]:
    from ..backend import tf

    model = tf.saved_model.load(path)

    def run(inputs: Arrays) -> Arrays:
        tensors = {name: tf.constant(array) for name, array in inputs.items()}
        outputs = model.signatures["serving_default"](**tensors)
        return {name: output.numpy() for name, output in outputs.items()}

    return run
