"""What rows ask about each task: the files that people would have, and how much has to be right."""

from collections.abc import Mapping
from dataclasses import dataclass

IMAGES = """
from PIL import Image
from sklearn.datasets import load_digits
digits = load_digits()
for i in range(0, len(digits.target), 10):
    Image.fromarray((digits.images[i] * 255 / 16).round().astype("uint8")).save(f"{i}-{digits.target[i]}.png")
"""
TEXTS = """
import importlib
import sys
from pathlib import Path
sentences = importlib.import_module(f"{sys.argv[1]}.samples").sentences()
for i in range(0, len(sentences), 50):
    Path(f"{i}-{sentences.labels[sentences.targets[i]]}.txt").write_text(sentences.texts[i], "utf-8")
"""


@dataclass(frozen=True)
class Expected:
    """What `train smoke` makes of the project's own samples."""

    accuracy: float  # on the test split
    files: str  # a script that writes samples as files NUMBER-LABEL.ENDING; it is told the package
    ending: str
    right: float  # the share of those files, most of which it was trained on, that get the right label


EXPECTED: Mapping[tuple[str, str], Expected] = {
    ("image-classification", "scratch"): Expected(0.9, IMAGES, ".png", 0.88),
    ("image-classification", "pretrained"): Expected(0.9, IMAGES, ".png", 0.88),
    ("text-classification", "scratch"): Expected(0.7, TEXTS, ".txt", 0.7),
    ("text-classification", "pretrained"): Expected(0.5, TEXTS, ".txt", 0.5),  # it learnt from English texts
}
"""By the task and the start."""
