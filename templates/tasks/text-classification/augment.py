"""The augmentation: of a text, a random part is trained on."""

import numpy as np


def part(text: str, least: float, rng: np.random.Generator) -> str:
    """Return some words of a text that follow each other, at least this share of them."""
    words = text.split()
    many = max(round(rng.uniform(least, 1) * len(words)), 1)
    begin = rng.integers(len(words) - many + 1)
    return " ".join(words[begin : begin + many])
