"""Writes to the working tree, where the disk refuses."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from fwnew.updates.work_tree import exchange


def test_a_full_disk_without_hard_links_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, before, after = tmp_path / "project", tmp_path / "before", tmp_path / "after"
    root.mkdir()
    for file in (root / "app.py", before):
        file.write_text("old\n")
    after.write_text("new\n")

    def no_links(*_: Any) -> None:
        raise OSError(errno.EPERM, "no hard links here")

    opened = Path.open

    def full(path: Path, mode: str = "r", *more: Any, **options: Any) -> Any:
        file = opened(path, mode, *more, **options)
        if mode == "xb":
            file.write(b"n")
            file.flush()

            class Full:
                def __enter__(self) -> "Full":
                    return self

                def __exit__(self, *_: object) -> None:
                    file.close()

                def write(self, _: bytes) -> None:
                    raise OSError(errno.ENOSPC, "no space left")

            return Full()
        return file

    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(OSError, match="no space left"):
        exchange(root, "app.py", before, after, ".aside")
    monkeypatch.undo()
    assert {file.read_text() for file in root.iterdir()} == {"old\n"}
