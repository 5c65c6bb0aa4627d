"""What a person does to a path at any moment, with a mark in all that they write, so that it is found again."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.kit.git import git_bytes
from tests.kit.snapshots import Files, lying

MARK = re.compile(rb"<mark-\d+>")
REFS = re.compile(r"refs/fwnew/rescue/[\w.-]+")
"""What an update calls the commits in which it keeps a person's work."""


def marks_in(path: Path) -> set[bytes]:
    """The marks that lie there, in a file, a link or whatever a folder holds."""
    if path.is_symlink():
        return set(MARK.findall(os.fsencode(path.readlink())))
    if path.is_dir():
        return {mark for child in path.iterdir() if child.name != ".git" for mark in marks_in(child)}
    return set(MARK.findall(path.read_bytes())) if path.exists() else set()


def append(path: Path, mark: bytes) -> None:
    make_room(path)
    with path.open("ab") as file:
        file.write(mark + b"\n")


def overwrite(path: Path, mark: bytes) -> None:
    make_room(path)
    path.write_bytes(b"all mine " + mark + b"\n")


def change_a_line(path: Path, mark: bytes) -> None:
    make_room(path)
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    lines[3:4] = [b"mine " + mark + b"\n"]
    path.write_bytes(b"".join(lines))


def save_by_rename(path: Path, mark: bytes) -> None:
    """As most editors do."""
    make_room(path)
    beside = path.with_name(f"{path.name}~")
    beside.write_bytes((path.read_bytes() if path.exists() else b"") + mark + b"\n")
    beside.rename(path)


def delete(path: Path, mark: bytes) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()


def make_folder(path: Path, mark: bytes) -> None:
    make_room(path)
    delete(path, mark)
    path.mkdir()
    (path / "inside.txt").write_bytes(mark + b"\n")


def make_link(path: Path, mark: bytes) -> None:
    make_room(path)
    delete(path, mark)
    path.symlink_to(os.fsdecode(mark))


def make_executable(path: Path, mark: bytes) -> None:
    if path.is_file() and not path.is_symlink():
        path.chmod(path.stat().st_mode ^ 0o111)


def make_room(path: Path) -> None:
    """A path that can be written as a file."""
    for above in reversed(path.parents):
        if os.path.lexists(above) and not above.is_dir():
            above.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif path.is_symlink():
        path.unlink()


ACTIONS: dict[str, Callable[[Path, bytes], None]] = {
    action.__name__: action
    for action in (append, overwrite, change_a_line, save_by_rename, delete, make_folder, make_link, make_executable)
}


def act(root: Path, action: str, path: str, mark: bytes) -> set[bytes]:
    """Do it, and return the marks that the person removed by it."""
    before = marks_in(root)
    ACTIONS[action](root / path, mark)
    return before - marks_in(root)


def marks_kept(repository: Path, refs: list[str]) -> set[bytes]:
    """The marks in the work tree, in the index, and in all that these refs and the current branch reach."""
    staged = {line.split()[1] for line in git_bytes(repository, "ls-files", "--stage", "-z").split(b"\0")[:-1]}
    reached = {line.split()[0] for line in git_bytes(repository, "rev-list", "--objects", "HEAD", *refs).splitlines()}
    asked = b"\n".join(sorted(staged | reached))
    return marks_in(repository) | set(MARK.findall(git_bytes(repository, "cat-file", "--batch", stdin=asked)))


def snapshot(repository: Path) -> Files:
    """Everything in the work tree, the index and the refs, to compare."""
    index = git_bytes(repository, "ls-files", "--stage", "-z")
    refs = git_bytes(repository, "for-each-ref", "refs/heads", "refs/fwnew")
    return {**lying(repository), "(index)": ("", index), "(refs)": ("", refs)}


def is_kept(mark: bytes, repository: Path, said: str) -> bool:
    """Whether a mark lies in the repository, or where an update said that it had kept something."""
    return mark in marks_kept(repository, REFS.findall(said))
