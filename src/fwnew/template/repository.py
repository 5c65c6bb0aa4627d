"""The git repository of a new project: its own, with one commit, from which every update starts."""

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fwnew.errors import GitError
from fwnew.template.git import configured, enclosing, git

# One commit that must work on every machine: no hook, signature or ignore file of the user's takes part.
PLAIN = [
    *("-c", "commit.gpgsign=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", f"core.excludesFile={os.devnull}"),
    *("-c", "core.safecrlf=false"),
]

IDENTIFY = "git config --global user.name 'Your Name' && git config --global user.email you@example.com"


@dataclass(frozen=True)
class Repository:
    """What became of the project's repository, and what is left to do about it."""

    state: Literal["committed", "staged", "inside another", "none"]
    note: str = ""


def start(project: Path, parent: Path, message: str) -> Repository:
    """Make a rendered project a repository with one commit, unless it will lie in a work tree already.

    Raises GitError when git refuses.
    """
    outer = enclosing(parent)
    if outer:
        return Repository("inside another", f"{outer} is a git repository: commit the project there")
    branch = [] if configured("init.defaultBranch") else ["-c", "init.defaultBranch=main"]
    git(*branch, "init", "--quiet", cwd=project)
    git(*PLAIN, "add", "--all", cwd=project)
    if not _has_identity(project):
        note = f"git does not know who you are: {IDENTIFY}, then commit there: git commit -m {shlex.quote(message)}"
        return Repository("staged", note)
    git(*PLAIN, "commit", "--quiet", "--no-verify", "--message", message, cwd=project)
    return Repository("committed")


def _has_identity(project: Path) -> bool:
    try:
        for role in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
            git("-c", "user.useConfigOnly=true", "var", role, cwd=project)
    except GitError:
        return False
    return True
