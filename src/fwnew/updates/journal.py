"""The journal of an update, in the git folder: each path before and after the update, and how far the update got.

Each project of a repository and each linked worktree has its own journal. Only fwnew writes there.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from fwnew.errors import FwnewError, UsageError
from fwnew.system import disk
from fwnew.system.git import git
from fwnew.updates.existing import Place, Row
from fwnew.updates.merge import OWN_SETTINGS
from fwnew.updates.work_tree import exchange, put_back, same

WRITING, DONE = "writing", "done"
BEFORE, AFTER, OTHER = "before", "after", "other"
SCHEMA = 2
LATER = ("afters", "rescue", "staged")  # missing in journals of the first fwnew with this schema
SETTLE = "finish it with `fwnew update --continue`, or roll it back with `fwnew update --abort`"


@dataclass(frozen=True)
class Step:
    """One path of an update: its index entry before the update, and its entries after the update, by stage."""

    path: str
    before: Row | None
    after: dict[int, Row]
    exists: bool = True  # whether a file is at the path after the update

    @property
    def entries(self) -> dict[int, Row]:
        """The entries before the update, by stage."""
        return {0: self.before} if self.before else {}


@dataclass(frozen=True)
class Journal:
    """An update that is being written or was written; its files lie in subfolders of `folder`."""

    place: Place
    folder: Path
    state: str
    to: str
    token: str
    steps: tuple[Step, ...]
    afters: str = AFTER  # the subfolder of the files after the update
    rescue: str = ""  # the ref of the commit with a person's changes, once a rollback begins
    staged: bool = False  # whether that commit's second parent holds what was staged

    @property
    def ref(self) -> str:
        """The ref, of this worktree only, that keeps git from removing the update's objects."""
        return f"refs/worktree/fwnew/{self.folder.name}"

    def before(self, step: Step) -> Path | None:
        """Return the copy of a file before the update, or None if there was no file."""
        return self.folder / BEFORE / (self.place.prefix + step.path) if step.before else None

    def after(self, step: Step) -> Path | None:
        """Return the copy of a file after the update, or None if there is no file."""
        if not step.exists:
            return None
        if self.afters == AFTER:
            return self.folder / AFTER / (self.place.prefix + step.path)
        return self.folder / self.afters / digest(step.path)  # flat: a person may replace a file by a folder

    def found_at(self, step: Step) -> str:
        """Return whether a path now holds the file of BEFORE, of AFTER, or an OTHER one."""
        target = self.place.root / step.path
        if same(target, self.before(step)):
            return BEFORE
        return AFTER if same(target, self.after(step)) else OTHER

    def forward(self, step: Step) -> list[str]:
        """Replace the old file by the new one. Returns nothing, or the paths that hold something else, which stays."""
        return exchange(self.place.root, step.path, self.before(step), self.after(step), self._aside(step))

    def back(self, step: Step) -> list[str]:
        """Replace the new file by the old one. Returns nothing, or the paths that hold something else, which stays."""
        return exchange(self.place.root, step.path, self.after(step), self.before(step), self._aside(step))

    def tidy(self) -> list[str]:
        """Put back what a killed process moved aside. Returns the new paths of files whose own path is taken."""
        found = list[str]()
        for step in self.steps:
            known = [each for each in (self.before(step), self.after(step)) if each]
            found += put_back(self.place.root, step.path, known, self._aside(step))
        return found

    def save(self, state: str) -> "Journal":
        """Write the journal with this state, and return it."""
        saved = replace(self, state=state)
        content = {
            "schema": SCHEMA,
            "project": self.place.prefix,
            "state": state,
            "to": self.to,
            "token": self.token,
            "afters": self.afters,
            "rescue": self.rescue,
            "staged": self.staged,
            "steps": [asdict(step) for step in self.steps],
        }
        disk.write_atomically(self.folder / "journal.json", json.dumps(content).encode())
        return saved

    def forget(self) -> None:
        """Remove the journal. Its file goes first, so that a kill leaves no journal without its copies."""
        (self.folder / "journal.json").unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        git(*OWN_SETTINGS, "update-ref", "-d", self.ref, cwd=self.place.root)

    def _aside(self, step: Step) -> str:
        return f".fwnew-{self.token}-{digest(step.path)[:8]}"


def new(place: Place, to: str, steps: Iterable[Step]) -> Journal:
    """Create a journal. It replaces that of an older update, which can no longer be rolled back."""
    ordered = tuple(sorted(steps, key=lambda step: (step.exists, step.path)))  # deletions make room for new files
    journal = Journal(place, folder_of(place), WRITING, to, secrets.token_hex(4), ordered)
    journal.forget()
    for name in (BEFORE, AFTER):
        (journal.folder / name).mkdir(parents=True)
    return journal


def read(place: Place) -> Journal | None:
    """Return the journal of this project, or None.

    Raises FwnewError when the journal is broken.
    """
    folder = folder_of(place)
    file = folder / "journal.json"
    try:
        return _read(place, folder, json.loads(file.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        hint = "check `git status`, then remove that folder"
        raise FwnewError(f"{file} is broken, or from a newer fwnew", hint) from error


def is_inside(path: object) -> bool:
    """Return whether a value is a path with slashes that stays inside a project and outside its git folder."""
    parts = path.split("/") if isinstance(path, str) and "\0" not in path else [""]
    return not any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)


def interrupted(place: Place) -> str:
    """Return the version of an interrupted update, or an empty string.

    Raises UsageError while the update is still being written.
    """
    if half_written(place):
        with locked(place):
            pass
    return half_written(place)


def half_written(place: Place) -> str:
    """Return the version of an update that began to write and did not end, or an empty string."""
    journal = read(place)
    return journal.to if journal and journal.state == WRITING else ""


def conflicted(place: Place) -> list[str]:
    """Return the paths that the last update left in conflict."""
    journal = read(place)
    return [step.path for step in journal.steps if step.after.keys() - {0}] if journal else []


def folder_of(place: Place) -> Path:
    """Return the folder of this project's journal. Its name depends on the project's path in the repository."""
    return place.git_path(f"fwnew/{digest(place.prefix)[:16]}")


@contextmanager
def locked(place: Place) -> Iterator[None]:
    """Lock the project for this process. If the process is killed, the system releases the lock.

    Raises UsageError while another process holds the lock.
    """
    from filelock import FileLock, Timeout

    folder = folder_of(place)
    folder.parent.mkdir(exist_ok=True)
    try:
        with FileLock(folder.with_suffix(".lock"), timeout=0):
            yield
    except Timeout as error:
        raise UsageError("another update of this project is running", "wait for it to finish") from error


def digest(path: str) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()


def _read(place: Place, folder: Path, content: dict[str, Any]) -> Journal:
    """Build a journal from the content of its file.

    Raises ValueError, LookupError, TypeError or AttributeError when this fwnew does not write such content.
    """
    steps = tuple(_step(**step) for step in content["steps"])
    journal = Journal(place, folder, steps=steps, **{name: content[name] for name in ("state", "to", "token")})
    journal = replace(journal, **{name: content[name] for name in LATER if name in content})
    known = (
        content["schema"] == SCHEMA
        and journal.state in (WRITING, DONE)
        and re.fullmatch(f"{AFTER}|{OTHER}-[0-9a-f]{{8}}", journal.afters)
    )
    if not (known and re.fullmatch("[0-9a-f]{8}", journal.token) and all(is_inside(step.path) for step in steps)):
        raise ValueError
    return journal


def _step(path: str, before: list[str] | None, after: dict[str, list[str]], exists: bool) -> Step:
    rows = {int(stage): (mode, blob) for stage, (mode, blob) in after.items()}
    return Step(path, (before[0], before[1]) if before else None, rows, exists)
