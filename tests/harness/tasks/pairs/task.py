"""Vectors of sequences, near for those that mean the same: trained on pairs, asked for one at a time."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from .errors import UserError
from .signature import Arrays, Signature, Spec


@dataclass(frozen=True)
class Task:
    """The letters of the training split, each with its number; 0 is none of them."""

    letters: str
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def signature(self) -> Signature:
        letters = Spec("letters", "int64", ("batch", "length"), low=0, high=len(self.letters))
        return Signature((letters,), (Spec("vector", "float32", ("batch", 8)),))

    def numbers(self, word: str) -> list[int]:
        return [self.letters.find(letter) + 1 for letter in word]

    def read(self, file: bytes) -> Arrays:
        """Return a word as a batch of one. UserError says why it cannot be read."""
        try:
            word = file.decode().strip()
        except ValueError as error:
            raise UserError(f"cannot be read as text: {error}") from None
        return self.signature.fit({"letters": [self.numbers(word)]})

    def answers(self, outputs: Arrays) -> list[dict[str, Any]]:
        return [{"vector": row.tolist()} for row in outputs["vector"]]

    def agreement(self, outputs: Arrays, others: Arrays) -> float:
        """Return the share of vectors that point the same way."""
        return float(np.mean((outputs["vector"] * others["vector"]).sum(axis=1) > 0.99))

    def save(self, path: Path) -> None:
        path.write_text(json.dumps({"letters": self.letters}) + "\n", "utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        return cls(json.loads(path.read_text("utf-8"))["letters"])


class Metrics:
    def __init__(self, task: Task) -> None:
        self.right, self.n = 0, 0

    def add(self, outputs: Arrays, targets: np.ndarray) -> None:
        near = (outputs["vector"] * outputs["other"]).sum(axis=1) > 0.5
        self.right += int((near == (targets == 1)).sum())
        self.n += len(targets)

    def result(self) -> dict[str, Any]:
        return {"accuracy": self.right / self.n}
