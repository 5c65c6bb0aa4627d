"""What these tests share: the project's modules, its files, and ways to spoil them."""

import json
import os
from importlib import import_module
from pathlib import Path
from typing import Any

PROJECT = Path.cwd()
PACKAGE = os.environ["PROJECT_PACKAGE"]
MANIFEST = Path("artifacts/manifest.json")
TRAIN = ("train", "smoke", "--name", "mine", "--data-dir", "images", "--image-size", "8", "--epochs", "1")


def module(name: str) -> Any:
    return import_module(f"{PACKAGE}.{name}")


def edit(path: Path, **values: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def checkpoint(name: str, run: str = "smoke") -> Path:
    return next(Path("runs", run).glob(f"{name}.*"))


def edit_manifest(**values: Any) -> None:
    """As a package of that content would have been exported."""
    manifest = json.loads(MANIFEST.read_text()) | values
    MANIFEST.write_text(json.dumps(manifest | {"sha256": module("artifacts").digest(manifest)}))


def entry(path: Path) -> dict[str, str]:
    return {"file": path.name, "sha256": module("artifacts").sha256(path)}
