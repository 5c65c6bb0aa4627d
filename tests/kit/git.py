"""Git in the tests' own repositories."""

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest


def git(folder: Path, *arguments: str, check: bool = True) -> str:
    """Run git in a folder: what it printed, stripped."""
    return git_bytes(folder, *arguments, check=check).decode("utf-8", "surrogateescape").strip()


def git_bytes(
    folder: Path,
    *arguments: str,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    check: bool = True,
) -> bytes:
    """Run git in a folder: what it printed, to the byte."""
    command = ["git", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, input=stdin, capture_output=True, check=check).stdout


def start_repository(folder: Path) -> Path:
    """An empty repository, whose branch is called main."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    return folder


def commit(folder: Path, message: str = "work", tag: str = "") -> str:
    """Commit all that lies in a folder, as a version where there is a tag: the commit."""
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", message)
    if tag:
        git(folder, "tag", tag)
    return git(folder, "rev-parse", "HEAD")


def objects(folder: Path, names: set[bytes], environment: Mapping[str, str] | None = None) -> dict[bytes, bytes]:
    """What these objects hold, whatever git hashes them with."""
    asked = b"".join(name + b"\n" for name in names)
    printed, found = git_bytes(folder, "cat-file", "--batch", stdin=asked, environment=environment), {}
    while printed:
        head, _, printed = printed.partition(b"\n")
        name, _, size = head.split()
        found[name], printed = printed[: int(size)], printed[int(size) + 1 :]
    return found


def add_hook(repository: Path, name: str, script: str) -> None:
    """Let git run these lines of shell at that moment."""
    hook = repository / ".git" / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)


def set_up(settings: Iterable[str], home: Path, patch: pytest.MonkeyPatch, repository: Path | None = None) -> None:
    """Set up git as a person may have: `key=value` is a setting, `NAME=value` a variable, `path: text` a file at home.

    `repository key=value` and `.git/path: text` are set in a repository, and nothing else is where one is given.
    """
    for setting in settings:
        name, _, text = setting.partition(": ")
        later = setting.startswith(("repository ", ".git/"))
        if later != bool(repository):
            continue
        if text:
            file = (repository or home) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            file.chmod(0o755)
            continue
        key, _, value = setting.removeprefix("repository ").format(home=home).partition("=")
        if key.isupper():
            patch.setenv(key, value)
        else:
            git(repository or home, "config", *([] if later else ["--global"]), key, value)
