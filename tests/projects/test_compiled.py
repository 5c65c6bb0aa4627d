"""The compiled loop: the same training, each step one graph."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kit.machine import Machine

from .conftest import Project

pytestmark = [pytest.mark.nightly, pytest.mark.parametrize("project", ["pytorch"], indirect=True)]


@pytest.fixture
def compiled(project: Project, template: Path, machine: Machine, tmp_path: Path) -> Callable[..., str]:
    """Runs a module in a project with the compiled loop. The environment is the standard one's: both need the same."""
    folder = tmp_path / "compiled"
    new = [sys.executable, "-m", "fwnew", "new", folder, "--template", template, "--no-git"]
    machine.ok([*new, "--data", "loop=compiled"])

    def run(*arguments: str) -> str:
        return machine.ok([project.python, "-m", *arguments], folder, PYTHONPATH=str(folder / "src"))

    return run


def losses(folder: Path) -> list[float]:
    lines = (folder / "runs" / "smoke" / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line)["train_loss"] for line in lines]


def test_it_trains_as_the_standard_loop_does(project: Project, compiled: Callable[..., str], tmp_path: Path) -> None:
    compiled("compiled", "train", "smoke")
    assert losses(tmp_path / "compiled") == pytest.approx(losses(project.path), rel=0.02)
    assert "Success" in compiled("mypy")
