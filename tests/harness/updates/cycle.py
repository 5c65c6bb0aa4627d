"""The cycle of an update, as a person goes through it: a template of two versions, a project, each command and its end.

What each command leaves is compared with what it leaves for a person who has set up nothing.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.kit.commands import Fwnew
from tests.kit.git import git, git_bytes, objects, start_repository
from tests.kit.snapshots import EXECUTABLE, FILE, LINK, Files, lay, lying

ANSWERS = "{{ _copier_conf.answers_file }}.jinja"
LINES = [b"line %d\n" % number for number in range(20)]
LF = b"".join(LINES)
CRLF = LF.replace(b"\n", b"\r\n")
FILES = {
    "1.0": {
        ANSWERS: (FILE, b"{{ _copier_answers | to_nice_yaml }}"),
        "text.txt": (FILE, LF),
        "windows.bat": (FILE, CRLF),
        "data.bin": (FILE, b"\0one\n\r\n"),
        "run.sh": (EXECUTABLE, b"#!/bin/sh\n"),
        "tool.txt": (FILE, b"a tool\n"),
        "link": (LINK, b"text.txt"),
        "old/name.py": (FILE, b"# moves\n" + LF),
        "gone.txt": (FILE, b"gone\n"),
        "gone.bin": (FILE, b"\0gone"),
        "x.log": (FILE, b"log\n"),
    },
    "2.0": {
        ANSWERS: (FILE, b"{{ _copier_answers | to_nice_yaml }}"),
        "text.txt": (FILE, LF.replace(b"line 3\n", b"line three\n")),
        "windows.bat": (FILE, CRLF.replace(b"line 3\r", b"line three\r")),
        "data.bin": (FILE, b"\0two\n\r\n"),
        "run.sh": (EXECUTABLE, b"#!/bin/sh\ntrue\n"),
        "tool.txt": (EXECUTABLE, b"a tool\n"),
        "link": (LINK, b"run.sh"),
        "new/name.py": (FILE, b"# moved\n" + LF),
        "x.log": (FILE, b"longer log\n"),
        "y.log": (FILE, b"new log\n"),
        "added/text.txt": (FILE, b"added\n"),
        "added/windows.bat": (FILE, b"added\r\n"),
        "added/data.bin": (FILE, b"\0added\n\r\n"),
        "added/run.sh": (EXECUTABLE, b"#!/bin/sh\n"),
        "added/link": (LINK, b"text.txt"),
    },
}


def make_template(folder: Path, versions: dict[str, Files]) -> None:
    template = start_repository(folder / "template")
    for version, files in versions.items():
        shutil.rmtree(template / "t", ignore_errors=True)
        lay(template / "t", files)
        (template / "copier.yml").write_text("_preserve_symlinks: true\n_subdirectory: t\nlevel: 1\n")
        git(template, "add", "--all", "--force")
        git(template, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", version)
        git(template, "tag", version)


def nobodys() -> dict[str, str]:
    """Variables for a git without anybody's settings, but those of the repository."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return own | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def observe(folder: Path, *arguments: str) -> bytes:
    """What git says without anybody's settings."""
    return git_bytes(folder, *arguments, environment=nobodys())


def seen(folder: Path) -> dict[str, Any]:
    """The work tree, the index and the last commit, each with its modes and bytes."""
    staged = [(*meta.split(), path) for meta, path in listed(folder, "ls-files", "--stage")]
    committed = [(*meta.split(), path) for meta, path in listed(folder, "ls-tree", "-r", "HEAD")]
    held = objects(folder, {row[1] for row in staged} | {row[2] for row in committed}, nobodys())
    return {
        "work tree": lying(folder),
        "index": [(path, stage, mode, held[blob]) for mode, blob, stage, path in staged],
        "commit": [(path, mode, held[blob]) for mode, _, blob, path in committed],
    }


def listed(folder: Path, *arguments: str) -> list[tuple[bytes, bytes]]:
    """Each file that git lists: what it says of it, and its path."""
    rows = [line.partition(b"\t") for line in observe(folder, *arguments, "-z").split(b"\0")[:-1]]
    return [(meta, path) for meta, _, path in rows]


@dataclass(frozen=True)
class Person:
    """Who makes a project of the first version, edits it, and runs each command."""

    fwnew: Fwnew
    kept: Path
    work: Path

    def new(self, name: str = "demo") -> Path:
        self.offers("1.0")
        result = self.fwnew("new", name, "--defaults", "--template", str(self.kept / "template"))
        assert result.code == 0, result
        self.offers("1.0", "2.0")
        return self.work / name

    def offers(self, *versions: str) -> None:
        """Let the template have these versions."""
        tags = self.kept / "template" / ".git" / "refs" / "tags"
        commit = observe(self.kept / "template", "rev-parse", "main")
        (tags / "2.0").write_bytes(commit) if "2.0" in versions else (tags / "2.0").unlink(missing_ok=True)

    def edits(self, project: Path, *, clash: bool = False) -> None:
        line = b"line 3\n" if clash else b"line 15\n"
        for name in ("text.txt", "old/name.py"):
            (project / name).write_bytes((project / name).read_bytes().replace(line, b"mine\n"))
        (project / "own.txt").write_bytes(b"mine\n")
        self.commits(project)

    def commits(self, project: Path) -> None:
        off = (
            "user.name=Ada",
            "core.hooksPath=/dev/null",
            "commit.gpgSign=false",
            "core.safecrlf=false",
            "core.excludesFile=/dev/null",
        )
        plain = [word for setting in off for word in ("-c", setting)]
        git(project, *plain, "add", "--all", "--force", ".")
        git(project, *plain, "commit", "-qm", "work")

    def goes_on(self, project: Path) -> dict[str, Any]:
        """Check, update, take it back, and update with a commit; what each gives."""
        found = dict[str, Any](edited=seen(project), clean=self.status(project))
        for name, arguments in CYCLE.items():
            result = self.fwnew(*arguments, str(project))
            found[name] = {"code": result.code, "says": result.out, "error": result.err, **seen(project)}
            found[f"{name}: not committed"] = self.status(project) if name != "update" else []
        return found

    def status(self, project: Path) -> list[bytes]:
        """What git calls changed, as the person has set it up."""
        printed = git_bytes(project, "-c", "core.fsmonitor=false", "status", "--porcelain", "-z", "--", ".")
        return printed.split(b"\0")[:-1]


CYCLE = {
    "check": ["check"],
    "update": ["update", "--yes"],
    "abort": ["update", "--abort"],
    "commit": ["update", "--yes", "--commit"],
}


def different(found: dict[str, Any], wanted: dict[str, Any], at: str = "") -> list[str]:
    """Where two results differ, in words that fit on a line."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        names = sorted(found.keys() | wanted.keys())
        return [each for name in names for each in different(found.get(name), wanted.get(name), f"{at}/{name}")]
    if isinstance(found, list) and isinstance(wanted, list):
        extra, missing = [each for each in found if each not in wanted], [each for each in wanted if each not in found]
        return [f"{at}: {extra} instead of {missing}"] if found != wanted else []
    return [f"{at}: {found!r} instead of {wanted!r}"] if found != wanted else []


def without(part: str, result: dict[str, Any], *steps: str) -> dict[str, Any]:
    """A result without a part of these steps, of all if none is named."""
    return {
        step: {name: value for name, value in found.items() if name != part}
        if isinstance(found, dict) and (not steps or step in steps)
        else found
        for step, found in result.items()
    }
