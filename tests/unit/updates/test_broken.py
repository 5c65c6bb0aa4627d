"""Attempts to make an update lose what a person wrote, or say what is not so: each of these once did."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fwnew.system import disk
from fwnew.updates import work_tree
from fwnew.updates.work_tree import name_beside
from tests.harness.updates import machine
from tests.harness.updates.people import git, marks_kept, snapshot, walk

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a command is forked off to be killed at a write")
MARK = b"<mark-1>"


@pytest.fixture(scope="module")
def world() -> Iterator[Path]:
    with machine.world() as folder:
        yield folder


@pytest.fixture
def again(world: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Path]:
    """Makes a repository of two projects of the first version, `a` and `b`."""
    monkeypatch.setenv("HOME", str(world / "home"))

    def make() -> Path:
        number = len(list(tmp_path.iterdir()))
        (tmp_path / str(number)).mkdir()
        return Path(shutil.copytree(world / "start", tmp_path / str(number) / "repository"))

    return make


def fwnew(repository: Path, *arguments: str, at: int = -1, then: Callable[[], None] | None = None) -> Any:
    verb, *options = arguments
    return machine.run(repository, [verb, str(repository / "a"), *options], at, then)


def kill() -> None:
    os._exit(machine.KILLED)


def killed_before(monkeypatch: pytest.MonkeyPatch, repository: Path, name: str) -> None:
    """An update that was killed when it would have written the file of that name."""
    create = work_tree._create

    def die(new: Path, target: Path) -> None:
        if target.name == name:
            kill()
        create(new, target)

    with monkeypatch.context() as patch:
        patch.setattr(work_tree, "_create", die)
        assert fwnew(repository, "update", "--yes")[0] == machine.KILLED


def journal(repository: Path) -> Path | None:
    return next((repository / ".git" / "fwnew").glob("*/journal.json"), None)


def kept(repository: Path, said: str) -> bool:
    return MARK in marks_kept(repository, re.findall(r"refs/fwnew/rescue/[\w.-]+", said))


@pytest.mark.parametrize("at", [5, 8, 12, 20])
def test_what_a_person_wrote_is_kept_and_named_when_the_first_abort_was_killed(
    again: Callable[[], Path], at: int
) -> None:
    repository = again()
    fwnew(repository, "update", "--yes")
    (repository / "a" / "app.py").write_bytes(MARK)
    assert fwnew(repository, "update", "--abort", at=at, then=kill)[0] == machine.KILLED
    code, said, _ = fwnew(repository, "update", "--abort")
    assert (code, kept(repository, said)) == (0, True), said


def test_what_a_person_put_into_a_folder_where_the_update_made_a_file_is_kept_and_named(
    again: Callable[[], Path],
) -> None:
    repository = again()
    fwnew(repository, "update", "--yes")
    file = journal(repository)
    assert file
    content = json.loads(file.read_text())
    blob = git(repository, "rev-parse", "HEAD:a/old.txt").decode().strip()
    # as if the update had made a file of a folder: what lies in it is committed, and the file is not
    step = {"path": "new", "before": None, "after": {"0": ["100644", blob]}, "exists": True}
    inner = {"path": "new/in", "before": None, "after": {}, "exists": False}
    file.write_text(json.dumps({**content, "steps": [*content["steps"], inner, step]}))
    (file.parent / "after" / "a" / "new").write_text("old\n" * 5)
    (repository / "a" / "new").mkdir()
    (repository / "a" / "new" / "in").write_bytes(MARK)
    code, said, _ = fwnew(repository, "update", "--abort")
    assert (code, kept(repository, said)) == (0, True), said


def test_a_rollback_keeps_staged_what_lies_in_a_folder_where_a_file_was(again: Callable[[], Path]) -> None:
    repository = again()
    fwnew(repository, "update", "--yes")
    (repository / "a" / "old.txt").mkdir()
    own = repository / "a" / "old.txt" / "own.txt"
    own.write_bytes(MARK)
    git(repository, "add", "-A")
    own.write_bytes(b"more\n")
    code, said, _ = fwnew(repository, "update", "--abort")
    assert (code, kept(repository, said)) == (0, True), said


def test_what_is_staged_while_an_update_is_written_stays_staged(again: Callable[[], Path]) -> None:
    repository = again()
    assert_staged_is_kept(repository, "update", "--yes")


def test_what_is_staged_while_an_update_is_rolled_back_stays_staged(again: Callable[[], Path]) -> None:
    repository = again()
    fwnew(repository, "update", "--yes")
    assert_staged_is_kept(repository, "update", "--abort")


def assert_staged_is_kept(repository: Path, *arguments: str) -> None:
    file = repository / "a" / "app.py"

    def stage_and_undo() -> None:
        before = file.read_bytes()
        file.write_bytes(MARK)
        git(repository, "add", str(file))
        file.write_bytes(before)

    _, said, happened = fwnew(repository, *arguments, at=29, then=stage_and_undo)
    assert (happened, kept(repository, said)) == (True, True), said


def test_a_pipe_where_the_update_wrote_a_file_stays_and_is_named(again: Callable[[], Path]) -> None:
    repository = again()
    fwnew(repository, "update", "--yes")
    (repository / "a" / "app.py").unlink()
    os.mkfifo(repository / "a" / "app.py")
    code, said, _ = fwnew(repository, "update", "--abort")
    assert (code, (repository / "a" / "app.py").is_fifo()) == (0, True), said
    assert "app.py" in said


def test_an_update_is_finished_where_a_person_made_a_file_of_its_folder(
    again: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = again()
    killed_before(monkeypatch, repository, "new.txt")
    shutil.rmtree(repository / "a" / "lib")
    (repository / "a" / "lib").write_bytes(MARK)
    code, said, _ = fwnew(repository, "update", "--continue")
    assert (code, (repository / "a" / "lib.template" / "new.txt").read_text()) == (0, "new\n"), said


def test_a_name_beside_is_found_where_a_file_lies_in_place_of_its_folder(tmp_path: Path) -> None:
    for name in ("lib", "lib.template"):
        (tmp_path / name).touch()
    assert name_beside(tmp_path, "lib/new.txt", "template") == "lib.template.2/new.txt"


@pytest.mark.parametrize("arguments", [("check",), ("update", "--yes"), ("update", "--dry-run")])
def test_an_update_that_was_killed_with_the_answers_aside_is_called_interrupted(
    again: Callable[[], Path], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    repository = again()
    killed_before(monkeypatch, repository, ".copier-answers.yml")
    code, said, _ = fwnew(repository, *arguments)
    assert code in (1, 2)
    assert "interrupted" in said, said


def test_an_update_whose_end_cannot_be_recorded_is_rolled_back(
    again: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    repository, replace = again(), disk.write_atomically

    def full(target: Path, content: bytes) -> None:
        if b'"state": "done"' in content:
            raise disk.disk_full(target.parent)
        replace(target, content)

    monkeypatch.setattr(disk, "write_atomically", full)
    before = snapshot(repository)
    code, said, _ = fwnew(repository, "update", "--yes")
    assert (code, snapshot(repository)) == (1, before), said


BROKEN_STEPS = ["/etc/x", "../b/app.py", ".git/config", "../.git/config", "", "x\0y", 5]


@pytest.mark.parametrize(
    "change",
    [
        *({"steps": [{"path": path, "before": None, "after": {}, "exists": True}]} for path in BROKEN_STEPS),
        {"steps": [{"path": "x", "before": "x", "after": {}, "exists": True}]},
        {"steps": [{"path": "x", "before": None, "after": [], "exists": True}]},
        {"schema": 3},
        {"state": "other"},
        {"token": "../../x"},
        {"afters": "../../.."},
    ],
    ids=str,
)
def test_a_journal_that_this_fwnew_did_not_write_is_refused(again: Callable[[], Path], change: dict[str, Any]) -> None:
    repository = again()
    fwnew(repository, "update", "--yes")
    file, before = journal(repository), snapshot(repository)
    assert file
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    code, said, _ = fwnew(repository, "update", "--abort")
    assert (code, snapshot(repository)) == (1, before), said
    assert "is broken" in said, said


@pytest.mark.parametrize("path", ["/VICTIM", "../own.txt", "../.git/config"])
def test_a_journal_of_the_older_fwnew_touches_nothing_outside_of_the_project(
    again: Callable[[], Path], path: str
) -> None:
    repository = again()
    git(repository, "rm", "-rq", "b")
    git(repository, "commit", "-qm", "one project")
    victim = repository / "own.txt"
    victim.write_bytes(MARK)
    named = path.replace("/VICTIM", str(victim))
    (repository / ".git" / "fwnew-update.json").write_text(json.dumps({"state": "writing", "paths": [named]}))
    before = (dict(walk(repository)), (repository / ".git" / "config").read_bytes())
    code, said, _ = fwnew(repository, "update", "--abort")
    assert (dict(walk(repository)), (repository / ".git" / "config").read_bytes()) == before
    assert (code, "is broken" in said) == (1, True), said


@pytest.mark.parametrize("content", ["[1]", "5", "null", "{}"])
def test_a_broken_journal_of_the_older_fwnew_is_one_sentence(again: Callable[[], Path], content: str) -> None:
    repository = again()
    (repository / ".git" / "fwnew-update.json").write_text(content)
    code, said, _ = fwnew(repository, "check")
    assert (code, "is broken" in said) == (1, True), said


@pytest.fixture
def at_the_hook(again: Callable[[], Path]) -> Iterator[tuple[Path, "subprocess.Popen[str]"]]:
    """An update that is written and is being committed: a hook is at work."""
    repository = again()
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\n: > reached\nsleep 3\n")
    hook.chmod(0o755)
    command = [sys.executable, "-m", "fwnew", "update", str(repository / "a"), "--yes", "--commit"]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while not (repository / "reached").exists() and process.poll() is None:
        time.sleep(0.02)
    with process:
        yield repository, process
        process.kill()


def test_ctrl_c_while_an_update_is_being_committed_does_not_say_that_nothing_was_written(
    at_the_hook: tuple[Path, "subprocess.Popen[str]"],
) -> None:
    _, process = at_the_hook
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate()
    assert (process.returncode, "nothing was written" in said) == (130, False)
    assert "was written" in said


def test_a_git_that_is_ended_with_fwnew_leaves_no_lock(at_the_hook: tuple[Path, "subprocess.Popen[str]"]) -> None:
    repository, process = at_the_hook
    process.send_signal(signal.SIGTERM)
    process.wait()
    assert not (repository / ".git" / "index.lock").exists()


def test_a_refused_commit_says_that_the_update_is_written(again: Callable[[], Path]) -> None:
    repository = again()
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    code, said, _ = fwnew(repository, "update", "--yes", "--commit")
    assert (code, "the update is written" in said, "--abort" in said) == (1, True, True), said


def test_a_dry_run_does_not_refresh_the_index(again: Callable[[], Path]) -> None:
    repository = again()
    git(repository, "status")
    os.utime(repository / "a" / "app.py", (1, 1))
    before = (repository / ".git" / "index").read_bytes()
    fwnew(repository, "update", "--dry-run")
    assert (repository / ".git" / "index").read_bytes() == before


def test_an_update_waits_for_a_git_that_takes_the_index_meanwhile(
    again: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from fwnew.updates import apply, tracked

    repository, write = again(), tracked.write_index
    lock = repository / ".git" / "index.lock"

    def write_beside_git(*arguments: Any) -> None:
        lock.touch()
        threading.Timer(0.3, lock.unlink).start()
        write(*arguments)

    monkeypatch.setattr(apply, "write_index", write_beside_git)
    monkeypatch.setattr(tracked, "PATIENCE", 5)
    code, said, _ = fwnew(repository, "update", "--yes")
    assert code == 0, said


def test_a_file_that_is_saved_while_an_update_is_prepared_is_not_called_hidden_by_a_flag(
    again: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from fwnew.updates import prepare

    repository, cleaned = again(), prepare.cleaned

    def saved_before(*arguments: Any) -> Any:
        (repository / "a" / "app.py").write_bytes(MARK)
        return cleaned(*arguments)

    monkeypatch.setattr(prepare, "cleaned", saved_before)
    code, said, _ = fwnew(repository, "update", "--yes")
    assert (code, "flag" in said) == (2, False), said


def test_without_a_name_the_project_is_the_current_folder(
    again: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = again()
    monkeypatch.chdir(repository / "a")
    code, said, _ = machine.run(repository, ["update", "--dry-run"])
    assert code == 0, said
