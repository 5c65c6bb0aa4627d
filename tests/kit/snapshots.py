"""Folders: what lies there, to compare with what lies there later, and files to begin with."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

FILE, EXECUTABLE, LINK, FOLDER = "100644", "100755", "120000", "040000"

Entry = tuple[str, bytes]
"""A mode, as git writes it, and bytes: where a link leads, and none of a folder."""

Files = dict[str, Entry]


def lying(folder: Path) -> Files:
    """Every file and link but git's own, by its path; a pipe has no bytes."""
    return {name: entry(path) for name, path in below(folder) if name.split("/")[0] != ".git" and not is_folder(path)}


def everything(folder: Path) -> Files:
    """The same with folders and git's own files: nothing was written anywhere."""
    return {name: entry(path) for name, path in below(folder)}


def below(folder: Path) -> Iterator[tuple[str, Path]]:
    return ((path.relative_to(folder).as_posix(), path) for path in sorted(folder.rglob("*")))


def entry(path: Path) -> Entry:
    if path.is_symlink():
        return LINK, os.fsencode(path.readlink())
    if path.is_dir():
        return FOLDER, b""
    mode = EXECUTABLE if path.stat().st_mode & stat.S_IXUSR else FILE
    return mode, path.read_bytes() if path.is_file() else b""


def is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def lay(folder: Path, files: Files) -> None:
    """Write such files."""
    for name, (mode, content) in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if mode == LINK:
            path.symlink_to(os.fsdecode(content))
        else:
            path.write_bytes(content)
            path.chmod(int(mode[-3:], 8))


def write(folder: Path, texts: Mapping[str, str]) -> Path:
    """Write such texts."""
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder
