"""Modules of a generated project that need no framework, imported."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.harness.variants.model import Variant
from tests.kit.templates import Templates


@dataclass(frozen=True)
class Project:
    """Returns its modules by their names."""

    folder: Path
    package: str = "demo_of_modules"

    def __call__(self, module: str) -> Any:
        return import_module(f"{self.package}.{module}")


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    made = Project(tmp_path_factory.mktemp("project"))
    answers = {"framework": "pytorch", "project_name": made.package.replace("_", "-")}
    for path, text in Templates().render(Variant(answers)).items():
        (made.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (made.folder / path).write_text(text, "utf-8")
    sys.path.insert(0, str(made.folder / "src"))
    yield made
    sys.path.remove(str(made.folder / "src"))
