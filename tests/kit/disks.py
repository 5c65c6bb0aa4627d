"""Disks that nobody else sees: small ones, and such as cannot be written."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.kit.commands import Result, run

NO_DISK = 99
"""The exit code of a script that could not mount its disk."""


def on_a_disk(script: str, *arguments: str, cwd: Path, disk: Path, **variables: str) -> Result:
    """Run lines of shell that mount something at $DISK, and fwnew by $PYTHON; where nothing can be mounted, skip."""
    if not shutil.which("unshare"):
        pytest.skip("no disk can be mounted here")
    disk.mkdir(exist_ok=True)
    environment = {**os.environ, "DISK": str(disk), "PYTHON": sys.executable, **variables}
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    done = run(["unshare", "--mount", *as_root, "sh", "-c", script, "sh", *arguments], cwd, environment)
    if done.code == NO_DISK or done.err.startswith("unshare"):
        pytest.skip("no disk can be mounted here")
    return done
