"""Image classification, in NumPy alone: what the model takes, what its outputs mean, how good they are."""

import json
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Self

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from .errors import UserError
from .signature import Arrays, Signature, Spec

Shape = tuple[int, int, int]  # height, width and channels


@dataclass(frozen=True)
class Task:
    """What is learnt from the training split besides the weights. It travels with them."""

    labels: tuple[str, ...]
    shape: Shape  # of every image

    @property
    def signature(self) -> Signature:
        images = Spec("images", "float32", ("batch", *self.shape), low=0, high=255)
        return Signature((images,), (Spec("logits", "float32", ("batch", len(self.labels))),))

    def read(self, file: bytes) -> Arrays:
        """Return an image file as a batch of one. UserError says why it cannot be read."""
        return {"images": read_image(BytesIO(file), self.shape)[None].astype(np.float32)}

    def answers(self, outputs: Arrays) -> list[dict[str, Any]]:
        """Return the label of each image, and the probabilities of all labels."""
        exponentials = np.exp(outputs["logits"] - outputs["logits"].max(axis=1, keepdims=True))
        rows = exponentials / exponentials.sum(axis=1, keepdims=True)
        return [
            {
                "label": self.labels[row.argmax()],
                "probability": float(row.max()),
                "probabilities": dict(zip(self.labels, row.tolist(), strict=True)),
            }
            for row in rows
        ]

    def agreement(self, outputs: Arrays, others: Arrays) -> float:
        """Return the share of images that get the same label from both."""
        labels, other_labels = (each["logits"].argmax(axis=1) for each in (outputs, others))
        return float(np.mean(labels == other_labels))

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", "utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        saved = json.loads(path.read_text("utf-8"))
        return cls(tuple(saved["labels"]), tuple(saved["shape"]))


class Metrics:
    """Counts right answers batch by batch, so that the outputs need not be kept."""

    def __init__(self, task: Task) -> None:
        self.labels = task.labels
        self.right, self.all = np.zeros((2, len(task.labels)), int)

    def add(self, outputs: Arrays, targets: np.ndarray) -> None:
        right = targets[outputs["logits"].argmax(axis=1) == targets]
        self.right += np.bincount(right, minlength=len(self.labels))
        self.all += np.bincount(targets, minlength=len(self.labels))

    def result(self) -> dict[str, Any]:
        """Return the share of right answers, and that of each class.

        Loops also show the floats, of the validation split. NumPy's own are not floats: convert.
        """
        shares = (self.right / np.maximum(self.all, 1)).tolist()
        accuracy = float(self.right.sum() / self.all.sum())
        return {"accuracy": accuracy, "class_accuracy": dict(zip(self.labels, shares, strict=True))}


def read_image(file: Path | BytesIO, shape: Shape) -> np.ndarray:
    """Return an image, upright, as uint8 of the given shape: 1 channel is grey, 3 are RGB."""
    height, width, channels = shape
    try:
        with Image.open(file, formats=("PNG", "JPEG")) as opened:
            if opened.mode[0] in "IF":  # Pillow would turn 16 bits into 8 by clipping
                raise OSError(f"its pixels are {opened.mode}, not 8 bits; convert it first")
            image = ImageOps.exif_transpose(opened).convert("RGB" if channels == 3 else "L")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        name = f"{file} " if isinstance(file, Path) else ""
        other = isinstance(error, UnidentifiedImageError)
        reason = "it is neither PNG nor JPEG" if other else error
        raise UserError(f"{name}cannot be read as an image: {reason}") from None
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image).reshape(shape)
