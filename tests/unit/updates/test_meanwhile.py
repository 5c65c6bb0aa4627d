"""What a person does while an update asks, computes or writes: it is there afterwards."""

import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.harness.updates.forked import run, run_in
from tests.harness.updates.people import ACTIONS, is_kept, snapshot
from tests.harness.updates.world import MINE, save
from tests.kit.commands import failed, refused
from tests.kit.git import git


def add_in_the_way(repository: Path) -> None:
    (repository / "a" / "lib").mkdir()
    (repository / "a" / "lib" / "new.txt").write_bytes(MINE)


def commit(repository: Path) -> None:
    save(repository)
    git(repository, "commit", "-qam", "work")


MEANWHILE = [save, add_in_the_way, commit]


@pytest.mark.parametrize("work", MEANWHILE)
def test_work_while_the_question_stands_ends_the_update_unwritten(
    repository: Path, work: Callable[[Path], None]
) -> None:
    pexpect = pytest.importorskip("pexpect")
    environment = {**os.environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
    child = pexpect.spawn(
        sys.executable, ["-m", "fwnew", "update"], env=environment, cwd=repository / "a", encoding="utf-8", timeout=30
    )
    child.expect("Update\\?")
    work(repository)
    before = snapshot(repository)
    child.send("y")
    child.expect("error: there (are uncommitted changes|is a new commit)")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2
    assert snapshot(repository) == before


@pytest.mark.parametrize("work", MEANWHILE)
def test_work_while_an_update_computes_ends_it_unwritten(repository: Path, work: Callable[[Path], None]) -> None:
    def then() -> None:
        work(repository)
        (repository.parent / "after").write_text(repr(snapshot(repository)))

    done = run_in(repository, "update", "--yes", number=0, then=then)  # its first write is the lock
    after = eval((repository.parent / "after").read_text())
    refused(done, "error: there")
    assert snapshot(repository) == after


@pytest.mark.parametrize("number", [0, 1])  # before the old file is taken aside, and before the new one gets its name
def test_what_is_saved_right_before_a_file_would_be_exchanged_stays(repository: Path, number: int) -> None:
    before = snapshot(repository)
    done = run_in(repository, "update", "--yes", number=number, then=lambda: save(repository), at="a/app.py")
    failed(done, "app.py changed during the update")
    assert (repository / "a" / "app.py").read_bytes() == MINE
    assert {**snapshot(repository), "a/app.py": before["a/app.py"]} == before


def test_a_file_saved_meanwhile_is_not_called_hidden_by_a_flag(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fwnew.updates import prepare

    cleaned = prepare.cleaned

    def saved_before(*arguments: Any) -> Any:
        save(repository)
        return cleaned(*arguments)

    monkeypatch.setattr(prepare, "cleaned", saved_before)
    done = run_in(repository, "update", "--yes")
    refused(done)
    assert "flag" not in done.said


def test_what_is_staged_while_an_update_is_written_stays_staged(repository: Path) -> None:
    assert_staged_is_kept(repository, "update", "--yes")


def test_what_is_staged_while_an_update_is_rolled_back_stays_staged(repository: Path) -> None:
    run_in(repository, "update", "--yes")
    assert_staged_is_kept(repository, "update", "--abort")


def assert_staged_is_kept(repository: Path, *arguments: str) -> None:
    file = repository / "a" / "app.py"

    def stage_and_undo() -> None:
        before = file.read_bytes()
        file.write_bytes(MINE)
        git(repository, "add", str(file))
        file.write_bytes(before)

    done = run_in(repository, *arguments, number=29, then=stage_and_undo)
    assert (done.happened, is_kept(MINE, repository, done.said)) == (True, True), done


def test_of_two_updates_at_once_the_second_is_refused_and_the_first_stays(repository: Path) -> None:
    def other() -> None:
        done = run_in(repository, "update", "--yes")
        (repository.parent / "other").write_text(json.dumps([done.code, done.said]))

    first = run_in(repository, "update", "--yes", number=0, then=other, at="a/app.py")
    code, said = json.loads((repository.parent / "other").read_text())
    assert (code, "another update of this project is running" in said) == (2, True)
    assert (first.code, "Updated to 2.0" in first.said) == (0, True)
    assert "line three" in (repository / "a" / "app.py").read_text()
    refused(run_in(repository, "update", "--yes"), "uncommitted changes")
    assert "line three" in (repository / "a" / "app.py").read_text()


def test_an_update_waits_for_a_git_that_takes_the_index_meanwhile(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fwnew.updates import apply, tracked

    write, lock = tracked.write_index, repository / ".git" / "index.lock"

    def write_beside_git(*arguments: Any) -> None:
        lock.touch()
        threading.Timer(0.3, lock.unlink).start()
        write(*arguments)

    monkeypatch.setattr(apply, "write_index", write_beside_git)
    monkeypatch.setattr(tracked, "PATIENCE", 5)
    done = run_in(repository, "update", "--yes")
    assert done.code == 0, done


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_an_edit_that_a_flag_hides_from_git_is_seen(repository: Path, flag: str) -> None:
    git(repository, "update-index", flag, "a/app.py")
    save(repository)
    before = snapshot(repository)
    done = run_in(repository, "update", "--yes")
    refused(done, "app.py differs from its commit, and a flag hides")
    assert snapshot(repository) == before
    hint = done.said.split("hint: ")[1].split(", then")[0]
    assert hint == f"git update-index --no-{flag.removeprefix('--')} app.py"
    git(repository / "a", *hint.split()[1:])
    git(repository, "commit", "-qam", "work")
    assert run_in(repository, "update", "--yes").code in (0, 1)


@pytest.mark.parametrize("action", ["overwrite", "make_folder", "make_link"])
@pytest.mark.parametrize("path", ["lib", "lib/new.txt", "notes.log", "notes.log.template"])
def test_what_git_ignores_stays_where_the_template_adds_something(repository: Path, action: str, path: str) -> None:
    (repository / "a" / ".gitignore").write_text("*.log\n/lib\n*.template\n")
    git(repository, "commit", "-qam", "ignore more")
    if path == "notes.log.template":
        (repository / "a" / "notes.log").write_text("mine as well\n")
    ACTIONS[action](repository / "a" / path, MINE)
    before = snapshot(repository)
    done = run_in(repository, "update", "--yes")
    after = snapshot(repository)
    assert done.code == 0, done
    assert {name: after[name] for name in before if MINE in before[name][1]} == {
        name: content for name, content in before.items() if MINE in content[1]
    }
    for name in ("lib/new.txt", "notes.log"):
        places = [place for place in after if place.startswith(f"a/{name.partition('/')[0]}")]
        wanted = {"lib/new.txt": b"new\n", "notes.log": b"the template's\n"}[name]
        assert any(after[place][1] == wanted for place in places), (name, done)
    assert run_in(repository, "update", "--abort").code == 0
    assert snapshot(repository) == before


def test_a_dry_run_does_not_refresh_the_index(repository: Path) -> None:
    git(repository, "status")
    os.utime(repository / "a" / "app.py", (1, 1))
    before = (repository / ".git" / "index").read_bytes()
    run_in(repository, "update", "--dry-run")
    assert (repository / ".git" / "index").read_bytes() == before


def test_without_a_name_the_project_is_the_current_folder(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository / "a")
    done = run(repository, ["update", "--dry-run"])
    assert done.code == 0, done
