"""`fwnew update --commit`: git's hooks have their say, and whatever they say, the update is written."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.updates.forked import run_in
from tests.kit.commands import Fwnew, failed, refused
from tests.kit.git import add_hook, git

Started = tuple[Path, "subprocess.Popen[str]"]


def test_with_commit_only_git_can_take_an_update_back(fwnew: Fwnew, project: Path) -> None:
    assert fwnew("update", "demo", "--yes", "--commit").code == 0
    assert git(project, "log", "-1", "--format=%s") == "Update the template from 1.0 to 3.0"
    assert git(project, "status", "--porcelain") == ""
    refused(fwnew("update", "demo", "--abort"), "git revert")
    assert "up to date: 3.0" in fwnew("update", "demo", "--yes").out


def test_what_a_hook_makes_of_an_update_stays_after_the_commit(repository: Path) -> None:
    add_hook(repository, "pre-commit", "echo formatted >> a/app.py\ngit add a/app.py")
    done = run_in(repository, "update", "--yes", "--commit")
    assert done.code == 0, done
    assert git(repository, "show", "HEAD:a/app.py").endswith("\nformatted")
    assert git(repository, "status", "--porcelain") == ""


def test_a_refused_commit_says_that_the_update_is_written(repository: Path) -> None:
    add_hook(repository, "pre-commit", "exit 1")
    done = run_in(repository, "update", "--yes", "--commit")
    failed(done)
    assert "the update is written" in done.said
    assert "--abort" in done.said


@pytest.fixture
def at_the_hook(repository: Path) -> Iterator[Started]:
    """An update that is written and is being committed: a hook is at work."""
    add_hook(repository, "pre-commit", ": > reached\nsleep 3")
    command = [sys.executable, "-m", "fwnew", "update", str(repository / "a"), "--yes", "--commit"]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while not (repository / "reached").exists() and process.poll() is None:
        time.sleep(0.02)
    with process:
        yield repository, process
        process.kill()


def test_ctrl_c_at_the_commit_does_not_say_that_nothing_was_written(at_the_hook: Started) -> None:
    _, process = at_the_hook
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate()
    assert (process.returncode, "nothing was written" in said) == (130, False)
    assert "was written" in said


def test_a_git_that_is_ended_with_fwnew_leaves_no_lock(at_the_hook: Started) -> None:
    repository, process = at_the_hook
    process.send_signal(signal.SIGTERM)
    process.wait()
    assert not (repository / ".git" / "index.lock").exists()
