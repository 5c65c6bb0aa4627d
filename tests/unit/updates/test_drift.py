"""`fwnew check`: how a project stands to its template."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fwnew.sources.address import INSTALLED
from tests.kit.commands import Fwnew
from tests.kit.git import commit, git, git_bytes, start_repository
from tests.kit.snapshots import everything


@pytest.fixture
def project(fwnew: Fwnew, packaged: Path, work: Path) -> Path:
    """A project of the newest version."""
    assert fwnew("new", "demo", "--defaults").code == 0
    return work / "demo"


def test_a_fresh_project_is_fine(fwnew: Fwnew, project: Path) -> None:
    result = fwnew("check", "demo")
    assert (result.code, result.err) == (0, "")
    assert "version  0.2.0, the newest" in result.out


def test_without_a_name_it_is_the_current_folder(fwnew: Fwnew, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    assert fwnew("check").code == 0


def test_a_project_behind_its_template_is_exit_code_1(fwnew: Fwnew, project: Path, work: Path) -> None:
    copy = [sys.executable, "-m", "copier", "copy", "--defaults", "--quiet", "--vcs-ref", "0.1.0"]
    subprocess.run([*copy, "--data", "project_name=old", INSTALLED, "old"], cwd=work, check=True)
    start_repository(work / "old")
    commit(work / "old")
    result = fwnew("check", "old")
    assert result.code == 1
    assert "0.1.0; 0.2.0 is newer: fwnew update" in result.out


def test_what_is_yours_may_change_and_what_is_the_templates_may_not(
    fwnew: Fwnew, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fwnew.updates.drift.OWNED", ("VERSION",))
    (project / "README.md").write_text("mine\n")
    (project / "src" / "demo" / "__init__.py").unlink()
    assert fwnew("check", "demo").code == 0
    found = fwnew("check", "demo", "--json").json
    assert (found["changed"], found["deleted"], found["owned"]) == (["README.md"], ["src/demo/__init__.py"], {})
    (project / "VERSION").write_text("mine\n")
    result = fwnew("check", "demo", "--json")
    assert (result.code, result.json["owned"]) == (1, {"VERSION": "drifted"})


def test_fix_heals_what_holds_no_line_of_yours(fwnew: Fwnew, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fwnew.updates.drift.OWNED", ("VERSION", "README.md"))
    (project / "VERSION").unlink()
    (project / "README.md").write_text("mine\n")
    result = fwnew("check", "demo", "--fix", "--json")
    assert result.code == 1
    assert (result.json["healed"], result.json["owned"]) == (["VERSION"], {"README.md": "drifted"})
    assert (project / "VERSION").read_text() == "0.2.0\n"
    assert (project / "README.md").read_text().endswith("mine\n")


def test_a_part_that_is_deprecated_is_named_with_what_to_take_instead(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    fwnew("new", "demo", "--data", "exports=torchscript")
    result = fwnew("check", "demo")
    assert result.code == 0
    assert "TorchScript  deprecated; instead: torch.export" in result.out


def test_every_owned_file_is_one_that_a_template_gives() -> None:
    from fwnew.updates.drift import OWNED, is_owned
    from tests.kit.templates import Templates

    variants = Templates()
    given = set(variants.render(variants.every()[0]))
    assert {pattern for pattern in OWNED if pattern not in given} == set()
    assert is_owned("constraints.txt")
    assert not is_owned("src/demo/train.py")


def test_two_tags_of_one_commit_are_one_version(fwnew: Fwnew, template: Callable[..., Path], work: Path) -> None:
    team = template("team")
    start_repository(team)
    commit(team, "x")
    for tag in ("1.0", "1.0.1"):
        git(team, "tag", tag)
    assert fwnew("new", "demo", "--defaults", "--template", str(team)).code == 0
    recorded = f"_commit: '{(version := git(team, 'describe', '--tags'))}'"
    assert recorded in (work / "demo" / ".copier-answers.yml").read_text()
    assert git(work / "demo", "log", "-1", "--format=%s").endswith(version)
    checked = fwnew("check", "demo")
    assert (checked.code, f"{version}, the newest" in checked.out) == (0, True)
    assert f"up to date: {version}" in fwnew("update", "demo", "--yes").out


def test_open_conflicts_and_their_markers_are_named_and_are_exit_code_1(fwnew: Fwnew, project: Path) -> None:
    readme = project / "README.md"
    fine = readme.read_text()
    readme.write_text("<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> template\n")
    assert fwnew("check", "demo").code == 1
    git(project, "add", "README.md")
    result = fwnew("check", "demo", "--json")
    assert (result.code, result.json["conflicts"], result.json["fine"]) == (1, ["README.md"], False)
    readme.write_text(fine)
    git(project, "add", "README.md")
    assert fwnew("check", "demo").code == 0
    blob = git(project, "rev-parse", "HEAD:README.md")
    entries = "".join(f"100644 {blob} {stage}\tREADME.md\n" for stage in (2, 3))
    git(project, "rm", "-q", "--cached", "README.md")
    git_bytes(project, "update-index", "--index-info", stdin=entries.encode())
    open_ = fwnew("check", "demo")
    assert (open_.code, "README.md  in conflict" in open_.out) == (1, True)


def test_a_project_in_a_sub_folder_is_checked(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    git(work, "init", "-q")
    assert fwnew("new", "demo", "--defaults").code == 0
    commit(work, "x")
    (work / "demo" / "README.md").write_text("mine\n")
    result = fwnew("check", "demo", "--json")
    assert (result.code, result.json["changed"], result.json["deleted"]) == (0, ["README.md"], [])


def test_a_check_writes_nothing_anywhere(fwnew: Fwnew, project: Path, home: Path) -> None:
    shutil.rmtree(home / ".local")

    before = everything(project), everything(home)
    assert fwnew("check", "demo").code == 0
    assert (everything(project), everything(home)) == before


@pytest.mark.parametrize("first", [True, False])
def test_a_line_that_is_saved_while_a_file_is_healed_stays(
    fwnew: Fwnew, project: Path, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    monkeypatch.setattr("fwnew.updates.drift.OWNED", ("README.md",))
    readme = project / "README.md"
    readme.write_text("")
    copy = shutil.copy2

    def copy_while_a_person_saves(source: Path, target: Path) -> None:
        if not first:
            copy(source, target)
        with readme.open("a") as file:
            file.write("mine\n")
        if first:
            copy(source, target)

    monkeypatch.setattr("fwnew.updates.drift.shutil.copy2", copy_while_a_person_saves)
    assert fwnew("check", "demo", "--fix").code == 1
    assert readme.read_text().endswith("mine\n")
    assert not list(project.glob(".fwnew-*"))


def test_what_a_killed_fix_moved_aside_is_found_by_the_next_one(
    fwnew: Fwnew, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = project / "README.md"
    monkeypatch.setattr("fwnew.updates.drift.OWNED", ("README.md",))
    text = readme.read_text()
    readme.write_text("")

    def kill(*_: object) -> None:
        raise SystemExit(137)

    with monkeypatch.context() as patch:
        patch.setattr("fwnew.updates.work_tree._create", kill)
        patch.setattr("fwnew.updates.work_tree.put_back", lambda *_: [])
        patch.setattr("fwnew.updates.drift.put_back", lambda *_: [])
        fwnew("check", "demo", "--fix")
    assert (readme.exists(), len(list(project.glob(".fwnew-*")))) == (False, 2)
    fwnew("check", "demo", "--fix")
    assert (readme.read_text(), list(project.glob(".fwnew-*"))) == (text, [])


def test_an_added_line_is_no_drift_and_a_lost_one_is(
    fwnew: Fwnew, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fwnew.updates.drift.OWNED", ("README.md",))
    readme = project / "README.md"
    with readme.open("a") as file:
        file.write("mine\n")
    found = fwnew("check", "demo", "--json")
    assert (found.code, found.json["owned"], found.json["changed"]) == (0, {}, ["README.md"])
    readme.write_text("mine\n")
    failed = fwnew("check", "demo", "--fix")
    assert (failed.code, readme.read_text()) == (1, "mine\n")
    assert "it has lines of yours, so --fix leaves it" in " ".join(failed.out.split())
