"""The journal of an update: where it cannot be written, what must not be believed of it, and what older ones said."""

import json
from pathlib import Path
from typing import Any

import pytest

from fwnew.system import disk
from tests.harness.updates.forked import run_in
from tests.harness.updates.people import snapshot
from tests.harness.updates.world import MINE, save
from tests.kit.commands import failed, refused
from tests.kit.git import git, git_bytes
from tests.kit.snapshots import lying


def journal(repository: Path) -> Path:
    return next((repository / ".git" / "fwnew").glob("*/journal.json"))


def write_old_journal(repository: Path, content: Any) -> None:
    """What fwnew wrote before there could be several projects in a repository."""
    (repository / ".git" / "fwnew-update.json").write_text(json.dumps(content))


def remove_other_project(repository: Path) -> None:
    git(repository, "rm", "-rq", "b")
    git(repository, "commit", "-qm", "one project")


def test_an_update_whose_end_cannot_be_recorded_is_rolled_back(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = disk.write_atomically

    def full(target: Path, content: bytes) -> None:
        if b'"state": "done"' in content:
            raise disk.disk_full(target.parent)
        replace(target, content)

    monkeypatch.setattr(disk, "write_atomically", full)
    before = snapshot(repository)
    failed(run_in(repository, "update", "--yes"))
    assert snapshot(repository) == before


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
def test_a_journal_that_this_fwnew_did_not_write_is_refused(repository: Path, change: dict[str, Any]) -> None:
    run_in(repository, "update", "--yes")
    file, before = journal(repository), snapshot(repository)
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    failed(run_in(repository, "update", "--abort"), "is broken")
    assert snapshot(repository) == before


@pytest.mark.parametrize("path", ["/VICTIM", "../own.txt", "../.git/config"])
def test_an_older_journal_touches_nothing_outside_of_the_project(repository: Path, path: str) -> None:
    remove_other_project(repository)
    victim = repository / "own.txt"
    victim.write_bytes(MINE)
    write_old_journal(repository, {"state": "writing", "paths": [path.replace("/VICTIM", str(victim))]})
    before = lying(repository), (repository / ".git" / "config").read_bytes()
    failed(run_in(repository, "update", "--abort"), "is broken")
    assert (lying(repository), (repository / ".git" / "config").read_bytes()) == before


@pytest.mark.parametrize("content", ["[1]", "5", "null", "{}"])
def test_a_broken_journal_of_the_older_fwnew_is_one_sentence(repository: Path, content: str) -> None:
    write_old_journal(repository, json.loads(content))
    failed(run_in(repository, "check"), "is broken")


def old_journal(repository: Path, state: str) -> dict[str, Any]:
    head = git(repository, "rev-parse", "HEAD")
    return {"state": state, "head": head, "paths": ["app.py", "old.txt", "lib/new.txt"]}


@pytest.mark.parametrize("state", ["writing", "done"])
def test_a_journal_of_an_older_fwnew_is_rolled_back_into_a_rescue_commit(repository: Path, state: str) -> None:
    remove_other_project(repository)
    before = snapshot(repository)
    write_old_journal(repository, old_journal(repository, state))
    save(repository)
    (repository / "a" / "old.txt").unlink()
    (repository / "a" / "lib").mkdir()
    (repository / "a" / "lib" / "new.txt").write_bytes(MINE)
    if state == "writing":
        checked = run_in(repository, "check")
        assert (checked.code, "interrupted" in checked.said) == (1, True), checked
        refused(run_in(repository, "update", "--yes"))
        refused(run_in(repository, "update", "--continue"))
    done = run_in(repository, "update", "--abort")
    assert done.code == 0, done
    ref = done.said.split("git show ")[1].split()[0]
    assert [git_bytes(repository, "show", f"{ref}:a/{name}") for name in ("app.py", "lib/new.txt")] == [MINE, MINE]
    after = snapshot(repository)
    assert {**after, "(refs)": before["(refs)"]} == before
    assert not (repository / ".git" / "fwnew-update.json").exists()


def test_an_older_journal_that_may_be_of_another_project_touches_nothing(repository: Path) -> None:
    write_old_journal(repository, old_journal(repository, "writing"))
    save(repository)
    before = snapshot(repository)
    for command in (["check"], ["update", "--yes"], ["update", "--abort"], ["update", "--continue"]):
        refused(run_in(repository, *command), "did not record which", "a/.copier-answers.yml")
    assert snapshot(repository) == before
