"""Prices of flats from the district and some measures: two inputs, one of them integers, and a number."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from .errors import UserError
from .signature import Arrays, Signature, Spec


@dataclass(frozen=True)
class Task:
    """The mean and the deviation of the prices in the training split."""

    mean: float
    deviation: float
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def signature(self) -> Signature:
        district = Spec("district", "int64", ("batch",), low=0, high=9)
        measures = Spec("measures", "float32", ("batch", 3))
        return Signature((district, measures), (Spec("price", "float32", ("batch",)),))

    def read(self, file: bytes) -> Arrays:
        """Return a row of JSON as a batch of one. UserError says why it cannot be read."""
        try:
            row = json.loads(file)
            return self.signature.fit({name: [value] for name, value in row.items()})
        except (AttributeError, ValueError) as error:
            raise UserError(f"cannot be read as a row of JSON: {error}") from None

    def answers(self, outputs: Arrays) -> list[dict[str, Any]]:
        return [{"price": float(price)} for price in outputs["price"]]

    def agreement(self, outputs: Arrays, others: Arrays) -> float:
        """Return the share of prices that differ by less than a hundredth of the deviation."""
        near = np.abs(outputs["price"] - others["price"]) < self.deviation / 100
        return float(np.mean(near))

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)) + "\n", "utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        return cls(**json.loads(path.read_text("utf-8")))


class Metrics:
    def __init__(self, task: Task) -> None:
        self.error, self.n = 0.0, 0

    def add(self, outputs: Arrays, targets: np.ndarray) -> None:
        self.error += float(np.abs(outputs["price"] - targets).sum())
        self.n += len(targets)

    def result(self) -> dict[str, Any]:
        return {"absolute_error": self.error / self.n}
