"""Answers from the model package, without the framework that trained the model."""

from pathlib import Path
from typing import Any

import numpy as np
import tyro

from . import artifacts
from .errors import UserError
from .formats import FORMATS
from .signature import Arrays


class Predictor:
    """A model package in a runtime that is installed, if possible without the framework."""

    def __init__(self, folder: Path = artifacts.ARTIFACTS) -> None:
        self.package = artifacts.read(folder)
        self.task = self.package.task
        listed = self.package.manifest["artifacts"]
        for artifact in sorted(listed, key=lambda each: FORMATS[each["format"]].NEEDS_FRAMEWORK):
            try:
                self.run = self.package.load(artifact)
                return
            except ModuleNotFoundError:
                continue
        runtimes = ", ".join(artifact["runtime"] for artifact in listed)
        raise UserError(f"No runtime of this package is installed. Install one of: {runtimes}")

    def answers(self, inputs: Arrays) -> list[dict[str, Any]]:
        """What a person reads, for each row of the inputs."""
        return self.task.answers(self.run(inputs))


def read(path: Path, predictor: Predictor) -> Arrays:
    """The inputs in a file: arrays by name in an .npz file, else what the task reads."""
    try:
        if path.suffix != ".npz":
            return predictor.task.read(path.read_bytes())
        with np.load(path) as arrays:
            return predictor.task.signature.fit(arrays)
    except Exception as error:  # noqa: BLE001 - a damaged file may raise anything
        raise UserError(f"{path}: {getattr(error, 'strerror', None) or error}") from None


def main(file: tyro.conf.Positional[Path], *files: tyro.conf.Positional[Path]) -> None:
    """Answer files, or the rows of .npz files that hold the model's inputs by their names."""
    predictor = Predictor()
    for path in (file, *files):
        for row, answer in enumerate(predictor.answers(read(path, predictor))):
            name = f"{path}[{row}]" if path.suffix == ".npz" else path
            shown = [value for value in answer.values() if not isinstance(value, dict)]
            texts = [f"{value:.4f}" if isinstance(value, float) else str(value) for value in shown]
            print("  ".join([str(name), *texts]))
