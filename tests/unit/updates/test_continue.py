"""An update that was killed: what is said of it, and how it is finished beside what a person did since."""

import shutil
from pathlib import Path

import pytest

from fwnew.updates import recover, work_tree
from fwnew.updates.work_tree import name_beside
from tests.harness.updates.forked import KILLED, die, killed, run, run_in
from tests.harness.updates.people import snapshot
from tests.harness.updates.world import MINE, save
from tests.kit.commands import refused
from tests.kit.git import commit


def killed_at_the_creation(monkeypatch: pytest.MonkeyPatch, repository: Path, name: str) -> None:
    """An update that was killed when it would have written the file of that name, and had moved the old one aside."""
    create = work_tree._create

    def die_before(new: Path, target: Path) -> None:
        if target.name == name:
            die()
        create(new, target)

    with monkeypatch.context() as patch:
        patch.setattr(work_tree, "_create", die_before)
        assert run_in(repository, "update", "--yes").code == KILLED


@pytest.mark.parametrize("before", ["old.txt", "lib/new.txt"])
@pytest.mark.parametrize("committed", [False, True])
def test_after_a_kill_a_persons_work_stays_whatever_command_comes(
    repository: Path, before: str, committed: bool
) -> None:
    killed(repository, before=before)
    save(repository)
    (repository / "a" / "own.txt").write_text("mine\n")
    if committed:
        commit(repository)
    found = snapshot(repository)
    checked = run_in(repository, "check")
    assert (checked.code, "interrupted" in checked.said) == (1, True), checked
    for command in (["update", "--yes"], ["update", "--dry-run"]):
        refused(run_in(repository, *command), "was interrupted", "--continue")
    assert run(repository, ["add", "level", "2", str(repository / "a"), "--yes"]).code == 2
    assert snapshot(repository) == found
    done = run_in(repository, "update", "--abort")
    assert (done.code, "app.py" in done.said) == (0, True), done
    assert (repository / "a" / "app.py").read_bytes() == MINE
    assert (repository / "a" / "own.txt").read_text() == "mine\n"
    assert "interrupted" not in run_in(repository, "check").said


@pytest.mark.parametrize("arguments", [("check",), ("update", "--yes"), ("update", "--dry-run")])
def test_an_update_killed_with_the_answers_aside_is_interrupted(
    repository: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    killed_at_the_creation(monkeypatch, repository, ".copier-answers.yml")
    done = run_in(repository, *arguments)
    assert done.code in (1, 2)
    assert "interrupted" in done.said, done


def test_an_interrupted_update_is_finished_beside_what_a_person_changed(repository: Path) -> None:
    killed(repository, before="lib/new.txt")
    save(repository)
    done = run_in(repository, "update", "--continue")
    assert (done.code, "app.py.template" in done.said) == (0, True), done
    assert (repository / "a" / "app.py").read_bytes() == MINE
    assert "line three" in (repository / "a" / "app.py.template").read_text()
    assert not (repository / "a" / "old.txt").exists()
    assert (repository / "a" / "lib" / "new.txt").is_file()


def test_continuing_twice_puts_no_second_file_beside(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed(repository, before="lib/new.txt")
    save(repository)
    with monkeypatch.context() as patch:
        patch.setattr(recover, "write_index", lambda *_: die())
        assert run_in(repository, "update", "--continue").code == KILLED
    beside = repository / "a" / "app.py.template"
    assert beside.exists()
    assert run_in(repository, "update", "--continue").code == 0
    assert sorted(path.name for path in (repository / "a").glob("app.py*")) == ["app.py", "app.py.template"]
    assert (repository / "a" / "app.py").read_bytes() == MINE
    done = run_in(repository, "update", "--abort")
    assert (done.code, beside.exists()) == (0, False), done
    assert (repository / "a" / "app.py").read_bytes() == MINE


def test_an_update_is_finished_where_a_person_made_a_file_of_its_folder(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_at_the_creation(monkeypatch, repository, "new.txt")
    shutil.rmtree(repository / "a" / "lib")
    (repository / "a" / "lib").write_bytes(MINE)
    done = run_in(repository, "update", "--continue")
    assert (done.code, (repository / "a" / "lib.template" / "new.txt").read_text()) == (0, "new\n"), done


def test_a_name_beside_is_found_where_a_file_lies_in_place_of_its_folder(tmp_path: Path) -> None:
    for name in ("lib", "lib.template"):
        (tmp_path / name).touch()
    assert name_beside(tmp_path, "lib/new.txt", "template") == "lib.template.2/new.txt"
