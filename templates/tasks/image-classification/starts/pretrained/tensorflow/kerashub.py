"""Backbones of KerasHub: a preset by its name or its address, or a folder that KerasHub saved."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from .backend import keras
from .errors import UserError

RESIZING = {"bicubic": "bicubic", "lanczos3": "lanczos", "lanczos5": "lanczos"}
"""What Pillow calls the ways to resize; the others become bilinear."""


def presets() -> list[str]:
    """Return the names that KerasHub has for images; none where it is not installed."""
    if find_spec("keras_hub") is None:
        return []
    hub: Any = import_module("keras_hub")
    return list(hub.models.ImageClassifier.presets)


def has(name: str) -> bool:
    return name in presets() or ("/" in name and find_spec("keras_hub") is not None)


def expected(name: str) -> tuple[int, str]:
    """Return the height and width of the images that a backbone was trained with, and their resizing."""
    converter = load("layers", "ImageConverter", name)
    return converter.image_size[0], RESIZING.get(converter.interpolation, "bilinear")


def colours(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return what pixels are multiplied by, and what is added then."""
    converter = load("layers", "ImageConverter", name)
    both = converter.scale or 1, converter.offset or 0
    scale, offset = (np.broadcast_to(np.asarray(each, np.float32), 3) for each in both)
    return np.diag(scale), offset


def features(name: str, size: int, weights: bool) -> keras.Model:
    """Return a backbone without the head that it was trained with."""
    options = {"num_classes": 1, "image_shape": (size, size, 3), "load_weights": weights}
    classifier = load("models", "ImageClassifier", name, **options)
    return keras.Model(classifier.input, classifier.layers[-1].input, name="backbone")


def load(module: str, kind: str, name: str, **options: Any) -> Any:
    """Return what KerasHub makes of a preset. UserError says why it cannot."""
    if "/" in name and "://" not in name and not Path(name).is_dir():
        raise UserError(f"--backbone: there is no folder {name}.")
    try:
        kinds = getattr(import_module("keras_hub"), module)
        return getattr(kinds, kind).from_preset(name, **options)
    except (OSError, ValueError, TypeError) as error:
        if isinstance(error, OSError) and not Path(name).is_dir():
            advice = "Save it where there is a network, and pass the folder as --backbone."
            raise UserError(f"{name} cannot be downloaded. {advice}") from None
        reason = " ".join(str(error).split())[:300]
        shape = options.get("image_shape", "its own")
        raise UserError(f"KerasHub cannot load {name} with images of {shape}: {reason}") from None
