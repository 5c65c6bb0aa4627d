"""The backbone: a network of keras.applications or KerasHub, what it expects, and its weights."""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

import numpy as np

from . import kerashub
from .backend import keras, tf
from .config import Config
from .errors import UserError

NAMES = [name for name in dir(keras.applications) if name[0].isupper()]
FILES = ("best.keras", "model.weights.h5")  # in a folder: what a run wrote, or another program


@dataclass(frozen=True)
class About:
    """What is known of a backbone: the images that it was trained with, and its weights."""

    size: int
    interpolation: str
    kept: float  # the share of an image's height and width that it saw
    notes: dict[str, str]


def describe(config: Config) -> About:
    """Return what is known of the backbone. UserError names others if there is none of this name."""
    name, licence = config.backbone, "not stated"
    if in_kerashub(name):
        size, interpolation = kerashub.expected(name)
        name, source = Path(name).name, "KerasHub"
    else:
        size, interpolation = find(name)(weights=None).input_shape[1], "bilinear"
        source = "ImageNet, by keras.applications"
    if config.weights:
        source, licence = config.weights.name, "that of their source"
    notes = {"backbone": name, "weights": source, "licence": licence}
    return About(size, interpolation, 1.0, notes)


def find(name: str) -> Callable[..., keras.Model]:
    """Return what builds a backbone. UserError names others if there is none of this name."""
    if name not in NAMES:
        others = kerashub.presets()
        near = ", ".join(get_close_matches(name, NAMES + others, n=3)) or "MobileNetV2"
        advice = "" if others else " For KerasHub's, `pip install keras-hub -c constraints.txt`."
        raise UserError(f"There is no backbone {name}. Names near it: {near}.{advice}")
    return getattr(keras.applications, name)


def in_kerashub(name: str) -> bool:
    return name not in NAMES and kerashub.has(name)


def preprocessing(name: str) -> keras.Layer:
    """Return a layer that turns pixels from 0 to 255 into what the backbone expects."""
    layer = keras.layers.Dense(3, trainable=False, name="preprocessing")
    layer.build((None, None, None, 3))
    layer.set_weights(kerashub.colours(name) if in_kerashub(name) else colours(name))
    return layer


def colours(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return what pixels are multiplied by, and what is added then.

    What keras.applications does is linear in the colours of a pixel, so black and a pixel of each
    colour tell all of it.
    """
    prepare = import_module(find(name).__module__).preprocess_input
    black, *others = prepare(np.eye(4, 3, k=-1, dtype=np.float32).reshape(4, 1, 1, 3))[:, 0, 0]
    return np.stack(others) - black, black


def build(name: str, size: int, weights: Path | None, download: bool) -> keras.Model:
    """Return a backbone that gives features, with the weights of a file, its own, or random ones.

    UserError if the weights cannot be downloaded or are another's, or images are too small.
    """
    if in_kerashub(name):
        if weights:
            raise UserError("--weights are for keras.applications; KerasHub's are in --backbone.")
        backbone = kerashub.features(name, size, download)
    else:
        backbone = build_application(name, size, download)
    if weights:
        fill(backbone, name, weights)
    for layer in backbone._flatten_layers():  # those inside of blocks, too
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False  # it keeps the statistics of far more images, also in training
        for attribute, value in list(vars(layer).items()):
            if isinstance(value, tf.Tensor):  # it would be an input of an ONNX model
                setattr(layer, attribute, value.numpy())
    return backbone


def bytes_kept(backbone: keras.Model) -> int:
    """Return how much memory holds what the gradients of an image will need, or less.

    It counts one image for each layer whose weights are trained; some activations keep another.
    """
    layers = [layer for layer in backbone._flatten_layers() if layer.trainable_weights]
    # some are inside of a block, and some have several outputs
    outputs = tf.nest.flatten([getattr(layer, "output", None) for layer in layers])
    tensors = [output for output in outputs if output is not None]
    sizes = [math.prod(size or 1 for size in tensor.shape[1:]) for tensor in tensors]
    return sum(tf.as_dtype(t.dtype).size * size for t, size in zip(tensors, sizes, strict=True))


def build_application(name: str, size: int, download: bool) -> keras.Model:
    """Return a backbone of keras.applications, with its own weights or random ones."""
    options = {"include_top": False, "pooling": "avg", "input_shape": (size, size, 3)}
    try:
        with warnings.catch_warnings(action="ignore"):  # of another size than the weights had
            found = find(name)(weights="imagenet" if download else None, **options)
    except ValueError as error:
        raise UserError(f"{name} does not take images of {size} pixels: {error}") from None
    except Exception as error:  # Keras raises a plain one without a network
        if not download:
            raise
        reason = str(error).partition("\n")[0]
        advice = "Download them where there is a network, and pass the file as --weights."
        raise UserError(f"The weights of {name} cannot be downloaded: {reason} {advice}") from None
    return keras.Model(found.input, found.output, name="backbone")  # some need a name of their own


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
