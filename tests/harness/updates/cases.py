"""One random case: a project of an old version, a person's work, an update by either tool, and what it lost."""

import shutil
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.harness.updates.edits import Person, marks, start
from tests.harness.updates.template import RENAMED, VERSIONS

PAIRS = [(old, new) for i, old in enumerate(VERSIONS) for new in VERSIONS[i + 1 :]]


@dataclass(frozen=True)
class Case:
    """What was done, and each mark that is found neither where it was nor where the update says."""

    number: int
    edits: list[str]
    lost: list[str]
    conflicts: int


def project_of(template: Path, folder: Path, number: int) -> tuple[Path, str, list[str]]:
    """The project of a case after the person's work, and the version that it is to be updated to."""
    from copier import run_copy

    old, new = PAIRS[number % len(PAIRS)]
    project = folder / "demo"
    run_copy(str(template), project, vcs_ref=old, defaults=True, quiet=True)
    start(project, old)
    return project, new, Person(project, number).work()


def by_fwnew(template: Path, folder: Path, number: int) -> Case:
    """The case through `fwnew update`."""
    from fwnew.updates.apply import apply
    from fwnew.updates.existing import existing, require_clean
    from fwnew.updates.prepare import prepare

    project, new, edits = project_of(template, folder, number)
    before = marks(project)
    found = existing(project)
    require_clean(found)
    with prepare(found, new) as update:
        report = " ".join(f"{note.path} {note.says}" for note in update.notes)
        conflicts = len(update.conflicts)
        if update.changes:
            apply(update)
    return Case(number, edits, lost(before, marks(project), report), conflicts)


def by_copier(template: Path, folder: Path, number: int) -> Case:
    """The same case through plain `copier update`, which reports nothing."""
    from copier import run_update

    project, new, edits = project_of(template, folder, number)
    before = marks(project)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run_update(project, vcs_ref=new, defaults=True, overwrite=True, quiet=True)
    return Case(number, edits, lost(before, marks(project), ""), 0)


def lost(before: Mapping[str, list[bytes]], after: Mapping[str, list[bytes]], report: str) -> list[str]:
    """Every mark that is neither in its file, nor in what the template calls that now, nor in a file of the report."""
    missing = []
    named = [path for path in after if path in report]
    for path, wanted in before.items():
        places = [path, RENAMED.get(path, path), *named]
        found = {mark for place in places for mark in after.get(place, [])}
        missing += [f"{mark.decode()} of {path}" for mark in dict.fromkeys(wanted) if mark not in found]
        kept = [mark for mark in dict.fromkeys(after.get(path, [])) if mark in wanted]
        if kept != [mark for mark in dict.fromkeys(wanted) if mark in kept]:
            missing.append(f"the order of {path}")
    return missing


def emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
