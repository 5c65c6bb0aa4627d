"""A rollback where a person changed what lies there: attempts to lose what they wrote, each of which once succeeded."""

import json
import os
from pathlib import Path

import pytest

from tests.harness.updates.forked import KILLED, die, killed, run_in
from tests.harness.updates.people import is_kept, snapshot
from tests.harness.updates.world import MINE, save
from tests.kit.commands import failed
from tests.kit.git import git, git_bytes


@pytest.mark.parametrize("at", [5, 8, 12, 20])
def test_after_a_killed_abort_a_persons_work_is_kept_and_named(repository: Path, at: int) -> None:
    run_in(repository, "update", "--yes")
    save(repository)
    assert run_in(repository, "update", "--abort", number=at, then=die).code == KILLED
    done = run_in(repository, "update", "--abort")
    assert (done.code, is_kept(MINE, repository, done.said)) == (0, True), done


def test_work_in_a_folder_that_took_a_files_place_is_kept_and_named(repository: Path) -> None:
    run_in(repository, "update", "--yes")
    (file,) = (repository / ".git" / "fwnew").glob("*/journal.json")
    content = json.loads(file.read_text())
    blob = git(repository, "rev-parse", "HEAD:a/old.txt")
    # as if the update had made a file of a folder: what lies in it is committed, and the file is not
    step = {"path": "new", "before": None, "after": {"0": ["100644", blob]}, "exists": True}
    inner = {"path": "new/in", "before": None, "after": {}, "exists": False}
    file.write_text(json.dumps({**content, "steps": [*content["steps"], inner, step]}))
    (file.parent / "after" / "a" / "new").write_text("old\n" * 5)
    (repository / "a" / "new").mkdir()
    (repository / "a" / "new" / "in").write_bytes(MINE)
    done = run_in(repository, "update", "--abort")
    assert (done.code, is_kept(MINE, repository, done.said)) == (0, True), done


def test_a_rollback_keeps_staged_what_lies_in_a_folder_where_a_file_was(repository: Path) -> None:
    run_in(repository, "update", "--yes")
    (repository / "a" / "old.txt").mkdir()
    own = repository / "a" / "old.txt" / "own.txt"
    own.write_bytes(MINE)
    git(repository, "add", "-A")
    own.write_bytes(b"more\n")
    done = run_in(repository, "update", "--abort")
    assert (done.code, is_kept(MINE, repository, done.said)) == (0, True), done


def test_a_pipe_where_the_update_wrote_a_file_stays_and_is_named(repository: Path) -> None:
    run_in(repository, "update", "--yes")
    (repository / "a" / "app.py").unlink()
    os.mkfifo(repository / "a" / "app.py")
    done = run_in(repository, "update", "--abort")
    assert (done.code, (repository / "a" / "app.py").is_fifo()) == (0, True), done
    assert "app.py" in done.said


def test_a_rescue_commit_is_named_before_anything_moves(repository: Path) -> None:
    assert run_in(repository, "update", "--yes").code == 0
    save(repository)
    before = snapshot(repository)
    done = run_in(repository, "update", "--abort", number=0, then=die, at="a/")
    assert (done.code, {**snapshot(repository), "(refs)": b""}) == (KILLED, {**before, "(refs)": b""})
    ref = done.said.split("git show ")[1].split()[0]
    assert git_bytes(repository, "show", f"{ref}:a/app.py") == MINE


def test_each_project_rolls_its_own_update_back(repository: Path) -> None:
    before = snapshot(repository)
    for project in ("a", "b"):
        assert run_in(repository, "update", "--yes", project=project).code == 0
    updated = snapshot(repository)
    assert run_in(repository, "update", "--abort").code == 0
    after = snapshot(repository)
    assert {name: after[name] for name in after if name.startswith("b/")} == {
        name: updated[name] for name in updated if name.startswith("b/")
    }
    assert {name: after[name] for name in after if name.startswith("a/")} == {
        name: before[name] for name in before if name.startswith("a/")
    }
    git(repository, "commit", "-qm", "b is updated")  # and a could be, still
    assert run_in(repository, "update", "--yes").code == 0


def test_a_stale_lock_of_git_costs_no_later_work(repository: Path) -> None:
    before = snapshot(repository)
    (repository / ".git" / "index.lock").touch()
    failed(run_in(repository, "update", "--yes"), "another git is running", "remove that file")
    (repository / ".git" / "index.lock").unlink()
    assert snapshot(repository) == before
    save(repository)
    run_in(repository, "check")
    assert (repository / "a" / "app.py").read_bytes() == MINE


def test_a_killed_update_of_one_project_leaves_the_other_alone(repository: Path) -> None:
    save(repository)
    killed(repository, before="lib/new.txt", project="b")
    assert "interrupted" not in run_in(repository, "check").said
    assert run_in(repository, "update", "--abort").code == 2
    assert (repository / "a" / "app.py").read_bytes() == MINE
    assert "interrupted" in run_in(repository, "check", project="b").said
    assert run_in(repository, "update", "--abort", project="b").code == 0
    assert git(repository, "status", "--porcelain").split() == ["M", "a/app.py"]
