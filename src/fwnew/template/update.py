"""A project brought to another version of its template, or to other answers: computed whole, then written at once."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fwnew.errors import TemplateError, UsageError
from fwnew.template.git import git
from fwnew.template.merge import Merged, Note, Stages, Workshop, free, workshop
from fwnew.template.project import ANSWERS, Existing
from fwnew.template.questions import Answers, load, resolve
from fwnew.template.render import copy
from fwnew.template.source import Source, opened


@dataclass(frozen=True)
class Change:
    """What happens to one file: added, modified, deleted or renamed."""

    path: str
    kind: str
    before: str = ""  # its name, if it is renamed


@dataclass(frozen=True)
class Update:
    """Everything that an update would do. The objects lie in the workshop, and nothing is written yet."""

    project: Existing
    to: str
    answers: Mapping[str, Any]
    tree: str  # of the project's folder, afterwards
    changes: tuple[Change, ...]
    notes: tuple[Note, ...]
    conflicts: Mapping[str, Stages]
    workshop: Workshop

    def diff(self, *options: str) -> str:
        """What changes, as a unified diff."""
        return self.workshop.git("diff-tree", "-p", "-M", *options, head_tree(self.project), self.tree)


def head_tree(project: Existing) -> str:
    """The tree of the project's folder as it was committed."""
    return git("rev-parse", f"HEAD:{project.prefix}", cwd=project.top).strip()


@contextmanager
def prepared(project: Existing, to: str | None = None, data: Mapping[str, Any] | None = None) -> Iterator[Update]:
    """The update to a version, the newest unless one is named, with some answers changed.

    Raises UsageError for a version or an answer that cannot be, TemplateError when the template cannot be rendered.
    """
    target = replace(project.template, ref=_target(project, to))
    with workshop(project.top) as shop:
        before = _rendered(shop, project.template, _recorded(project), project)
        answers = _answers(project, target, data or {})
        after = _rendered(shop, target, answers, project)
        yours = head_tree(project)
        merged = _beside(project, shop, shop.merge(before, yours, after))
        changes = tuple(_changes(shop.git("diff-tree", "-r", "-z", "-M", "--name-status", yours, merged.tree)))
        yield Update(
            project, str(target.ref), answers.values, merged.tree, changes, merged.notes, merged.conflicts, shop
        )


def given_tree(shop: Workshop, project: Existing) -> str:
    """What the template gives for the answers and the version that the project records."""
    return _rendered(shop, project.template, _recorded(project), project)


def _target(project: Existing, to: str | None) -> str:
    from packaging.version import Version

    if to is None:
        return project.newest
    if to not in project.versions:
        raise UsageError(f"the template has no version {to}", f"it has {', '.join(project.versions)}")
    if Version(to) < Version(project.version):
        hint = "an update goes forward; to go back: git revert"
        raise UsageError(f"{to} is older than {project.version}, the version of the project", hint)
    return to


def _recorded(project: Existing) -> Answers:
    """The answers as the project records them, which its own version must still accept."""
    with opened(project.template) as folder:
        questions = load(folder, project.root.name)
    try:
        return resolve(questions, project.answers)
    except UsageError as error:
        hint = f"restore it: git log -p -- {ANSWERS}"
        raise UsageError(f"{ANSWERS} was edited by hand: {error.message}", hint) from error


def _answers(project: Existing, target: Source, data: Mapping[str, Any]) -> Answers:
    """The recorded answers, as far as they are still asked for, and those that change."""
    with opened(target) as folder:
        questions = load(folder, project.root.name)
    framework = project.answers.get("framework")
    if framework and data.get("framework", framework) != framework:
        hint = "make a new project beside it: fwnew new DEST --framework " + str(data["framework"])
        raise UsageError("framework: no update leads from one framework to the other", hint)
    kept = {name: value for name, value in project.answers.items() if questions.find(name)}
    return resolve(questions, {**kept, **data})


def _rendered(shop: Workshop, template: Source, answers: Answers, project: Existing) -> str:
    folder = shop.folder.parent / f"rendered-{template.ref}"
    folder = Path(free(str(folder), {str(path): ("", "") for path in shop.folder.parent.iterdir()})) / project.root.name
    copy(template.url, template.ref, answers, folder)
    if not (folder / ANSWERS).is_file():
        raise TemplateError("the template records no answers", f"it needs a file {ANSWERS}")
    return shop.tree_of(folder)


def _beside(project: Existing, shop: Workshop, merged: Merged) -> Merged:
    """A new file of the template does not overwrite what lies there and is not in git: it comes beside it."""
    files, old = shop.files(merged.tree), shop.files(head_tree(project))
    blocked = [path for path in files.keys() - old.keys() if os.path.lexists(project.root / path)]
    added, notes = dict[str, tuple[str, str]](), list(merged.notes)
    for path in sorted(blocked):
        beside = free(f"{path}.template", files)
        added[beside] = files[path]
        notes.append(Note(path, "in the way", f"yours, which git ignores, stays; the template's is {beside}"))
    if not blocked:
        return merged
    conflicts = {path: stages for path, stages in merged.conflicts.items() if path not in blocked}
    return Merged(shop.changed(merged.tree, blocked, added), tuple(notes), conflicts)


def _changes(printed: str) -> Iterator[Change]:
    words = iter(printed.split("\0")[:-1])
    for status in words:
        kind = {"A": "added", "D": "deleted", "R": "renamed"}.get(status[0], "modified")
        before = next(words) if status[0] == "R" else ""
        yield Change(next(words), kind, before)
