"""What a person does while an update asks, computes, writes, was killed or failed: it is there afterwards."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fwnew.updates import recover
from tests.harness.updates import machine
from tests.harness.updates.people import ACTIONS, git, snapshot

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a command is forked off to be killed at a write")
MARK = b"<mark-1>"


@pytest.fixture(scope="module")
def world() -> Iterator[Path]:
    with machine.world() as folder:
        yield folder


@pytest.fixture
def repository(world: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of two projects of the first version, `a` and `b`."""
    monkeypatch.setenv("HOME", str(world / "home"))
    return Path(shutil.copytree(world / "start", tmp_path / "room" / "repository"))


def run(repository: Path, verb: str, *options: str, project: str = "a", **when: Any) -> tuple[int, str]:
    code, said, _ = machine.run(repository, [verb, str(repository / project), *options], **when)
    return code, said


def killed(repository: Path, project: str = "a", at: int = 2) -> None:
    """An update that was killed after it had written some files."""

    def kill() -> None:
        os._exit(machine.KILLED)

    when = {"at": f"{project}/lib/new.txt" if at == 2 else f"{project}/old.txt"}
    assert run(repository, "update", "--yes", project=project, number=0, then=kill, **when)[0] == machine.KILLED


def save(repository: Path) -> None:
    (repository / "a" / "app.py").write_bytes(MARK)


def add_in_the_way(repository: Path) -> None:
    (repository / "a" / "lib").mkdir()
    (repository / "a" / "lib" / "new.txt").write_bytes(MARK)


def commit(repository: Path) -> None:
    save(repository)
    git(repository, "commit", "-qam", "work")


MEANWHILE = [save, add_in_the_way, commit]


@pytest.mark.parametrize("work", MEANWHILE)
def test_what_is_done_while_the_question_stands_ends_in_one_sentence_and_nothing_written(
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
def test_what_is_done_while_an_update_computes_ends_in_one_sentence_and_nothing_written(
    repository: Path, work: Callable[[Path], None]
) -> None:
    after = dict[str, Any]()

    def then() -> None:
        work(repository)
        (repository.parent / "after").write_text(repr(snapshot(repository)))

    code, said = run(repository, "update", "--yes", number=0, then=then)  # its first write is the lock
    after = eval((repository.parent / "after").read_text())
    assert (code, "error: there" in said) == (2, True), said
    assert snapshot(repository) == after


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("committed", [False, True])
def test_after_a_kill_a_persons_work_stays_whatever_command_comes(
    repository: Path, number: int, committed: bool
) -> None:
    killed(repository, at=number)
    save(repository)
    (repository / "a" / "own.txt").write_text("mine\n")
    if committed:
        git(repository, "add", "-A")
        git(repository, "commit", "-qm", "work")
    before = snapshot(repository)
    code, said = run(repository, "check")
    assert (code, "interrupted" in said) == (1, True), said
    for command in (["update", "--yes"], ["update", "--dry-run"]):
        code, said = run(repository, *command)
        assert (code, "was interrupted" in said, "--continue" in said) == (2, True, True), said
    assert machine.run(repository, ["add", "level", "2", str(repository / "a"), "--yes"])[0] == 2
    assert snapshot(repository) == before
    code, said = run(repository, "update", "--abort")
    assert (code, "app.py" in said) == (0, True), said
    assert (repository / "a" / "app.py").read_bytes() == MARK
    assert (repository / "a" / "own.txt").read_text() == "mine\n"
    assert "interrupted" not in run(repository, "check")[1]


def test_an_interrupted_update_is_finished_beside_what_a_person_changed(repository: Path) -> None:
    killed(repository)
    save(repository)
    code, said = run(repository, "update", "--continue")
    assert (code, "app.py.template" in said) == (0, True), said
    assert (repository / "a" / "app.py").read_bytes() == MARK
    assert "line three" in (repository / "a" / "app.py.template").read_text()
    assert not (repository / "a" / "old.txt").exists()
    assert (repository / "a" / "lib" / "new.txt").is_file()


def test_a_stale_lock_of_git_costs_no_later_work(repository: Path) -> None:
    before = snapshot(repository)
    (repository / ".git" / "index.lock").touch()
    code, said = run(repository, "update", "--yes")
    assert (code, "another git is running" in said, "remove that file" in said) == (1, True, True), said
    (repository / ".git" / "index.lock").unlink()
    assert snapshot(repository) == before
    save(repository)
    run(repository, "check")
    assert (repository / "a" / "app.py").read_bytes() == MARK


def test_a_killed_update_of_one_project_leaves_the_other_alone(repository: Path) -> None:
    save(repository)
    killed(repository, project="b")
    assert "interrupted" not in run(repository, "check")[1]
    assert run(repository, "update", "--abort")[0] == 2
    assert (repository / "a" / "app.py").read_bytes() == MARK
    assert "interrupted" in run(repository, "check", project="b")[1]
    assert run(repository, "update", "--abort", project="b")[0] == 0
    assert git(repository, "status", "--porcelain").decode().split() == ["M", "a/app.py"]


def test_each_project_rolls_its_own_update_back(repository: Path) -> None:
    before = snapshot(repository)
    for project in ("a", "b"):
        assert run(repository, "update", "--yes", project=project)[0] == 0
    updated = snapshot(repository)
    assert run(repository, "update", "--abort")[0] == 0
    after = snapshot(repository)
    assert {name: after[name] for name in after if name.startswith("b/")} == {
        name: updated[name] for name in updated if name.startswith("b/")
    }
    assert {name: after[name] for name in after if name.startswith("a/")} == {
        name: before[name] for name in before if name.startswith("a/")
    }
    git(repository, "commit", "-qm", "b is updated")  # and a could be, still
    assert run(repository, "update", "--yes")[0] == 0


def test_of_two_updates_at_once_the_second_is_refused_and_the_first_stays(repository: Path) -> None:
    def other() -> None:
        said = machine.run(repository, ["update", str(repository / "a"), "--yes"])
        (repository.parent / "other").write_text(json.dumps(said[:2]))

    code, said = run(repository, "update", "--yes", number=0, then=other, at="a/app.py")
    second = json.loads((repository.parent / "other").read_text())
    assert (second[0], "another update of this project is running" in second[1]) == (2, True)
    assert (code, "Updated to 2.0" in said) == (0, True)
    assert "line three" in (repository / "a" / "app.py").read_text()
    again = run(repository, "update", "--yes")
    assert (again[0], "uncommitted changes" in again[1]) == (2, True)
    assert "line three" in (repository / "a" / "app.py").read_text()


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_an_edit_that_a_flag_hides_from_git_is_seen(repository: Path, flag: str) -> None:
    git(repository, "update-index", flag, "a/app.py")
    save(repository)
    before = snapshot(repository)
    code, said = run(repository, "update", "--yes")
    assert (code, "app.py differs from its commit, and a flag hides" in said) == (2, True), said
    assert snapshot(repository) == before
    hint = said.split("hint: ")[1].split(", then")[0]
    assert hint == f"git update-index --no-{flag.removeprefix('--')} app.py"
    git(repository / "a", *hint.split()[1:])
    git(repository, "commit", "-qam", "work")
    assert run(repository, "update", "--yes")[0] in (0, 1)


@pytest.mark.parametrize("action", ["overwrite", "make_folder", "make_link"])
@pytest.mark.parametrize("path", ["lib", "lib/new.txt", "notes.log", "notes.log.template"])
def test_what_git_ignores_stays_where_the_template_adds_something(repository: Path, action: str, path: str) -> None:
    (repository / "a" / ".gitignore").write_text("*.log\n/lib\n*.template\n")
    git(repository, "commit", "-qam", "ignore more")
    if path == "notes.log.template":
        (repository / "a" / "notes.log").write_text("mine as well\n")
    ACTIONS[action](repository / "a" / path, MARK)
    before = snapshot(repository)
    code, said = run(repository, "update", "--yes")
    after = snapshot(repository)
    assert code == 0, said
    assert {name: after[name] for name in before if MARK in before[name][1]} == {
        name: content for name, content in before.items() if MARK in content[1]
    }
    for name in ("lib/new.txt", "notes.log"):
        places = [place for place in after if place.startswith(f"a/{name.partition('/')[0]}")]
        wanted = {"lib/new.txt": b"new\n", "notes.log": b"the template's\n"}[name]
        assert any(after[place][1] == wanted for place in places), (name, said)
    assert run(repository, "update", "--abort")[0] == 0
    assert snapshot(repository) == before


def old_journal(repository: Path, state: str) -> None:
    head = git(repository, "rev-parse", "HEAD").decode().strip()
    content = {"state": state, "head": head, "paths": ["app.py", "old.txt", "lib/new.txt"]}
    (repository / ".git" / "fwnew-update.json").write_text(json.dumps(content))


@pytest.mark.parametrize("state", ["writing", "done"])
def test_a_journal_of_an_older_fwnew_is_rolled_back_into_a_rescue_commit(repository: Path, state: str) -> None:
    git(repository, "rm", "-rq", "b")
    git(repository, "commit", "-qm", "one project")
    before = snapshot(repository)
    old_journal(repository, state)
    save(repository)
    (repository / "a" / "old.txt").unlink()
    add_in_the_way(repository)
    if state == "writing":
        code, said = run(repository, "check")
        assert (code, "interrupted" in said) == (1, True), said
        assert run(repository, "update", "--yes")[0] == 2
        assert run(repository, "update", "--continue")[0] == 2
    code, said = run(repository, "update", "--abort")
    assert code == 0, said
    ref = said.split("git show ")[1].split()[0]
    assert git(repository, "show", f"{ref}:a/app.py") == git(repository, "show", f"{ref}:a/lib/new.txt") == MARK
    after = snapshot(repository)
    assert {**after, "(refs)": before["(refs)"]} == before
    assert not (repository / ".git" / "fwnew-update.json").exists()


def test_a_journal_of_an_older_fwnew_that_may_be_of_another_project_touches_nothing(repository: Path) -> None:
    old_journal(repository, "writing")
    save(repository)
    before = snapshot(repository)
    for command in (["check"], ["update", "--yes"], ["update", "--abort"], ["update", "--continue"]):
        code, said = run(repository, *command)
        assert (code, "did not record which" in said, "a/.copier-answers.yml" in said) == (2, True, True), said
    assert snapshot(repository) == before


def test_what_a_hook_makes_of_an_update_is_not_taken_back_by_the_next_commit(repository: Path) -> None:
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho formatted >> a/app.py\ngit add a/app.py\n")
    hook.chmod(0o755)
    code, said = run(repository, "update", "--yes", "--commit")
    assert code == 0, said
    assert git(repository, "show", "HEAD:a/app.py").endswith(b"formatted\n")
    assert git(repository, "status", "--porcelain") == b""


@pytest.mark.parametrize("number", [0, 1])  # before the old file is taken aside, and before the new one gets its name
def test_what_is_saved_right_before_a_file_would_be_exchanged_stays(repository: Path, number: int) -> None:
    before = snapshot(repository)
    code, said = run(repository, "update", "--yes", number=number, then=lambda: save(repository), at="a/app.py")
    assert (code, "app.py changed during the update" in said) == (1, True), said
    assert (repository / "a" / "app.py").read_bytes() == MARK
    assert {**snapshot(repository), "a/app.py": before["a/app.py"]} == before


def test_a_rescue_commit_is_named_before_anything_moves(repository: Path) -> None:
    assert run(repository, "update", "--yes")[0] == 0
    save(repository)
    before = snapshot(repository)
    code, said = run(repository, "update", "--abort", number=0, then=lambda: os._exit(machine.KILLED), at="a/")
    assert (code, {**snapshot(repository), "(refs)": b""}) == (machine.KILLED, {**before, "(refs)": b""})
    ref = said.split("git show ")[1].split()[0]
    assert git(repository, "show", f"{ref}:a/app.py") == MARK


def test_an_update_whose_continuing_was_killed_is_continued_without_a_second_file_beside(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(repository)
    save(repository)
    with monkeypatch.context() as patch:
        patch.setattr(recover, "write_index", lambda *_: os._exit(machine.KILLED))
        assert run(repository, "update", "--continue")[0] == machine.KILLED
    beside = "a/app.py.template"
    assert (repository / beside).exists()
    assert run(repository, "update", "--continue")[0] == 0
    assert sorted(path.name for path in (repository / "a").glob("app.py*")) == ["app.py", "app.py.template"]
    assert (repository / "a" / "app.py").read_bytes() == MARK
    code, said = run(repository, "update", "--abort")
    assert (code, (repository / beside).exists()) == (0, False), said
    assert (repository / "a" / "app.py").read_bytes() == MARK
