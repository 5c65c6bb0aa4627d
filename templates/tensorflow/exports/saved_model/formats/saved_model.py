"""SavedModel: for TensorFlow Serving, TensorFlow programs in any language, and as the source of other conversions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

FILE = "saved_model"
RUNTIME = "tensorflow"
QUANTISATION = None
TOLERANCE = 1e-4  # largest difference, as a share of the largest logit
MIN_AGREEMENT = 0.98


def export(model: Any, images: np.ndarray, path: Path) -> None:
    model.export(path, format="tf_saved_model", verbose=False)


def load(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    from ..backend import tf

    model = tf.saved_model.load(path)
    return lambda images: model.signatures["serving_default"](images=tf.constant(images))[
        "logits"
    ].numpy()
