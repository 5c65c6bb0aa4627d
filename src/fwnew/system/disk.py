"""Atomic writes, full disks, and what killed runs leave behind."""

import errno
import glob
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fwnew.errors import FwnewError, UnwritableError

LEFTOVER_AGE = 3600  # seconds; something younger may belong to a process that still runs
ROOM = 2**16  # bytes: a disk with less is full


@contextmanager
def explain_full_disk(*folders: Path) -> Iterator[None]:
    """Replace an error by "the disk is full" where that is the cause: git has a dozen messages for it.

    Raises FwnewError then, else the original error.
    """
    try:
        yield
    except (FwnewError, OSError) as error:
        places = [*folders, Path(tempfile.gettempdir())]
        full = [place for place in places if shutil.disk_usage(place).free < ROOM]
        if full or says_full(error):
            raise disk_full((full or places)[0]) from error
        raise


def require_room(place: Path, like: Path) -> None:
    """Raise FwnewError unless the disk has room for two copies of the files in the folder `like`."""
    needed = 2 * sum(file.lstat().st_size for file in like.rglob("*") if file.is_file())
    if shutil.disk_usage(place).free < needed + ROOM:
        raise disk_full(place)


def disk_full(place: Path) -> FwnewError:
    """Return the error for a full disk."""
    return FwnewError("the disk is full", f"make room in {place}")


def says_full(error: BaseException | None) -> bool:
    """Return whether an error, or one of its causes, names a full disk."""
    while error:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or os.strerror(errno.ENOSPC) in str(error):
            return True
        error = error.__cause__
    return False


def write_atomically(target: Path, content: bytes) -> None:
    """Write a temporary file, then rename it to the target: a reader sees the old content or the new, never a part.

    Raises FwnewError when the disk is full, UnwritableError when the write fails for another reason.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(prefix=f".{target.stem}-", dir=target.parent)
        try:
            os.close(handle)
            Path(beside).write_bytes(content)
            Path(beside).chmod(stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o644)
            Path(beside).replace(target)
        finally:
            Path(beside).unlink(missing_ok=True)
    except OSError as error:
        if says_full(error):
            raise disk_full(target.parent) from error
        hint = "check the permissions of that folder"
        raise UnwritableError(f"{target} cannot be written: {error.strerror}", hint) from error


def is_file(path: Path) -> bool:
    """Return whether a path is a file that this person can see; one in a folder that is closed to them is not."""
    try:
        return path.is_file()
    except OSError:
        return False


def remove_leftovers(folder: Path, prefix: str) -> None:
    """Remove what killed runs left in a folder, under names with that prefix."""
    for name in glob.glob(glob.escape(prefix) + "*", root_dir=folder):  # noqa: PTH207 - pathlib cannot escape a prefix
        leftover = folder / name
        try:
            if time.time() - leftover.lstat().st_mtime < LEFTOVER_AGE:
                continue
            if leftover.is_dir() and not leftover.is_symlink():
                shutil.rmtree(leftover)
            else:
                leftover.unlink()
        except OSError:
            continue  # not ours to remove, or gone already
