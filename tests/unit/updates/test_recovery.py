"""An update that is killed, or cannot be written to its end: the project is as before, or updated, or waits."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.kit.commands import Fwnew, failed, run
from tests.kit.disks import on_a_disk
from tests.kit.git import git
from tests.kit.snapshots import lying

KILLS = int(os.environ.get("FWNEW_KILLS", "10"))


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_killed_update_is_whole_or_waits_to_be_rolled_back(fwnew: Fwnew, project: Path, work: Path) -> None:
    before = lying(project)
    command = [sys.executable, "-m", "fwnew", "update", "--yes"]
    started = time.perf_counter()
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    duration = time.perf_counter() - started
    after = lying(project)
    assert fwnew("update", "demo", "--abort").code == 0
    moments, outcomes = random.Random(0), []
    for number in range(KILLS):
        child = subprocess.Popen(command, cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # Most of the time goes into rendering: two of three kills aim at the end, where files are written.
        share = moments.random() if number % 3 == 0 else 0.75 + 0.25 * moments.random()
        time.sleep(duration * share)
        child.send_signal(signal.SIGKILL)
        child.wait()
        half = "was interrupted" in fwnew("update", "demo", "--yes", "--dry-run").err
        found = lying(project)
        assert half or found in (before, after)
        outcomes.append(found == after)
        if half or found == after:
            assert fwnew("update", "demo", "--abort").code == 0
        assert git(project, "status", "--porcelain") == ""
        assert lying(project) == before
    assert not all(outcomes)


def test_an_update_that_git_cannot_write_is_taken_back(fwnew: Fwnew, project: Path) -> None:
    before = lying(project)
    (project / ".git" / "index.lock").touch()  # as by another git
    result = fwnew("update", "demo", "--yes")
    failed(result, "index.lock")
    (project / ".git" / "index.lock").unlink()
    assert fwnew("check", "demo").code == 1
    assert lying(project) == before
    assert git(project, "status", "--porcelain") == ""


ON_A_SMALL_DISK = """
    mount -t tmpfs -o size=$1k none "$DISK" && cp -r demo "$DISK" || exit 99
    cd "$DISK/demo" && "$PYTHON" -m fwnew update --yes
    code=$?
    rm -rf "$AFTER" && cp -r "$DISK/demo" "$AFTER"
    exit $code
"""


@pytest.mark.parametrize("spare", [8, 100, 200, 300, 400, 800, 1600, 8000])
def test_on_a_full_disk_a_project_is_as_before_or_updated(
    project: Path, work: Path, tmp_path: Path, spare: int
) -> None:
    before = lying(project)
    used = int(run(["du", "-sk", "demo"], work).out.split()[0])
    after = tmp_path / "after"
    done = on_a_disk(ON_A_SMALL_DISK, str(used + spare), cwd=work, disk=tmp_path / "disk", AFTER=str(after))
    if done.code == 0:
        assert (after / "src" / "util.py").is_file()
        return
    failed(done, "the disk is full")
    assert spare < 8000
    assert lying(after) == before
    assert git(after, "status", "--porcelain") == ""
