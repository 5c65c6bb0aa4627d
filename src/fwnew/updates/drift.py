"""The comparison of a project with its template: newer versions, and files that are missing or changed."""

import os
import re
import shutil
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from fnmatch import fnmatch

from fwnew.errors import UsageError
from fwnew.updates import journal, recover
from fwnew.updates.existing import Existing
from fwnew.updates.merge import ScratchRepository, scratch_repository
from fwnew.updates.prepare import given_tree
from fwnew.updates.tracked import cleaned
from fwnew.updates.work_tree import blocker, exchange, put_back

OWNED = (".copier-answers.yml", "constraints.txt", "LICENSE")
"""Patterns of the files that the template owns: a project that changes one has drifted. The template's other files are
seeded: they belong to the project from the first day, and an update merges them."""

MISSING, DRIFTED = "missing", "drifted"
MARKERS = re.compile(
    rb"^<{7} (yours|before updating)\r?$.*^>{7} (template|after updating)\r?$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Drift:
    """The result of a check: owned files that are missing or drifted, seeded files that were changed or deleted."""

    project: Existing
    owned: Mapping[str, str]
    changed: tuple[str, ...]
    deleted: tuple[str, ...]
    healed: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()  # unmerged files, and files with conflict markers
    interrupted: str = ""  # the version of an interrupted update
    fixed: bool = False  # whether files were to be restored

    @property
    def behind(self) -> bool:
        return self.project.newest != self.project.version

    @property
    def fine(self) -> bool:
        return not (self.behind or self.owned or self.conflicts or self.interrupted)


def find_drift(project: Existing, *, fix: bool = False) -> Drift:
    """Compare a project's files with what its template renders for the recorded version and answers.

    With `fix`, restore each owned file that is missing or that has only lines of the template; without, write nothing.
    Raises UsageError with `fix` while an update is running, or when one was interrupted.
    """
    interrupted = journal.interrupted(project) or recover.old_interrupted(project)
    if fix and interrupted:
        raise UsageError(f"an update to {interrupted} was interrupted", journal.SETTLE)
    with scratch_repository(project) as scratch:
        tree = given_tree(scratch, project)
        given = scratch.files(tree)
        present = {path: row for path, row in project.left_out().items() if path in given}
        present |= cleaned(project, given, scratch.folder)
        missing = [path for path in given if path not in present]
        differing = [path for path, row in present.items() if row[1] != given[path][1]]
        owned = {path: MISSING for path in missing if is_owned(path)}
        owned |= {path: DRIFTED for path in differing if is_owned(path) and _lacks_lines(scratch, tree, project, path)}
        with journal.locked(project) if fix else nullcontext():
            healed = tuple(path for path in owned if fix and _heal(scratch, tree, project, path))
    return Drift(
        project,
        {path: state for path, state in owned.items() if path not in healed},
        tuple(path for path in differing if path not in owned),
        tuple(path for path in missing if not is_owned(path)),
        healed,
        _conflicts(project, [*given, *journal.conflicted(project)]),
        interrupted,
        fix,
    )


def is_owned(path: str) -> bool:
    return any(fnmatch(path, pattern) for pattern in OWNED)


def _conflicts(project: Existing, paths: Iterable[str]) -> tuple[str, ...]:
    """Return the unmerged paths, and those with conflict markers of `fwnew` or `copier`."""
    found = {path for path, stages in project.staged().items() if stages.keys() - {0}}
    for path in paths:
        file = project.root / path
        if file.is_file() and MARKERS.search(file.read_bytes()):
            found.add(path)
    return tuple(sorted(found))


def _lacks_lines(scratch: ScratchRepository, tree: str, project: Existing, path: str) -> bool:
    """Return whether a file lacks lines of the template. Added lines alone, such as a pin, do not count."""
    file = project.root / path
    if file.is_symlink() or not file.is_file():
        return True
    given = scratch.git("show", f"{tree}:{path}").encode("utf-8", "surrogateescape")
    return bool(set(given.splitlines()) - set(file.read_bytes().splitlines()))


def _heal(scratch: ScratchRepository, tree: str, project: Existing, path: str) -> bool:
    file, folder = project.root / path, scratch.folder / "heal"
    if blocker(project.root, path) or (os.path.lexists(file) and (file.is_symlink() or not file.is_file())):
        return False
    folder.mkdir(exist_ok=True)
    given, now = folder / "given", folder / "now"
    given.write_bytes(scratch.git("show", f"{tree}:{path}").encode("utf-8", "surrogateescape"))
    aside = f".fwnew-{journal.digest(path)[:8]}"  # the same again, so that the next check finds what a kill left
    put_back(project.root, path, [given], aside)
    try:
        shutil.copy2(file, now)
    except FileNotFoundError:
        return not exchange(project.root, path, None, given, aside)
    if set(now.read_bytes().splitlines()) - set(given.read_bytes().splitlines()):
        return False  # a person added lines
    return not exchange(project.root, path, now, given, aside)
