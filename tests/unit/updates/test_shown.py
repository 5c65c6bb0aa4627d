"""What `fwnew update` shows before it writes, to a person, to a program and to whoever only looks."""

import os
import sys
from pathlib import Path

import pytest

from tests.kit.commands import Fwnew, refused
from tests.kit.git import commit, git
from tests.kit.snapshots import lying


def test_a_dry_run_shows_everything_and_writes_nothing(fwnew: Fwnew, project: Path) -> None:
    before, objects = lying(project), git(project, "count-objects", "-v")
    result = fwnew("update", "demo", "--dry-run")
    assert result.code == 0
    assert "+    return 'five'" in result.out
    assert result.out.rstrip().endswith("Nothing was written.")
    assert lying(project) == before
    assert git(project, "count-objects", "-v") == objects
    assert git(project, "status", "--porcelain") == ""


def test_for_programs_there_is_json(fwnew: Fwnew, project: Path) -> None:
    result = fwnew("update", "demo", "--yes", "--to", "2.0", "--json")
    found = result.json
    assert (found["from"], found["to"], found["applied"], found["conflicts"]) == ("1.0", "2.0", True, [])
    assert {"path": "src/util.py", "kind": "renamed", "before": "src/helper.py"} in found["changes"]


def test_without_a_terminal_nobody_is_asked(fwnew: Fwnew, project: Path) -> None:
    refused(fwnew("update", "demo"), "add --yes, or --dry-run")


@pytest.mark.parametrize("keys", ["n", "y", "\x03"])
def test_on_a_terminal_a_person_sees_the_difference_and_decides(project: Path, keys: str) -> None:
    pexpect = pytest.importorskip("pexpect")
    environment = {**os.environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
    child = pexpect.spawn(
        sys.executable, ["-m", "fwnew", "update"], env=environment, cwd=project, encoding="utf-8", timeout=20,
        dimensions=(24, 80),
    )  # fmt: skip
    child.expect("\x1b\\[32m\\+    return 'five'\x1b")
    child.expect("Update")
    child.send(keys)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == (0 if keys == "y" else 130)
    assert (project / "src" / "util.py").exists() == (keys == "y")


def test_a_decision_that_todays_evidence_would_change_is_mentioned(fwnew: Fwnew, project: Path) -> None:
    record = project / "docs" / "decisions" / "0001-framework.md"
    record.parent.mkdir()
    text = fwnew("decide", "--data", "team=keras", "--data", "weights.team=3", "--markdown").out
    record.write_text(text.replace("recommendation: tensorflow", "recommendation: pytorch"))
    commit(project)
    out = fwnew("update", "demo", "--dry-run").out
    assert "the decision for the framework, today:\nFlipped: " in out
