"""Wherever git has a project and however git speaks, `fwnew update` works."""

import shutil
from pathlib import Path

import pytest

from fwnew.sources.address import INSTALLED
from tests.kit.commands import Fwnew
from tests.kit.git import commit, git, start_repository


@pytest.mark.parametrize("place", ["a sub-folder", "a worktree", "a submodule", "a detached head"])
def test_it_works_wherever_git_does(fwnew: Fwnew, project: Path, work: Path, place: str) -> None:
    where = project
    if place == "a sub-folder":
        shutil.rmtree(project / ".git")
        (work / "other").mkdir()
        (work / "other" / "file").write_text("one\n")
        start_repository(work)
        commit(work)
        (work / "other" / "file").write_text("two\n")
        (work / "other" / "staged").write_text("new\n")
        git(work, "add", "other/staged")
    elif place == "a worktree":
        where = work / "tree"
        git(project, "worktree", "add", "-q", str(where))
    elif place == "a submodule":
        outer = start_repository(work / "outer")
        git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(project), "inner")
        where = outer / "inner"
    else:
        git(project, "checkout", "-q", "--detach")
    assert fwnew("update", str(where), "--yes").code == 0
    assert (where / "src" / "util.py").is_file()
    if place == "a sub-folder":
        assert git(work, "diff", "--name-only") == "other/file"
        assert "A  other/staged" in git(work, "status", "--porcelain").splitlines()
    assert fwnew("update", str(where), "--abort").code == 0
    assert (where / "src" / "helper.py").is_file()
    assert git(where, "status", "--porcelain", "--", ".") == ""
    if place == "a sub-folder":
        assert (work / "other" / "file").read_text() == "two\n"
        assert git(work, "diff", "--cached", "--name-only") == "other/staged"


@pytest.mark.parametrize("language", ["C", "de_DE.UTF-8"])
def test_nothing_depends_on_gits_language_or_settings(
    fwnew: Fwnew, project: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("LANG", language)
    for setting in ("core.quotePath=true", "merge.conflictStyle=diff3", "core.autocrlf=input", "diff.renames=false"):
        git(project, "config", *setting.split("="))
    git(project, "config", "status.showUntrackedFiles", "no")
    result = fwnew("update", "demo", "--yes")
    assert (result.code, "R  src/helper.py -> src/util.py" in result.out) == (0, True)


def test_a_missing_bundle_is_installed_by_an_update_that_writes(
    fwnew: Fwnew, packaged: Path, work: Path, home: Path
) -> None:
    fwnew("new", "demo", "--defaults")
    shutil.rmtree(home / ".local")
    assert "up to date: 0.2.0" in fwnew("update", "demo", "--yes").out
    assert fwnew("update", "demo", "--dry-run", "--data", "author=Grace").code == 0
    assert not Path(INSTALLED).expanduser().exists()
    assert fwnew("update", "demo", "--yes", "--data", "author=Grace").code == 0
    assert Path(INSTALLED).expanduser().is_file()
