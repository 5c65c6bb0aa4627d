"""What a model takes and returns: the names, dtypes and shapes of its inputs and outputs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import UserError

Arrays = dict[str, np.ndarray]
"""Inputs or outputs by their names. The first axis of each is the batch."""


@dataclass(frozen=True)
class Spec:
    """An input or an output. An axis whose size is free has a name instead of a size."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]
    low: float | None = None  # the smallest value that makes sense
    high: float | None = None  # the largest
    longest: int | None = None  # the largest size of an axis that is free, other than the batch

    def __str__(self) -> str:
        kind = "numbers" if self.dtype.startswith("float") else "integers"
        limits = "" if self.low is None else f" from {self.low:g} to {self.high:g}"
        return f"`{self.name}`, [{', '.join(map(str, self.shape))}] {kind}{limits}"

    @property
    def free(self) -> dict[int, str]:
        """The names of the axes whose sizes are free, by their positions."""
        return {axis: size for axis, size in enumerate(self.shape) if isinstance(size, str)}

    def fit(self, values: Any) -> np.ndarray:
        """Return the values in this dtype. UserError says what does not fit."""
        try:
            array = np.asarray(values)
        except ValueError:  # lists of different lengths
            raise UserError(f"the model takes {self}; these are of different shapes") from None
        kinds = "iuf" if self.dtype.startswith("float") else "iu"
        free = self.free
        shape = tuple(free.get(axis, size) for axis, size in enumerate(array.shape))
        if array.dtype.kind not in kinds or shape != self.shape or array.size == 0:
            found = f"{list(array.shape)} of {array.dtype}"
            raise UserError(f"the model takes {self}; these are {found}")
        low, high = (-np.inf, np.inf) if self.low is None else (self.low, self.high)
        if not (low <= array.min() and array.max() <= high):  # NaN is not between them
            found = f"from {array.min():g} to {array.max():g}"
            raise UserError(f"the model takes {self}; these are {found}")
        return array.astype(self.dtype)


@dataclass(frozen=True)
class Signature:
    inputs: tuple[Spec, ...]
    outputs: tuple[Spec, ...]

    def fit(self, given: Mapping[str, Any]) -> Arrays:
        """Return the inputs in their dtypes. UserError says what is missing or does not fit."""
        if missing := [spec.name for spec in self.inputs if spec.name not in given]:
            raise UserError(f"inputs are missing: {', '.join(missing)}")
        arrays = {spec.name: spec.fit(given[spec.name]) for spec in self.inputs}
        sizes: dict[str, int] = {}
        for spec in self.inputs:
            for axis, name in spec.free.items():
                size = arrays[spec.name].shape[axis]
                if size != sizes.setdefault(name, size):
                    raise UserError(f"the inputs differ in their {name}: {size}, {sizes[name]}")
                if axis and spec.longest and size > spec.longest:
                    raise UserError(f"the {name} is {size}; the model takes up to {spec.longest}")
        return arrays

    def name_outputs(self, returned: Any) -> dict[str, Any]:
        """Name what a model returned: one output, or a tuple in the order of the signature."""
        outputs = returned if isinstance(returned, tuple | list) else [returned]
        return {spec.name: output for spec, output in zip(self.outputs, outputs, strict=True)}


def to_rows(arrays: Arrays) -> list[Any]:
    """Return a JSON value for each row of a batch: of one array its row, of several an object."""
    lists = {name: array.tolist() for name, array in arrays.items()}
    if len(lists) == 1:
        return next(iter(lists.values()))
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


def from_rows(rows: list[Any], specs: tuple[Spec, ...]) -> dict[str, Any]:
    """Return the values of a batch by the names of the specs: the inverse of `to_rows`."""
    if len(specs) == 1:
        return {specs[0].name: rows}
    return {spec.name: [row[spec.name] for row in rows] for spec in specs}
