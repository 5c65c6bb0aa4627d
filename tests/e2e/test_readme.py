"""The README's first command, as it is written, on a machine with nothing but Python and git."""

import re
import shutil
from pathlib import Path

import pytest

from tests.machine import Machine

from .conftest import EXPORTS, ROOT

FIRST = re.search(r"^    (python3 -m venv .*fwnew new .*)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("framework", list(EXPORTS))
def test_the_first_command_makes_a_project_and_proves_it(machine: Machine, checkout: Path, framework: str) -> None:
    assert FIRST
    clone = machine.folder / f"clone-{framework}" / "fwnew"
    shutil.copytree(checkout, clone)
    out = machine.ok(f"{FIRST[1]} --framework {framework}", clone)
    project = clone.parent / "digits-demo"
    assert (project / "artifacts" / "manifest.json").is_file()
    assert out.count("passed") == 1
    assert "fwnew new ../digits-demo --defaults" in out
    assert machine.ok(["git", "status", "--porcelain"], project) == ""
    shutil.rmtree(clone.parent)
