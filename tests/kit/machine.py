"""A fresh machine for a test: a home folder, a working folder and an environment."""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

from fwnew.project.install import uv_environment
from tests.kit.commands import Result, run

UV = find_uv_bin()  # found once: it calls sysconfig, which is not thread-safe

DROPPED = ("GIT_", "FWNEW_", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "PYTHONPATH", "COVERAGE", "PYTEST_", "UV_PYTHON")
"""Prefixes of variables that come from the person who runs the tests."""


TOOLS = (
    "git",
    "sh",
    "bash",
    "env",
    "basename",
    "dirname",
    "uname",
    "sed",
    "grep",
    "cat",
    "ls",
    "mkdir",
    "rm",
    "cp",
    "mv",
)
"""Programs that every machine with git has."""


@dataclass(frozen=True)
class Machine:
    """A machine that runs commands to their end, without a terminal."""

    folder: Path
    environment: Mapping[str, str]

    @classmethod
    def at(cls, folder: Path, **environment: str) -> "Machine":
        """Create a fresh machine in an empty folder, with the caches of uv and pip of the real one."""
        home = make_home(folder / "home", f"{folder}/")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(DROPPED)}
        kept |= {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}
        kept |= {"UV_CACHE_DIR": uv_cache(), "PIP_CACHE_DIR": str(pip_cache())}
        return cls(folder, {**uv_environment(kept), **environment})

    def run(self, command: Sequence[str | Path] | str, cwd: Path | None = None, **environment: str) -> Result:
        """Run a command, or a line of shell."""
        return run(command, cwd or self.folder, {**self.environment, **environment})

    def ok(self, command: Sequence[str | Path] | str, cwd: Path | None = None, **environment: str) -> str:
        """Run a command that must succeed, and return its standard output."""
        done = self.run(command, cwd, **environment)
        assert done.code == 0, f"{command}\n{done.out}\n{done.err}"
        return done.out

    def uv(self, *arguments: str | Path, cwd: Path | None = None) -> str:
        return self.ok([UV, *map(str, arguments)], cwd)


def make_home(folder: Path, *allowed: str) -> Path:
    """A home with a git identity, and a configuration of fwnew, where Linux has it, that allows these places."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitconfig").write_text("[user]\nname = Ada Lovelace\nemail = ada@example.com\n")
    if allowed:
        (folder / ".config" / "fwnew").mkdir(parents=True)
        (folder / ".config" / "fwnew" / "config.toml").write_text(f"allow = {json.dumps(allowed)}\n")
    return folder


def programs_folder(folder: Path, programs: Mapping[str, Path | str]) -> Path:
    """Create a folder for PATH with the tools of every machine and these programs: a path, or lines of shell."""
    folder.mkdir()
    found = {name: Path(path) for name in TOOLS if (path := shutil.which(name))}
    for name, what in (found | dict(programs)).items():
        if isinstance(what, Path):
            (folder / name).symlink_to(what)
        else:
            (folder / name).write_text(f"#!/bin/sh\n{what}\n")
            (folder / name).chmod(0o755)
    return folder


def uv_cache() -> str:
    done = run([UV, "cache", "dir"])
    assert done.code == 0, done.err
    return done.out.strip()


def pip_cache() -> Path:
    return Path(os.environ.get("PIP_CACHE_DIR", Path.home() / ".cache" / "pip"))
