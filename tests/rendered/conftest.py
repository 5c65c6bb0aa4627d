"""Every variant of the templates, rendered in memory; and modules of a project that need no framework, imported."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.harness.variants.model import Variant
from tests.kit.rendered import Rendered
from tests.kit.snapshots import write
from tests.kit.templates import AWKWARD, Templates


@pytest.fixture(scope="session")
def templates() -> Templates:
    return Templates()


@pytest.fixture(scope="session")
def rendered(templates: Templates) -> Rendered:
    """Every variant with its files, by its id."""
    return {variant.id: (variant, templates.render(variant, **AWKWARD)) for variant in templates.every()}


@dataclass(frozen=True)
class Project:
    """Returns its modules by their names."""

    folder: Path
    package: str = "demo_of_modules"

    def __call__(self, module: str) -> Any:
        return import_module(f"{self.package}.{module}")


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    yield from importable(Project(tmp_path_factory.mktemp("project")))


@pytest.fixture(scope="session")
def pretrained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project that starts from a backbone, and so reads photographs."""
    made = Project(tmp_path_factory.mktemp("pretrained"), "demo_of_pretrained_modules")
    yield from importable(made, start="pretrained")


@pytest.fixture(scope="session")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project that classifies texts."""
    made = Project(tmp_path_factory.mktemp("texts"), "demo_of_texts")
    yield from importable(made, task="text-classification")


def importable(made: Project, **answers: str) -> Iterator[Project]:
    answers |= {"framework": "pytorch", "project_name": made.package.replace("_", "-")}
    write(made.folder, Templates().render(Variant(answers)))
    sys.path.insert(0, str(made.folder / "src"))
    yield made
    sys.path.remove(str(made.folder / "src"))
