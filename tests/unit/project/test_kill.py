"""A run that is killed at any moment leaves a whole project or none, and the next run succeeds."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fwnew.sources import bundle
from fwnew.sources.address import INSTALLED
from tests.kit.commands import Fwnew
from tests.kit.git import git
from tests.kit.machine import make_home
from tests.kit.snapshots import lying

KILLS = int(os.environ.get("FWNEW_KILLS", "20"))
COMMAND = [sys.executable, "-m", "fwnew", "new", "demo", "--defaults"]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")


def start(folder: Path) -> "subprocess.Popen[bytes]":
    """Starts fwnew in a folder of its own, with a home of its own and the template that it carries."""
    environment = {**os.environ, "HOME": str(make_home(folder / "home"))}
    return subprocess.Popen(COMMAND, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_a_killed_run_leaves_a_whole_project_or_none(
    tmp_path: Path, fwnew: Fwnew, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = time.perf_counter()
    assert start(tmp_path / "reference").wait() == 0
    duration = time.perf_counter() - started
    reference = lying(tmp_path / "reference" / "demo")
    moments = random.Random(0)
    left_none = 0
    for number in range(KILLS):
        folder = tmp_path / str(number)
        killed = start(folder)
        time.sleep(duration * (number + moments.random()) / KILLS)
        killed.kill()
        killed.wait()

        installed = folder / "home" / INSTALLED.removeprefix("~/")
        assert not installed.exists() or installed.read_bytes() == bundle.PACKAGED.read_bytes()
        if not (folder / "demo").exists():
            left_none += 1
            monkeypatch.setenv("HOME", str(folder / "home"))
            monkeypatch.chdir(folder)
            again = fwnew("new", "demo", "--defaults")
            assert (again.code, again.err) == (0, "")
        assert lying(folder / "demo") == reference
        assert git(folder / "demo", "status", "--porcelain") == ""
        assert git(folder / "demo", "rev-list", "--count", "HEAD") == "1"
        assert installed.read_bytes() == bundle.PACKAGED.read_bytes()
    assert left_none, "no run was killed before its end"
