"""Files that appear whole or not at all, and what killed runs leave behind."""

import errno
import glob
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fwnew.errors import FwnewError, UnwritableError

LEFTOVER_AGE = 3600  # seconds: a run that was killed, not one that still runs
ROOM = 2**16  # bytes: a disk with less is full


@contextmanager
def explain_full_disk(*folders: Path) -> Iterator[None]:
    """Say that the disk is full where that is why something fails: git has a dozen ways to put it.

    Raises FwnewError then, and what was raised otherwise.
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
    """Raise FwnewError unless what lies in another folder would fit twice, and the way back after it."""
    needed = 2 * sum(file.lstat().st_size for file in like.rglob("*") if file.is_file())
    if shutil.disk_usage(place).free < needed + ROOM:
        raise disk_full(place)


def disk_full(place: Path) -> FwnewError:
    """What to say of a disk without room."""
    return FwnewError("the disk is full", f"make room in {place}")


def says_full(error: BaseException | None) -> bool:
    """Whether an error, or what led to it, names a full disk."""
    while error:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or os.strerror(errno.ENOSPC) in str(error):
            return True
        error = error.__cause__
    return False


def write_atomically(target: Path, content: bytes) -> None:
    """Write beside the target, then rename: a reader sees the old file or the new one, never a half.

    Raises FwnewError when the disk is full, UnwritableError when it cannot be done for another reason.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(prefix=f".{target.stem}-", dir=target.parent)
        try:
            os.close(handle)
            Path(beside).write_bytes(content)
            Path(beside).chmod(0o644)
            Path(beside).replace(target)
        finally:
            Path(beside).unlink(missing_ok=True)
    except OSError as error:
        if says_full(error):
            raise disk_full(target.parent) from error
        hint = "see whether that folder is yours to write in"
        raise UnwritableError(f"{target} cannot be written: {error.strerror}", hint) from error


def is_file(path: Path) -> bool:
    """Whether a file lies there, as far as this person can see: one in a folder that is closed to them does not."""
    try:
        return path.is_file()
    except OSError:
        return False


def remove_leftovers(folder: Path, prefix: str) -> None:
    """A killed run cannot clean up after itself; a later one does."""
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
            continue  # somebody else's, or gone already
