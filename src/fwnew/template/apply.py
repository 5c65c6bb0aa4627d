"""An update written into a project, all or nothing, and taken back again.

Git writes the files. A journal in git's own folder says what is going on: the next command puts back what a kill left
half done, and a finished update can be taken back until it is committed.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from fwnew.errors import FwnewError, UsageError
from fwnew.template import whole
from fwnew.template.git import git
from fwnew.template.merge import PLAIN, RESULT, TEMPLATE, YOURS, Stages
from fwnew.template.project import Existing
from fwnew.template.update import Update

WRITING, DONE = "writing", "done"
ABORTED = "refs/fwnew/aborted"
PATIENCE = 5  # seconds for a git that a killed fwnew left behind


def apply(update: Update) -> None:
    """Write the update into the work tree and the index; conflicts stay open in the index, so nobody commits them.

    Raises UsageError when another update is at work; FwnewError when it cannot be written, and then nothing is.
    """
    project = update.project
    whole.require_room(project.root, update.workshop.folder.parent)
    with alone(project):
        _put_back(project)
        head = git("rev-parse", "HEAD", cwd=project.root).strip()
        journal = {"state": WRITING, "head": head, "paths": _paths(update)}
        _record(project, journal)
        try:
            with whole.room(project.root):
                _fetch(update)
                _write(project, update.tree)
                _reopen(project, update.conflicts)
        except BaseException:
            _put_back(project)
            raise
        _record(project, {**journal, "state": DONE})


def commit_update(update: Update) -> None:
    """Commit an update that was written, and nothing else of the repository.

    Raises GitError when git refuses, by a hook or for want of an identity; the update stays, and can be taken back.
    """
    project = update.project
    message = f"Update the template from {project.version} to {update.to}"
    git("--literal-pathspecs", "commit", "--quiet", "--message", message, "--only", *_from_stdin(), cwd=project.root,
        stdin="\0".join(_paths(update)))  # fmt: skip


def abort(project: Existing) -> str:
    """Take back the last update, unless it was committed; the commit that keeps what is taken back.

    Raises UsageError when there is none, or while another is at work.
    """
    with alone(project):
        journal = _read(project)
        if not journal or journal["head"] != git("rev-parse", "HEAD", cwd=project.root).strip():
            raise UsageError("there is no update that is not committed yet", "a committed one: git revert")
        kept = _keep(project, journal["paths"])
        _restore(project, journal["paths"])
        _journal(project).unlink()
        return kept


def recover(project: Existing) -> bool:
    """Put back what a killed update left half done. True when there was something.

    Raises UsageError while that update is still at work.
    """
    if _read(project).get("state") != WRITING:
        return False
    with alone(project):
        _wait_for_git(project)
        return _put_back(project)


@contextmanager
def alone(project: Existing) -> Iterator[None]:
    """The project for this process alone; a lock that the system releases, whatever becomes of us.

    Raises UsageError while another has it.
    """
    from filelock import FileLock, Timeout

    try:
        with FileLock(project.git_path("fwnew-update.lock").resolve(), timeout=0):
            yield
    except Timeout as error:
        raise UsageError("another update of this project is at work", "wait for it") from error


def _put_back(project: Existing) -> bool:
    journal = _read(project)
    if journal.get("state") != WRITING:
        return False
    _restore(project, journal["paths"])
    _journal(project).unlink()
    return True


def _wait_for_git(project: Existing) -> None:
    """A git that a killed fwnew left behind ends by itself; one that was killed as well leaves its lock."""
    lock = project.git_path("index.lock")
    deadline = time.monotonic() + PATIENCE
    while lock.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    if lock.exists() and lock.stat().st_mtime >= _journal(project).stat().st_mtime:
        lock.unlink()


def _paths(update: Update) -> list[str]:
    return sorted({path for change in update.changes for path in (change.path, change.before) if path})


def _fetch(update: Update) -> None:
    """Bring what the update needs into the project's repository; no ref names it, so git forgets it in time."""
    shop = update.workshop
    # With both sides as its parents, the versions that are in conflict come along.
    shop.git("update-ref", RESULT, shop.commit(update.tree, YOURS, TEMPLATE))
    quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance")
    git("fetch", *quiet, str(shop.folder), RESULT, cwd=update.project.root)


def _write(project: Existing, tree: str) -> None:
    """Let git change the files and the index; what else lies in the repository stays as it is."""
    index = {"GIT_INDEX_FILE": str(project.git_path("fwnew-update.index").resolve())}
    if project.prefix:
        git("read-tree", "HEAD", cwd=project.top, variables=index)
        git("rm", "-r", "--quiet", "--cached", "--ignore-unmatch", "--", ".", cwd=project.root, variables=index)
        git("read-tree", f"--prefix={project.prefix}", tree, cwd=project.top, variables=index)
        tree = git("write-tree", cwd=project.top, variables=index).strip()
        Path(index["GIT_INDEX_FILE"]).unlink()
    git("read-tree", "-m", "-u", "HEAD", tree, cwd=project.top)


def _reopen(project: Existing, conflicts: Mapping[str, Stages]) -> None:
    """Mark what is in conflict as git does, so that nobody commits it by mistake."""
    lines = []
    for path, stages in conflicts.items():
        lines.append(f"0 {'0' * 40}\t{project.prefix}{path}")
        lines += [f"{mode} {blob} {stage}\t{project.prefix}{path}" for stage, (mode, blob) in sorted(stages.items())]
    if lines:
        entries = "".join(f"{line}\0" for line in lines)
        git("update-index", "-z", "--index-info", cwd=project.top, stdin=entries)


def _keep(project: Existing, paths: list[str]) -> str:
    """A commit, beside the branch, of what stands there now."""
    index = {"GIT_INDEX_FILE": str(project.git_path("fwnew-update.index").resolve())}
    git("read-tree", "HEAD", cwd=project.top, variables=index)
    present = [path for path in paths if os.path.lexists(project.root / path)]
    git(*PLAIN, "--literal-pathspecs", "add", "--all", "--force", *_from_stdin(), cwd=project.root,
        stdin="\0".join(present), variables=index) if present else None  # fmt: skip
    tree = git("write-tree", cwd=project.top, variables=index).strip()
    commit = git(*PLAIN, "commit-tree", tree, "-p", "HEAD", "-m", "An update that was taken back", cwd=project.top)
    Path(index["GIT_INDEX_FILE"]).unlink()
    git("update-ref", ABORTED, commit.strip(), cwd=project.top)
    return commit.strip()


def _restore(project: Existing, paths: list[str]) -> None:
    """Every path as it was committed; a file that was not is removed, and so are the folders that it leaves empty."""
    tracked = set(git("ls-tree", "-r", "-z", "--name-only", "HEAD", cwd=project.root).split("\0"))
    old = [path for path in paths if path in tracked]
    new = [path for path in paths if path not in tracked]
    if new:
        git("update-index", "--force-remove", "-z", "--stdin", cwd=project.root, stdin="\0".join(new))
    for path in new:
        file = project.root / path
        with suppress(FileNotFoundError, NotADirectoryError):
            file.unlink()
        for folder in file.parents:
            if folder == project.root:
                break
            with suppress(OSError):
                folder.rmdir()
    if old:
        git("--literal-pathspecs", "restore", "--source=HEAD", "--staged", "--worktree", *_from_stdin(),
            cwd=project.root, stdin="\0".join(old))  # fmt: skip


def _from_stdin() -> tuple[str, str]:
    return ("--pathspec-from-file=-", "--pathspec-file-nul")


def _journal(project: Existing) -> Path:
    return project.git_path("fwnew-update.json").resolve()


def _record(project: Existing, journal: Mapping[str, Any]) -> None:
    whole.replace(_journal(project), json.dumps(journal).encode())


def _read(project: Existing) -> dict[str, Any]:
    """What the journal says; nothing where there is none."""
    try:
        return dict(json.loads(_journal(project).read_text("utf-8")))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise FwnewError(f"{_journal(project)} is broken", "remove it, and see what `git status` says") from error
