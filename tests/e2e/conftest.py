"""Real projects in real environments. Each is made once, serves many tests, and is removed after them."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.machine import Done, Machine
from tests.templates.rendered import Templates


def every(question: str) -> dict[str, str]:
    """All that a framework's projects may have of a question that takes several choices, as copier.yml has it."""
    model = Templates().variants
    framework = next(place for place, factor in enumerate(model.factors) if factor.question == "framework")
    found = {}
    for name in model.factors[framework].levels:
        levels = {framework: name}
        for place, factor in enumerate(model.factors):
            if factor.choice is not None and model.feasible(more := {**levels, place: True}):
                levels = more
        found[name] = ",".join(model.variant(levels).answers[question])
    return found


ROOT = Path(__file__).parents[2]
EXPORTS, SERVING = every("exports"), every("serving")


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("machine").resolve()
    yield Machine.at(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def checkout(machine: Machine) -> Path:
    """The files that git has or would take, in a folder without git: what a zip of the repository holds."""
    folder = machine.folder / "checkout"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@dataclass(frozen=True)
class Project:
    """A generated project with its environment."""

    machine: Machine
    path: Path
    package: str
    summary: Mapping[str, Any]

    @property
    def python(self) -> Path:
        return self.path / ".venv" / "bin" / "python"

    def without_framework(self, name: str, extras: str = "") -> Path:
        """The Python of another environment, with the base dependencies and those of the extras."""
        environment = self.machine.folder / f"{name}-{self.package}"
        self.machine.uv("venv", "--python", self.python, environment)
        python = environment / "bin" / "python"
        what = ["--python", python, "-c", "constraints.txt", f".{extras}"]
        self.machine.uv("pip", "install", *what, cwd=self.path)
        return python

    def verb(self, *arguments: str | Path, cwd: Path | None = None) -> Done:
        return self.machine.run([self.python, "-m", self.package, *arguments], cwd or self.path)


@pytest.fixture(scope="session")
def template(machine: Machine, checkout: Path) -> Path:
    """The working tree's templates."""
    folder = machine.folder / "template"
    folder.mkdir()
    shutil.copy(checkout / "copier.yml", folder)
    shutil.copytree(checkout / "templates", folder / "templates")
    return folder


@pytest.fixture(scope="session", params=list(EXPORTS))
def project(request: pytest.FixtureRequest, machine: Machine, template: Path) -> Iterator[Project]:
    """A project per framework with every export and server, made from the working tree's templates and smoke-tested."""
    framework: str = request.param
    path = machine.folder / f"all-{framework}"
    answers = ["--data", f"exports={EXPORTS[framework]}", "--data", f"serving={SERVING[framework]}"]
    arguments = ["--framework", framework, *answers, "--template", template]
    out = machine.ok([sys.executable, "-m", "fwnew", "new", path, *arguments, "--smoke", "--json"])
    yield Project(machine, path, f"all_{framework}", json.loads(out))
    shutil.rmtree(path)
