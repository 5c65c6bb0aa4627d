"""What a stranger types, as it is written, on a PATH with Python and git alone."""

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kit import ROOT
from tests.kit.machine import Machine, programs_folder

from .conftest import Project

FIRST = re.search(r"^    (python3 -m venv .*fwnew new .*)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
BASE = Path(getattr(sys, "_base_executable", sys.executable))

Type = Callable[[str, Path], str]


@pytest.fixture(scope="module")
def type_(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Type:
    """Types lines of shell that must succeed."""
    path = programs_folder(tmp_path_factory.mktemp("path") / "bin", {"python3": BASE})
    # an index that cannot be reached is given up at once; the packages come from where this machine has them
    settings = {"PATH": str(path), "PIP_RETRIES": "0"}
    return lambda lines, cwd: machine.ok(["bash", "-ec", lines], cwd, **settings)


@pytest.fixture(scope="module")
def clone(machine: Machine, checkout: Path) -> Iterator[Path]:
    """A clone of this repository, in a folder of its own."""
    folder = machine.folder / "clone" / "fwnew"
    shutil.copytree(checkout, folder)
    yield folder
    shutil.rmtree(folder.parent)


def test_the_first_command_makes_a_project_and_proves_it(machine: Machine, clone: Path, type_: Type) -> None:
    assert FIRST
    out = type_(FIRST[1], clone)
    project = clone.parent / "digits-demo"
    assert (project / "artifacts" / "manifest.json").is_file()
    assert out.count("passed") == 1
    assert "fwnew new ../digits-demo --defaults" in out
    assert machine.ok(["git", "status", "--porcelain"], project) == ""


def test_every_line_under_next_works_as_printed_without_uv(clone: Path, type_: Type) -> None:
    """By the fwnew that the first command installed."""
    out = type_(".venv/bin/fwnew new ../second --defaults", clone)
    lines = re.search(r"^next:\n((?:  .+\n)+)", out, re.MULTILINE)
    assert lines
    steps = [line.strip() for line in lines[1].splitlines()]
    assert steps[1] == "python3 -m venv .venv"
    assert "epoch" in type_("\n".join(steps), clone)
    assert (clone.parent / "second" / "runs" / "default" / "config.json").is_file()


def test_the_install_lines_of_a_projects_readme_work_without_uv(project: Project, type_: Type) -> None:
    """For every extra, in an environment that has them: pip, which is stricter than uv, agrees with all versions."""
    readme = (project.path / "README.md").read_text("utf-8")
    block = re.search(r"^## Install\n\n.+\n\n((?:    .+\n)+)", readme, re.MULTILINE)
    assert block
    freeze = ["pip", "freeze", "--python", project.python]
    before = project.machine.uv(*freeze).split()
    out = type_(f"{block[1]}\ncommand -v {project.path.name}\npip check", project.path)
    assert f"{project.path}/.venv/bin/{project.path.name}" in out
    changed = {*before} ^ {*project.machine.uv(*freeze).split()}
    assert {package.partition("==")[0] for package in changed} <= {"pip", "setuptools"}  # what `venv` brings itself
