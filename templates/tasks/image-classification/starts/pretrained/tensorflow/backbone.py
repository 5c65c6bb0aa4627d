"""The backbone: a network of keras.applications, what it expects of images, and its weights."""

import warnings
from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from .backend import keras
from .errors import UserError

FILES = ("best.keras", "model.weights.h5")  # in a folder: what a run wrote, or another program


def find(name: str) -> Callable[..., keras.Model]:
    """Return what builds a backbone. UserError names others if there is none of this name."""
    names = [each for each in dir(keras.applications) if each[0].isupper()]
    if name not in names:
        near = ", ".join(get_close_matches(name, names, n=3)) or "MobileNetV2"
        raise UserError(f"keras.applications has no backbone {name}. Names near it: {near}.")
    return getattr(keras.applications, name)


def own_size(name: str) -> int:
    """Return the height and width of the images that the backbone was trained with."""
    return find(name)(weights=None).input_shape[1]


def preprocessing(name: str) -> keras.Layer:
    """Return a layer that turns pixels from 0 to 255 into what the backbone expects.

    What keras.applications does is linear in the colours of a pixel, so black and a pixel of each
    colour tell all of it.
    """
    prepare = import_module(find(name).__module__).preprocess_input
    black, *colours = prepare(np.eye(4, 3, k=-1, dtype=np.float32).reshape(4, 1, 1, 3))[:, 0, 0]
    layer = keras.layers.Dense(3, trainable=False, name="preprocessing")
    layer.build((None, None, None, 3))
    layer.set_weights([np.stack(colours) - black, black])
    return layer


def build(name: str, size: int, weights: Path | None, download: bool) -> keras.Model:
    """Return a backbone that gives features, with the weights of a file, its own, or random ones.

    UserError if the weights cannot be downloaded or are another's, or images are too small.
    """
    options: dict[str, Any] = {"include_top": False, "pooling": "avg", "name": "backbone"}
    options["input_shape"] = (size, size, 3)
    try:
        with warnings.catch_warnings(action="ignore"):  # of another size than the weights had
            source = "imagenet" if download else None
            backbone = find(name)(weights=source, **options)
    except ValueError as error:
        raise UserError(f"{name} does not take images of {size} pixels: {error}") from None
    except Exception as error:  # noqa: BLE001 - Keras raises a plain one without a network
        reason = str(error).partition("\n")[0]
        advice = "Download them where there is a network, and pass the file as --weights."
        raise UserError(f"The weights of {name} cannot be downloaded: {reason} {advice}") from None
    if weights:
        fill(backbone, name, weights)
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False  # it keeps the statistics of far more images, also in training
    return backbone


def fill(backbone: keras.Model, name: str, path: Path) -> None:
    """Give the backbone the weights of a file, whose head is left out."""
    if path.is_dir():
        path = next((path / each for each in FILES if (path / each).exists()), path / FILES[0])
    if not path.is_file():
        raise UserError(f"--weights: there is no file {path}.")
    try:
        # Keras only warns about weights that the file lacks
        with warnings.catch_warnings(action="error", category=UserWarning):
            found = read(backbone, name, path)
    except Exception as error:  # noqa: BLE001 - a file may hold anything
        reason = " ".join(str(error).partition(". ")[0].split())[:200]
        raise UserError(f"--weights: {path} does not hold weights of {name}: {reason}") from None
    wanted = [variable.shape for variable in backbone.weights]
    if [array.shape for array in found[: len(wanted)]] != wanted:
        raise UserError(f"--weights: {path} holds weights of another network than {name}.")
    backbone.set_weights(found[: len(wanted)])


def read(backbone: keras.Model, name: str, path: Path) -> list[np.ndarray]:
    """Return the arrays of a file in the order of the network, in which a head comes last."""
    if path.suffix == ".keras":
        saved = keras.saving.load_model(path, compile=False)
        names = [layer.name for layer in saved.layers]
        return (saved.get_layer("backbone") if "backbone" in names else saved).get_weights()
    try:
        backbone.load_weights(path)
        return backbone.get_weights()
    except (ValueError, UserWarning):  # perhaps it has the head of ImageNet
        whole = find(name)(weights=None)
        whole.load_weights(path)
        return whole.get_weights()
