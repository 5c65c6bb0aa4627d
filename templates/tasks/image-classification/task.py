"""Image classification, in NumPy alone: what the model takes, what its outputs mean, how good they are."""

import json
import warnings
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Self

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from .errors import UserError
from .signature import Arrays, Signature, Spec

Shape = tuple[int, int, int]  # height, width and channels
Content = Path | BytesIO | np.ndarray  # of an image: its file, or uint8 [height, width, channels]
MODES = {1: "L", 3: "RGB"}  # of Pillow, by the channels
KINDS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "AVIF")
Image.init()
FORMATS = tuple(kind for kind in KINDS if kind in Image.OPEN)
SUFFIXES = {suffix for suffix, kind in Image.registered_extensions().items() if kind in FORMATS}
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How to put an image upright, by the value of its EXIF orientation."""

warnings.filterwarnings("ignore", module=r"PIL\.")  # they would not say which file


@dataclass(frozen=True)
class Task:
    """What is learnt from the training split besides the weights. It travels with them."""

    labels: tuple[str, ...]
    shape: Shape  # of every image
    resize: str = "squeeze"  # before there was a setting, all were squeezed
    class_weights: tuple[float, ...] = ()  # in the loss, if they differ
    interpolation: str = "bilinear"
    kept: float = 1.0  # of an image's height and width, around its middle
    notes: dict[str, str] = field(default_factory=dict)  # for people: where weights come from

    @property
    def signature(self) -> Signature:
        images = Spec("images", "float32", ("batch", *self.shape), low=0, high=255)
        return Signature((images,), (Spec("logits", "float32", ("batch", len(self.labels))),))

    def read(self, file: bytes) -> Arrays:
        """Return an image file as a batch of one. UserError says why it cannot be read."""
        return {"images": read_image(BytesIO(file), self)[None].astype(np.float32)}

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
        lists = {name: tuple(value) for name, value in saved.items() if isinstance(value, list)}
        return cls(**saved | lists)


class Metrics:
    """Counts answers batch by batch, so that the outputs need not be kept."""

    def __init__(self, task: Task) -> None:
        self.labels = task.labels
        self.pairs: Counter[tuple[int, int]] = Counter()  # of a target and an answer

    def add(self, outputs: Arrays, targets: np.ndarray) -> None:
        answers = outputs["logits"].argmax(axis=1)
        self.pairs.update(zip(targets.tolist(), answers.tolist(), strict=True))

    def result(self) -> dict[str, Any]:
        """Return the share of right answers, that of each class, and what is behind them.

        Loops also show the floats, of the validation split. NumPy's own are not floats: convert.
        """
        targets, answers = Counter[int](), Counter[int]()
        for (target, answer), n in self.pairs.items():
            targets[target] += n
            answers[answer] += n
        right = {i: self.pairs[i, i] for i in sorted(targets)}
        shares = {self.labels[i]: n / targets[i] for i, n in right.items()}
        classes = [
            {"label": self.labels[i], "n": targets[i], "precision": n / max(answers[i], 1)}
            for i, n in right.items()
        ]
        scores = {"accuracy": sum(right.values()) / targets.total()}
        if max(targets.values()) > 3 * min(targets.values()):  # or it says what accuracy says
            scores["balanced_accuracy"] = sum(shares.values()) / len(shares)
        wrong = [(pair, n) for pair, n in self.pairs.most_common() if pair[0] != pair[1]]
        confused = [[*(self.labels[i] for i in pair), n] for pair, n in wrong[:10]]
        return {**scores, "class_accuracy": shares, "classes": classes, "confused": confused}


def read_image(content: Content, task: Task) -> np.ndarray:
    """Return an image as people see it, upright and on white, as uint8 of the task's shape.

    Of an animation it is the first picture.
    """
    if isinstance(content, np.ndarray) and content.shape == task.shape:
        return content
    return to_shape(open_image(content, task.shape[2]), task)


def open_image(content: Content, channels: int, side: int | None = None) -> Image.Image:
    """Return an image as people see it. With `side`, a JPEG may be smaller, but no side than that."""
    if channels not in MODES:
        raise UserError(f"image files have 1 or 3 channels; the model takes {channels}, as .npz")
    if isinstance(content, np.ndarray):
        pixels = content[..., 0] if content.shape[2] == 1 else content
        return in_mode(Image.fromarray(pixels), channels)
    try:
        with Image.open(content, formats=FORMATS) as opened:
            if side:
                opened.draft(None, (side, side))  # half of a JPEG is decoded in half of the time
            return in_mode(on_white(upright(opened)), channels)
    except Exception as error:  # noqa: BLE001 - a damaged file may raise anything
        name = f"{content} " if isinstance(content, Path) else ""
        raise UserError(f"{name}cannot be read as an image: {explain(error)}") from None


def to_shape(image: Image.Image, task: Task) -> np.ndarray:
    """Fit an image into the task's shape, or squeeze it."""
    size, method = (task.shape[1], task.shape[0]), Image.Resampling[task.interpolation.upper()]
    if task.resize == "crop":
        image = ImageOps.fit(image, size, method, bleed=(1 - task.kept) / 2)
    elif image.size != size:
        image = image.resize(size, method)
    return np.asarray(image).reshape(task.shape)


def explain(error: Exception) -> str:
    """Return why Pillow cannot open or decode an image."""
    other = isinstance(error, UnidentifiedImageError)
    return f"it is none of {', '.join(FORMATS)}" if other else str(error)


def in_mode(image: Image.Image, channels: int) -> Image.Image:
    return image if image.mode == MODES[channels] else image.convert(MODES[channels])


def upright(image: Image.Image) -> Image.Image:
    """Turn an image as its camera was held. Of its EXIF only that is read: cameras write odd EXIF."""
    image.load()  # of a TIFF, this turns it already
    with suppress(Exception):
        turn = TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
        return image if turn is None else image.transpose(turn)
    return image


def on_white(image: Image.Image) -> Image.Image:
    """Return an image of 8 bits without transparency. Pillow would clip 16 bits, and take black."""
    if image.mode.startswith("I;16"):
        return Image.fromarray(np.rint(np.asarray(image) / 257).astype(np.uint8))
    if image.mode in ("I", "F"):
        raise OSError(f"its pixels are {image.mode}, not of 8 or 16 bits; convert it first")
    if not image.has_transparency_data:
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA"))
