"""Answers from the model package in a small runtime: neither PyTorch nor TensorFlow has to be installed."""

import contextlib
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tyro

from . import package
from .formats import FORMATS
from .samples import read_image

SMALL_RUNTIMES = ("onnxruntime", "ai-edge-litert")


class Predictor:
    """A loaded model package: images in, probabilities out."""

    def __init__(self, folder: Path = package.ARTIFACTS) -> None:
        self.manifest = package.read(folder)
        self.labels: list[str] = self.manifest["labels"]
        self.run = load(folder, self.manifest["artifacts"])

    def read(self, path: Path) -> np.ndarray:
        """The model's input, float32 [n, ...], from an image file or from the array `images` of an .npz file."""
        shape = self.manifest["inputs"][0]["shape"]
        if path.suffix != ".npz":
            how = self.manifest["preprocessing"]
            image = read_image(path, (how["height"], how["width"], how["channels"])).astype(np.float32)
            return image.transpose(2, 0, 1)[None] if how["layout"] == "NCHW" else image[None]
        try:
            with np.load(path) as arrays:
                images = arrays["images"].astype(np.float32)
        except Exception as error:  # noqa: BLE001 - a damaged file may raise anything
            raise SystemExit(f"{path} holds no array `images`: {error}") from None
        if list(images.shape[1:]) != shape[1:]:
            raise SystemExit(f"{path} has images of shape {images.shape}; the model takes {shape}.")
        if not np.isfinite(images).all():
            raise SystemExit(f"{path} has numbers that are not finite.")
        return images

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Probabilities [n, classes]."""
        logits = self.run(images)
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)


def load(folder: Path, artifacts: list[package.Manifest]) -> Callable[[np.ndarray], np.ndarray]:
    """The first artifact whose runtime is installed; small runtimes come first."""
    for artifact in sorted(artifacts, key=lambda artifact: artifact["runtime"] not in SMALL_RUNTIMES):
        path = folder / artifact["file"]
        if not path.exists():
            raise SystemExit(f"{path} is missing. Export again.")
        with contextlib.suppress(ModuleNotFoundError):
            return FORMATS[artifact["format"]].load(path)
    raise SystemExit(f"Install a runtime of this package: {', '.join(a['runtime'] for a in artifacts)}")


def main(file: tyro.conf.Positional[Path], *files: tyro.conf.Positional[Path]) -> None:
    """Classify images.

    Args:
        file: An image, or an .npz file with an array `images` as the model takes them.
        files: More of them.
    """
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `predict ... | head` ends quietly
    predictor = Predictor()
    for path in (file, *files):
        for row, probabilities in enumerate(predictor(predictor.read(path))):
            best = int(probabilities.argmax())
            name = f"{path}[{row}]" if path.suffix == ".npz" else path
            print(f"{name}  {predictor.labels[best]}  {probabilities[best]:.4f}")
