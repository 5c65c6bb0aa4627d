"""The record of an update in git's own folder: what lay at each path before it, what comes after it, how far it got.

Each project of a repository has its own, and each linked work tree. Nobody but fwnew writes there.
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
LATER = ("afters", "rescue", "staged")  # not in a record of the first fwnew that wrote this schema
SETTLE = "finish it with `fwnew update --continue`, or roll it back with `fwnew update --abort`"


@dataclass(frozen=True)
class Step:
    """One path of an update: its entry in the index before it, and its entries after it by git's stages."""

    path: str
    before: Row | None
    after: dict[int, Row]
    exists: bool = True  # whether a file lies there after it

    @property
    def entries(self) -> dict[int, Row]:
        """The entry before it, as the index has it."""
        return {0: self.before} if self.before else {}


@dataclass(frozen=True)
class Journal:
    """An update that is being written, or that was: its files lie in folders beside it."""

    place: Place
    folder: Path
    state: str
    to: str
    token: str
    steps: tuple[Step, ...]
    afters: str = AFTER  # the folder of the files that lie there after it
    rescue: str = ""  # the commit of what a person made of them, once it is being rolled back
    staged: bool = False  # whether that commit's second parent holds what was staged

    @property
    def ref(self) -> str:
        """A ref of this work tree's own, so that git keeps the objects of the update."""
        return f"refs/worktree/fwnew/{self.folder.name}"

    def before(self, step: Step) -> Path | None:
        """The file as it lay in the work tree before the update."""
        return self.folder / BEFORE / (self.place.prefix + step.path) if step.before else None

    def after(self, step: Step) -> Path | None:
        """The file as the update writes it."""
        if not step.exists:
            return None
        if self.afters == AFTER:
            return self.folder / AFTER / (self.place.prefix + step.path)
        return self.folder / self.afters / digest(step.path)  # flat, since a person makes a folder of a file

    def found_at(self, step: Step) -> str:
        """What lies at a path now."""
        target = self.place.root / step.path
        if same(target, self.before(step)):
            return BEFORE
        return AFTER if same(target, self.after(step)) else OTHER

    def forward(self, step: Step) -> list[str]:
        """Write what the update brings; the paths that hold something else, if it cannot be written."""
        return exchange(self.place.root, step.path, self.before(step), self.after(step), self._aside(step))

    def back(self, step: Step) -> list[str]:
        """Write what lay there before; the paths that hold something else, if it cannot be written."""
        return exchange(self.place.root, step.path, self.after(step), self.before(step), self._aside(step))

    def tidy(self) -> list[str]:
        """Put back what a killed process had taken aside, and return the paths that came beside a newer file."""
        found = list[str]()
        for step in self.steps:
            known = [each for each in (self.before(step), self.after(step)) if each]
            found += put_back(self.place.root, step.path, known, self._aside(step))
        return found

    def save(self, state: str) -> "Journal":
        """Record how far it got."""
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
        """Remove the record: first what names it, so that a kill leaves no half of one."""
        (self.folder / "journal.json").unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        git(*OWN_SETTINGS, "update-ref", "-d", self.ref, cwd=self.place.root)

    def _aside(self, step: Step) -> str:
        return f".fwnew-{self.token}-{digest(step.path)[:8]}"


def new(place: Place, to: str, steps: Iterable[Step]) -> Journal:
    """An empty record in the place of an older one, of an update that can no longer be rolled back."""
    ordered = tuple(sorted(steps, key=lambda step: (step.exists, step.path)))  # what goes makes room for what comes
    journal = Journal(place, folder_of(place), WRITING, to, secrets.token_hex(4), ordered)
    journal.forget()
    for name in (BEFORE, AFTER):
        (journal.folder / name).mkdir(parents=True)
    return journal


def read(place: Place) -> Journal | None:
    """The record of this project, if there is one.

    Raises FwnewError when it is broken.
    """
    folder = folder_of(place)
    file = folder / "journal.json"
    try:
        return _read(place, folder, json.loads(file.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        hint = "see what `git status` says, and remove that folder"
        raise FwnewError(f"{file} is broken, or of a newer fwnew", hint) from error


def is_inside(path: object) -> bool:
    """Whether something is a path with slashes that leads out of no project, and not into git's own folder."""
    parts = path.split("/") if isinstance(path, str) and "\0" not in path else [""]
    return not any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)


def interrupted(place: Place) -> str:
    """The version to which an update was interrupted; empty where none was.

    Raises UsageError while that update is still being written.
    """
    if half_written(place):
        with locked(place):
            pass
    return half_written(place)


def half_written(place: Place) -> str:
    """The version of an update that has begun to write and has not ended."""
    journal = read(place)
    return journal.to if journal and journal.state == WRITING else ""


def conflicted(place: Place) -> list[str]:
    """The paths that the last update left in conflict, wherever they lie."""
    journal = read(place)
    return [step.path for step in journal.steps if step.after.keys() - {0}] if journal else []


def folder_of(place: Place) -> Path:
    """Where the record of this project lies. Its name comes from the project's place in the repository."""
    return place.git_path(f"fwnew/{digest(place.prefix)[:16]}")


@contextmanager
def locked(place: Place) -> Iterator[None]:
    """The project for this process alone; the system releases the lock, whatever becomes of the process.

    Raises UsageError while another has it.
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
    """The record with that content. Raises one of a few errors when it is not what this fwnew writes."""
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
