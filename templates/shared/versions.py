"""The versions of a model in the folder that a server watches: NAME/1, NAME/2, ..."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from .artifacts import Package
from .errors import UserError


def source(package: Package, name: str) -> Path:
    """Return the file of the package's artifact in the named format."""
    for artifact in package.manifest["artifacts"]:
        if artifact["format"] == name:
            return package.path(artifact)
    raise UserError(f"{package.folder} has no {name}. Export again.")


def add(model: Path, fill: Callable[[Path], object]) -> Path:
    """Make the model's next version: `fill` fills a folder, which then gets its number.

    Servers look for numbers, so that they never see half a version.
    """
    new = model / "new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    fill(new)
    numbers = [int(path.name) for path in model.iterdir() if path.name.isdigit()]
    version = model / str(max(numbers, default=0) + 1)
    os.replace(new, version)
    return version
