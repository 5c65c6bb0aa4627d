"""Answers from the model package in a small runtime: neither PyTorch nor TensorFlow has to be installed."""

from pathlib import Path

import numpy as np
import tyro

from . import package
from .samples import read_image

SMALL_RUNTIMES = ("onnxruntime", "ai-edge-litert")


class Predictor:
    """A model package, by the first of its artifacts whose runtime is installed; small runtimes come first."""

    def __init__(self, folder: Path = package.ARTIFACTS) -> None:
        self.manifest = package.read(folder)
        self.labels: list[str] = self.manifest["labels"]
        artifacts = self.manifest["artifacts"]
        for artifact in sorted(artifacts, key=lambda artifact: artifact["runtime"] not in SMALL_RUNTIMES):
            try:
                self.run = package.load(folder, artifact)
                return
            except ModuleNotFoundError:
                continue
            except ValueError as error:
                raise SystemExit(f"{folder / artifact['file']} cannot be used: {error}. Export again.") from None
        raise SystemExit(f"Install a runtime of this package: {', '.join(a['runtime'] for a in artifacts)}")

    def read(self, path: Path) -> np.ndarray:
        """Images as the model takes them, from an image file or from the array `images` of an .npz file."""
        if path.suffix != ".npz":
            how = self.manifest["preprocessing"]
            image = read_image(path, (how["height"], how["width"], how["channels"])).astype(np.float32)
            return image.transpose(2, 0, 1)[None] if how["layout"] == "NCHW" else image[None]
        shape, (low, high) = self.manifest["inputs"][0]["shape"], self.manifest["preprocessing"]["range"]
        try:
            with np.load(path) as arrays:
                images = arrays["images"].astype(np.float32, casting="same_kind")
            if list(images.shape[1:]) != shape[1:] or not ((low <= images) & (images <= high)).all():  # or NaN
                raise ValueError(f"it takes {shape} of {low} to {high}; these are {list(images.shape)}")
        except Exception as error:  # noqa: BLE001 - a damaged file may raise anything
            raise SystemExit(f"{path} has no array `images` for this model: {error}") from None
        return images

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Probabilities [n, classes]."""
        logits = self.run(images)
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)


def main(file: tyro.conf.Positional[Path], *files: tyro.conf.Positional[Path]) -> None:
    """Classify PNG and JPEG images, or those in .npz files as an array `images` as the model takes them."""
    predictor = Predictor()
    for path in (file, *files):
        for row, probabilities in enumerate(predictor(predictor.read(path))):
            best = int(probabilities.argmax())
            name = f"{path}[{row}]" if path.suffix == ".npz" else path
            print(f"{name}  {predictor.labels[best]}  {probabilities[best]:.4f}")
