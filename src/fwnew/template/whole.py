"""Files that appear whole or not at all, and what killed runs leave behind."""

import glob
import os
import shutil
import tempfile
import time
from pathlib import Path

LEFTOVER_AGE = 3600  # seconds: a run that was killed, not one that is at work


def replace(target: Path, content: bytes) -> None:
    """Write beside the target, then rename: a reader sees the old file or the new one, never a half."""
    handle, beside = tempfile.mkstemp(prefix=f".{target.stem}-", dir=target.parent)
    try:
        os.close(handle)
        Path(beside).write_bytes(content)
        Path(beside).chmod(0o644)
        Path(beside).replace(target)
    finally:
        Path(beside).unlink(missing_ok=True)


def remove_leftovers(folder: Path, prefix: str) -> None:
    """A killed run cannot clean up after itself; a later one does."""
    for name in glob.glob(glob.escape(prefix) + "*", root_dir=folder):  # noqa: PTH207
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
