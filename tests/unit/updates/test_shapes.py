"""Whatever shape a person's repository has, an update is the same, and so is its end."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.harness.updates.cycle import Person, different, observe, seen
from tests.kit.commands import refused
from tests.kit.git import commit, git, start_repository
from tests.kit.snapshots import FILE, lay

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="links and modes as POSIX has them"),
    pytest.mark.usefixtures("rendered_once"),
]


def linked(project: Path, folder: Path) -> None:
    git(project, "worktree", "add", "-q", str(folder))


def submodule(project: Path, folder: Path) -> None:
    outer = folder.parent
    start_repository(outer)
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(project), folder.name)


def shallow(project: Path, folder: Path) -> None:
    git(folder.parent, "clone", "-q", "--depth=1", project.as_uri(), str(folder))
    away(project)


def partial(project: Path, folder: Path) -> None:
    git(project, "config", "uploadpack.allowFilter", "true")
    git(folder.parent, "clone", "-q", "--filter=blob:none", project.as_uri(), str(folder))
    away(project)


def away(project: Path) -> None:
    """What was cloned cannot be reached any more."""
    project.rename(project.with_name("away"))


def sub_folder(project: Path, folder: Path) -> None:
    """In a repository that lies above, where there is work in progress."""
    outer = folder.parent
    shutil.move(project, folder)
    shutil.rmtree(folder / ".git")
    lay(outer, {"other/one.txt": (FILE, b"one\n"), "other/two.txt": (FILE, b"two\n")})
    start_repository(outer)
    git(outer, "add", "--force", ".")
    commit(outer)
    lay(outer, {"other/one.txt": (FILE, b"staged\n"), "other/two.txt": (FILE, b"changed\n")})
    git(outer, "add", "other/one.txt")


def sparse_beside(project: Path, folder: Path) -> None:
    """Other folders of the repository are not checked out."""
    sub_folder(project, folder)
    git(folder.parent, "reset", "-q", "--hard")
    git(folder.parent, "sparse-checkout", "set", "--cone", folder.name)
    assert not (folder.parent / "other").exists()


def sparse_index(project: Path, folder: Path) -> None:
    sparse_beside(project, folder)
    git(folder.parent, "sparse-checkout", "init", "--cone", "--sparse-index")


def partial_and_sparse(project: Path, folder: Path) -> None:
    """The objects of other folders were never fetched, and cannot be."""
    origin = folder.parent / "origin"
    origin.mkdir()
    sub_folder(project, origin / folder.name)
    git(origin, "config", "uploadpack.allowFilter", "true")
    top = folder.parent / "top"
    git(folder.parent, "clone", "-q", "--filter=blob:none", "--no-checkout", origin.as_uri(), str(top))
    git(top, "sparse-checkout", "set", "--cone", folder.name)
    git(top, "checkout", "-q")
    away(origin)
    folder.symlink_to(top / folder.name)


def git_file(project: Path, folder: Path) -> None:
    git(project, "init", "-q", f"--separate-git-dir={folder.parent / 'elsewhere'}")
    shutil.move(project, folder)
    assert (folder / ".git").is_file()


def with_worktree(project: Path, folder: Path) -> None:
    """Git's folder names the work tree."""
    git_file(project, folder)
    git(folder, "config", "core.worktree", str(folder))


def sha256(project: Path, folder: Path) -> None:
    shutil.move(project, folder)
    shutil.rmtree(folder / ".git")
    git(folder, "init", "-q", "--object-format=sha256")
    git(folder, "add", "--force", ".")
    commit(folder)


def borrowing(project: Path, folder: Path) -> None:
    """Its objects lie in another repository, and more in packs."""
    git(project, "gc", "-q")
    git(folder.parent, "clone", "-q", "--shared", str(project), str(folder))


def bare_beside(project: Path, folder: Path) -> None:
    """Linked to a bare repository."""
    bare = folder.parent / "bare.git"
    git(folder.parent, "clone", "-q", "--bare", str(project), str(bare))
    git(bare, "worktree", "add", "-q", str(folder), "-b", "work")


def own_config(project: Path, folder: Path) -> None:
    """A linked work tree with settings of its own, and commits that another replaces."""
    linked(project, folder)
    git(folder, "config", "extensions.worktreeConfig", "true")
    git(folder, "config", "--worktree", "core.autocrlf", "true")


def through_a_link(project: Path, folder: Path) -> None:
    folder.symlink_to(project)


def replaced(project: Path, folder: Path) -> None:
    shutil.move(project, folder)
    git(folder, "replace", "--graft", "HEAD")


SHAPES = (
    linked, submodule, shallow, partial, sub_folder, sparse_beside, sparse_index, partial_and_sparse, git_file,
    with_worktree, sha256, borrowing, bare_beside, own_config, through_a_link, replaced,
)  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__.replace("_", " "))
def test_no_shape_of_a_repository_changes_an_update(
    person: Person, plain: Any, tmp_path: Path, shape: Callable[[Path, Path], None]
) -> None:
    wanted = {name: value for name, value in plain().items() if name != "new"}
    project = person.new()
    person.edits(project)
    (tmp_path / "shaped").mkdir()
    shape(project, tmp_path / "shaped" / "demo")
    assert different(person.goes_on(tmp_path / "shaped" / "demo"), wanted) == []


def test_what_is_staged_elsewhere_in_the_repository_stays_so(person: Person, tmp_path: Path) -> None:
    project = person.new()
    (tmp_path / "outer").mkdir()
    sub_folder(project, tmp_path / "outer" / "demo")
    before = observe(tmp_path / "outer", "diff", "--cached")
    assert person.fwnew("update", "--yes", "--commit", str(tmp_path / "outer" / "demo")).code == 0
    assert observe(tmp_path / "outer", "diff", "--cached") == before != b""
    assert observe(tmp_path / "outer", "diff", "--name-only") == b"other/two.txt\n"


SPARSE = {
    "a file that changes": ("/data.bin", "the update changes data.bin, which is not checked out"),
    "a file that goes": ("/gone.txt", "the update changes gone.txt, which is not checked out"),
    "the answers": ("/.copier-answers.yml", ".copier-answers.yml is not checked out"),
}


@pytest.mark.parametrize("name", SPARSE)
def test_a_file_that_is_not_checked_out_is_one_sentence_and_no_update(person: Person, name: str) -> None:
    pattern, message = SPARSE[name]
    project = person.new()
    person.edits(project)
    git(project, "sparse-checkout", "set", "--no-cone", "/*", f"!{pattern}")
    before = seen(project)
    result = person.fwnew("update", "--yes", "demo")
    refused(result, message, "git sparse-checkout disable")
    assert len(result.err.splitlines()) == 2
    assert different(seen(project), before) == []


def test_a_file_that_is_not_checked_out_is_not_missing(person: Person) -> None:
    project = person.new()
    whole = person.fwnew("check", "demo")
    git(project, "sparse-checkout", "set", "--no-cone", "/*", "!/data.bin")
    assert person.fwnew("check", "demo") == whole
    assert "deleted 0" in whole.out
