"""Every project starts with one commit of its own, however git is configured."""

import os
from pathlib import Path

import pytest

from fwnew.project import first_commit
from fwnew.system.git import enclosing
from fwnew.system.git import git as run_git
from tests.kit.git import git

FILES = ("a.txt", "b.log")


@pytest.fixture
def project(work: Path) -> Path:
    folder = work / "demo"
    folder.mkdir()
    (folder / "a.txt").write_text("a\n")
    (folder / "b.log").write_text("b\n")
    return folder


def test_the_project_has_one_commit_with_every_file(project: Path) -> None:
    assert first_commit.start(project, project, FILES, "Start from fwnew 1.0").state == "committed"
    assert git(project, "log", "--format=%s %an") == "Start from fwnew 1.0 Ada Lovelace"
    assert git(project, "ls-files") == "a.txt\nb.log"
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "branch", "--show-current") == "main"


def test_the_users_default_branch_is_kept(project: Path, home: Path) -> None:
    git(project, "config", "--global", "init.defaultBranch", "trunk")
    first_commit.start(project, project, FILES, "x")
    assert git(project, "branch", "--show-current") == "trunk"


def test_hooks_signatures_and_ignore_files_of_the_user_take_no_part(project: Path, home: Path) -> None:
    hooks = home / "templates" / "hooks"
    hooks.mkdir(parents=True)
    for hook in ("pre-commit", "commit-msg", "post-commit", "prepare-commit-msg"):
        (hooks / hook).write_text(f"#!/bin/sh\ntouch {home}/ran\nexit 1\n")
        (hooks / hook).chmod(0o755)
    (home / "ignore").write_text("*.log\n")
    for key, value in {
        "init.templateDir": hooks.parent,
        "core.hooksPath": hooks,
        "core.excludesFile": home / "ignore",
        "commit.gpgsign": "true",
        "user.signingkey": "nobody",
        "core.autocrlf": "true",
        "core.safecrlf": "true",
    }.items():
        git(project, "config", "--global", key, str(value))
    assert first_commit.start(project, project, FILES, "x").state == "committed"
    assert git(project, "ls-files") == "a.txt\nb.log"
    assert not (home / "ran").exists()


def test_inside_another_work_tree_there_is_no_repository_of_its_own(project: Path) -> None:
    git(project.parent, "init", "-q")
    state = first_commit.start(project, project, FILES, "x")
    assert state.state == "inside another"
    assert state.note == f"{project.parent} is a git repository: commit the project there"
    assert not (project / ".git").exists()


@pytest.mark.parametrize("rule", ["*", "demo/", "/demo", "**/demo/**"])
def test_in_a_work_tree_that_ignores_it_a_project_is_its_own_repository(
    project: Path, tmp_path: Path, rule: str
) -> None:
    git(project.parent, "init", "-q")
    (project.parent / ".gitignore").write_text(f"{rule}\n")
    hidden = project.rename(tmp_path / "rendered")  # it moves to its place when it is complete
    state = first_commit.start(hidden, project, FILES, "x")
    assert state.state == "committed"
    assert state.note.startswith(f"{project.parent} is a git repository, but ignores the project")
    assert git(hidden, "ls-files") == "a.txt\nb.log"


def test_inside_a_work_tree_that_ignores_some_files_the_note_names_them(project: Path, home: Path) -> None:
    git(project.parent, "init", "-q")
    git(home, "config", "--global", "core.excludesFile", str(home / "ignore"))
    (home / "ignore").write_text("*.log\n")
    (project.parent / ".gitignore").write_text("odd*\n")
    names = ["a.txt", "b.log", "odd\nname ", ":(top)x"]
    state = first_commit.start(project, project, names, "x")
    assert state.state == "inside another"
    assert state.note.endswith("it ignores b.log, 'odd\nname ', which need `git add --force`")


def test_a_work_tree_with_an_odd_name_is_found(project: Path) -> None:
    outer = project.parent / "a\n b "
    (outer / "inner").mkdir(parents=True)
    git(outer, "init", "-q")
    assert enclosing(outer / "inner") == outer
    assert first_commit.start(project, outer / "demo", FILES, "x").state == "inside another"


def test_files_with_odd_names_and_ignored_ones_are_committed(project: Path) -> None:
    odd = ["a\nb", " trailing ", "ü", os.fsdecode(b"\xff"), "-x", ":(top)y", "*.tmp", "carriage\r"]
    for name in odd:
        (project / name).write_text("x")
    (project / ".gitignore").write_text("*\n")
    files = [*FILES, *odd, ".gitignore"]
    assert first_commit.start(project, project, files, "x") == first_commit.Repository("committed")
    assert set(run_git("ls-tree", "-r", "-z", "--name-only", "HEAD", cwd=project).split("\0")[:-1]) == set(files)


def test_what_git_leaves_out_is_named_and_no_success_is_reported(project: Path) -> None:
    (project / "vendor").mkdir()
    (project / "vendor" / "x.py").write_text("")
    git(project / "vendor", "init", "-q")
    git(project / "vendor", "commit", "-q", "--allow-empty", "-m", "x")
    state = first_commit.start(project, project, [*FILES, "vendor/x.py"], "x")
    assert (state.state, state.note) == ("incomplete", "git did not add vendor/x.py: find out why before you go on")


def test_an_identity_that_depends_on_the_place_is_used(project: Path, home: Path) -> None:
    (home / "work.inc").write_text("[user]\nemail = ada@work.example.com\n")
    git(home, "config", "--global", f"includeIf.gitdir:{project.parent}/.path", str(home / "work.inc"))
    first_commit.start(project, project, FILES, "x")
    assert git(project, "log", "--format=%ae %ce") == "ada@work.example.com ada@work.example.com"


def test_without_an_identity_the_files_are_staged_and_a_note_says_so(project: Path, home: Path) -> None:
    (home / ".gitconfig").unlink()
    state = first_commit.start(project, project, FILES, "Start")
    assert state.state == "staged"
    assert git(project, "diff", "--cached", "--name-only") == "a.txt\nb.log"
    assert state.note.endswith("git commit -m Start")


def test_an_identity_of_the_environment_is_one(project: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".gitconfig").unlink()
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
    assert first_commit.start(project, project, FILES, "x").state == "committed"


def test_the_repository_that_the_environment_points_to_is_not_touched(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    assert first_commit.start(project, project, FILES, "x").state == "committed"
    assert run_git("ls-files", cwd=project).split() == ["a.txt", "b.log"]
    assert run_git("ls-files", cwd=other) == ""
