"""The compiled loop: the same training, each step one graph."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kit.commands import Result
from tests.kit.machine import Machine

from .conftest import Project

pytestmark = pytest.mark.parametrize("project", ["pytorch"], indirect=True)


@pytest.fixture
def compiled(project: Project, template: Path, machine: Machine, tmp_path: Path) -> Callable[..., Result]:
    """Runs a module in a project with the compiled loop. The environment is the standard one's: both need the same."""
    folder = tmp_path / "compiled"
    new = [sys.executable, "-m", "fwnew", "new", folder, "--template", template, "--no-git"]
    machine.ok([*new, "--data", "loop=compiled"])

    def run(*arguments: str, **variables: str) -> Result:
        return machine.run([project.python, "-m", *arguments], folder, PYTHONPATH=str(folder / "src"), **variables)

    return run


def losses(folder: Path) -> list[float]:
    lines = (folder / "runs" / "smoke" / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line)["train_loss"] for line in lines]


@pytest.mark.nightly
def test_it_trains_as_the_standard_loop_does(project: Project, compiled: Callable[..., Result], tmp_path: Path) -> None:
    assert compiled("compiled", "train", "smoke").code == 0
    assert losses(tmp_path / "compiled") == pytest.approx(losses(project.path), rel=0.02)
    assert "Success" in compiled("mypy").out


@pytest.mark.nightly
def test_without_a_compiler_it_says_what_is_missing(compiled: Callable[..., Result], tmp_path: Path) -> None:
    variables = {"PATH": str(tmp_path / "empty"), "TORCHINDUCTOR_CACHE_DIR": str(tmp_path / "cache")}
    done = compiled("compiled", "train", "smoke", **variables)
    assert (done.code, done.err.splitlines()[-1]) == (1, "There is no C++ compiler: see Install in README.md")
