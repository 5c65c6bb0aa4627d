"""Writes to the working tree that lose no edit: a path changes only while it holds what fwnew last read or wrote.

A person may save a file between a comparison and a write. So the file is first moved aside, compared there, and put
back unless it is the expected one. A new file never replaces another.
"""

import itertools
import os
import shutil
import signal
import stat
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

EXECUTABLE = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH
READABLE = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH
BLOCK = 2**20


def same(one: Path, other: Path | None) -> bool:
    """Return whether two paths hold the same kind, bytes and executable bit. None means that there is no file."""
    try:
        found = one.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return other is None
    if other is None:
        return stat.S_ISDIR(found.st_mode)
    wanted = other.lstat()
    if stat.S_ISLNK(wanted.st_mode):
        return stat.S_ISLNK(found.st_mode) and one.readlink() == other.readlink()
    if not stat.S_ISREG(found.st_mode) or (found.st_mode ^ wanted.st_mode) & stat.S_IXUSR:
        return False
    return found.st_size == wanted.st_size and _same_bytes(one, other)


def blocker(root: Path, path: str) -> Path | None:
    """Return what is above a path and not a folder, so that no file can be at the path."""
    for part in ancestors(path):
        above = root / part
        if os.path.lexists(above) and not _is_folder(above):
            return above
    return None


def ancestors(path: str) -> Iterator[str]:
    """Yield the folders above a path with slashes, the outermost first."""
    at = path.find("/")
    while at >= 0:
        yield path[:at]
        at = path.find("/", at + 1)


def obstacle(root: Path, path: str, leaving: Collection[str], *, new: bool) -> Path | None:
    """Return what prevents a file at a path, once the `leaving` paths are gone."""
    way = blocker(root, path) or (root / path if new and os.path.lexists(root / path) else None)
    if way is None:
        return None
    for found in [way, *(way.rglob("*") if _is_folder(way) else [])]:
        goes = any(found.iterdir()) if _is_folder(found) else found.relative_to(root).as_posix() in leaving
        if not goes:
            return way
    return None


def name_beside(root: Path, path: str, ending: str, taken: Collection[str] = ()) -> str:
    """Return another path for a file whose path is taken: with an ending, and a number if needed.

    The part of the path that is in the way gets the ending, such as a file where a folder is needed.
    """
    way = blocker(root, path)
    name = way.relative_to(root).as_posix() if way else path
    for number in itertools.count(1):
        free = f"{name}.{ending}" + (f".{number}" if number > 1 else "")
        found = free + path.removeprefix(name)
        if found not in taken and free not in taken and not os.path.lexists(root / free):
            return found
    raise AssertionError


def exchange(root: Path, path: str, before: Path | None, after: Path | None, aside: str) -> list[str]:
    """Replace the file at a path: `before` is a copy of the old file, `after` of the new one; None means no file.

    Returns nothing when done, or the paths that hold something else, which stays. `aside` must be a unique name: a
    killed process leaves the old file under it, see `put_back`. Raises OSError when the disk refuses; the old file is
    then put back.
    """
    target = root / path
    taken, new = target.with_name(aside), target.with_name(f"{aside}.new")
    if blocker(root, path) or (os.path.lexists(target) if before is None else not same(target, before)):
        return [path]
    try:
        if after is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(after, new, like=target if before else None)
        if before is not None:
            target.rename(taken)
        if before is None or same(taken, before):
            if after is not None:
                _create(new, target)
            taken.unlink(missing_ok=True)
            return []
    except (FileExistsError, FileNotFoundError, NotADirectoryError):
        pass  # a person was faster: their file stays
    finally:
        beside = put_back(root, path, [before] if before else [], aside)
        _remove_empty(root, path)
    return [path, *beside]


def put_back(root: Path, path: str, known: Collection[Path], aside: str) -> list[str]:
    """Put back the file that was moved aside.

    If its path is taken, the file gets another, which is returned; a copy of a `known` file is deleted instead.
    """
    target = root / path
    taken, new = target.with_name(aside), target.with_name(f"{aside}.new")
    with suppress(FileNotFoundError, NotADirectoryError):
        new.unlink()
    if not os.path.lexists(taken):
        return []
    if os.path.lexists(target) and any(same(taken, each) for each in known):
        taken.unlink()
        return []
    for ending in itertools.chain(["", ".yours"], (f".yours{number}" for number in itertools.count(2))):
        place = target.with_name(target.name + ending)
        if _is_folder(taken):
            if os.path.lexists(place):
                continue
            taken.rename(place)
        else:
            try:
                _create(taken, place)
            except FileExistsError:
                continue
            taken.unlink()
        return [path + ending] if ending else []
    raise AssertionError


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _same_bytes(one: Path, other: Path) -> bool:
    with one.open("rb") as first, other.open("rb") as second:
        while block := first.read(BLOCK):
            if block != second.read(BLOCK):
                return False
        return not second.read(1)


def _create(new: Path, target: Path) -> None:
    """Give a complete file its name. Raises FileExistsError when the name is taken."""
    if new.is_symlink():
        target.symlink_to(new.readlink())
        return
    try:
        os.link(new, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        with target.open("xb") as file:
            try:
                file.write(new.read_bytes())
                file.flush()
            except OSError:
                target.unlink()  # half a file would pass for a person's
                raise
        shutil.copymode(new, target)


def _copy(source: Path, new: Path, like: Path | None) -> None:
    """Copy a file with its executable bit, and with the other permissions of the file that it replaces."""
    if source.is_symlink():
        new.symlink_to(source.readlink())
        return
    shutil.copyfile(source, new)
    mode = source.stat().st_mode
    if like and not like.is_symlink():
        rights = stat.S_IMODE(like.stat().st_mode) & ~EXECUTABLE
        mode = rights | ((rights & READABLE) >> 2 if mode & stat.S_IXUSR else 0)
    new.chmod(stat.S_IMODE(mode))


def _remove_empty(root: Path, path: str) -> None:
    """Remove the empty folders above a path, as git does."""
    if os.path.lexists(root / path):
        return
    for part in reversed(list(ancestors(path))):
        with suppress(OSError):
            (root / part).rmdir()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ignore Ctrl-C, SIGTERM and a closed terminal for a moment."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}
    old = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, old, strict=True):
            signal.signal(number, handler)
