"""What a person does to a path at any moment, with a mark in all that they write, so that it is found again."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

MARK = re.compile(rb"<mark-\d+>")


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


def git(folder: Path, *arguments: str, check: bool = True) -> bytes:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=check).stdout


def marks_kept(repository: Path, refs: list[str]) -> set[bytes]:
    """The marks in the work tree, in the index, and in all that these refs and the current branch reach."""
    found = marks_in(repository)
    staged = {line.split()[1] for line in git(repository, "ls-files", "--stage", "-z").split(b"\0")[:-1]}
    reached = {line.split()[0] for line in git(repository, "rev-list", "--objects", "HEAD", *refs).splitlines()}
    asked = b"\n".join(sorted(staged | reached))
    batch = ["git", "cat-file", "--batch"]
    done = subprocess.run(batch, cwd=repository, input=asked, capture_output=True, check=True)
    return found | set(MARK.findall(done.stdout))


def snapshot(repository: Path) -> dict[str, tuple[str, bytes]]:
    """Everything in the work tree, the index and the refs, to compare."""
    found = dict(walk(repository))
    found["(index)"] = ("", git(repository, "ls-files", "--stage", "-z"))
    found["(refs)"] = ("", git(repository, "for-each-ref", "refs/heads", "refs/fwnew"))
    return found


def walk(repository: Path) -> Iterator[tuple[str, tuple[str, bytes]]]:
    for path in sorted(repository.rglob("*")):
        name = path.relative_to(repository).as_posix()
        if name.split("/")[0] == ".git":
            continue
        if path.is_symlink():
            yield name, ("link", os.fsencode(path.readlink()))
        elif path.is_file():
            yield name, ("executable" if path.stat().st_mode & 0o100 else "file", path.read_bytes())
