"""The git repository of a new project, with one commit, from which every update starts."""

import os
import re
import shlex
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fwnew.errors import GitError
from fwnew.system.git import configured, enclosing, git
from fwnew.system.git_settings import environment, neutral

IDENTIFY = "git config --global user.name 'Your Name' && git config --global user.email you@example.com"
SHOWN = 5  # files in a note


@dataclass(frozen=True)
class Repository:
    """The state of a new project's repository, and a note on what remains to do."""

    state: Literal["committed", "staged", "incomplete", "inside another", "none"]
    note: str = ""


def start(project: Path, target: Path, files: Collection[str], message: str) -> Repository:
    """Make a rendered project with these files a repository with one commit, before it moves to the target.

    If the target lies in a working tree, the project gets no repository, unless that tree ignores all the files.
    Raises GitError when git refuses.
    """
    outer = enclosing(target.parent)
    if not outer:
        return _start_own(project, files, message)
    hidden = _ignored(files, target)
    if len(hidden) < len(files):
        advice = f"{outer} is a git repository: commit the project there"
        more = f"; it ignores {_named(hidden)}, which need `git add --force`" if hidden else ""
        return Repository("inside another", advice + more)
    own = _start_own(project, files, message)
    note = f"{outer} is a git repository, but ignores the project, which has its own repository"
    return Repository(own.state, f"{note}; {own.note}" if own.note else note)


def _start_own(project: Path, files: Collection[str], message: str) -> Repository:
    """Commit the files, the same on every machine: only the branch and the identity follow a person's settings."""
    branch = configured("init.defaultBranch") or "main"
    extras = os.environ.get("GIT_TEMPLATE_DIR") or configured("--type=path", "init.templateDir")
    with neutral(reaching=False):
        git("-c", f"init.defaultBranch={branch}", "init", "--quiet", cwd=project)
    identity = _identity(project)  # which may depend on the path of the repository
    with neutral(reaching=False):
        git("add", "--all", "--force", cwd=project)
        missing = set(files) - set(git("ls-files", "-z", cwd=project).split("\0"))
        if identity:
            git("commit", "--quiet", "--message", message, cwd=project, variables=identity)
        # A second init adds the files of the person's git template, such as hooks, and changes no others.
        with environment({"GIT_TEMPLATE_DIR": None}):
            git("init", "--quiet", *([f"--template={extras}"] if extras else []), cwd=project)
    if missing:
        return Repository("incomplete", f"git did not add {_named(missing)}: find out why before you go on")
    if not identity:
        note = f"git does not know who you are: {IDENTIFY}, then commit there: git commit -m {shlex.quote(message)}"
        return Repository("staged", note)
    return Repository("committed")


def _identity(project: Path) -> dict[str, str]:
    """Return author, committer and dates as variables for git; empty when git does not know them."""
    found = dict[str, str]()
    for role in ("AUTHOR", "COMMITTER"):
        try:
            line = git("-c", "user.useConfigOnly=true", "var", f"GIT_{role}_IDENT", cwd=project)
        except GitError:
            return {}
        if not (ident := re.fullmatch(r"(.*) <(.*)> (.*)\n", line)):
            return {}
        values = zip(("NAME", "EMAIL", "DATE"), (ident[1], ident[2], f"@{ident[3]}"), strict=True)
        found |= {f"GIT_{role}_{name}": value for name, value in values}
    return found


def _ignored(files: Collection[str], target: Path) -> list[str]:
    """Return the files that the repository around the target would ignore there."""
    beside = f"./{target.name}/"  # after it, no file name has a special meaning
    inside = "".join(f"{beside}{file}\0" for file in files)
    printed = git("check-ignore", "-z", "--stdin", cwd=target.parent, stdin=inside, accepted=(0, 1))
    return [path.removeprefix(beside) for path in printed.split("\0")[:-1]]


def _named(files: Iterable[str]) -> str:
    names = sorted(files)
    return ", ".join(map(shlex.quote, names[:SHOWN])) + (f" and {len(names) - SHOWN} more" if names[SHOWN:] else "")
