"""A project brought to another version of its template, or to other answers: computed whole, then written at once."""

import os
import shlex
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fwnew.errors import TemplateError, UsageError
from fwnew.project.render import run_copier
from fwnew.questions.questions import Answers, load, resolve
from fwnew.sources.source import Source, opened
from fwnew.system.git import git
from fwnew.updates import imports
from fwnew.updates.existing import ANSWERS, CHECK_OUT, Existing, Place, Row, recorded_version, require_clean
from fwnew.updates.merge import TEMPLATE, Merged, Note, ScratchRepository, Stages, scratch_repository
from fwnew.updates.tracked import cleaned
from fwnew.updates.work_tree import name_beside, obstacle

AGAIN = "run it again to see what it would do now"


@dataclass(frozen=True)
class Change:
    """What happens to one file: added, modified, deleted or renamed."""

    path: str
    kind: str
    before: str = ""  # its name, if it is renamed


@dataclass(frozen=True)
class Update:
    """Everything that an update would do. The objects lie in the scratch repository, and nothing is written yet."""

    project: Existing
    to: str  # as the project records it
    answers: Mapping[str, Any]
    head: str  # the commit that it starts from
    before: Mapping[str, Row]  # every file of the project in that commit
    tree: str  # of the project's folder, afterwards
    changes: tuple[Change, ...]
    notes: tuple[Note, ...]
    conflicts: Mapping[str, Stages]
    scratch: ScratchRepository

    def diff(self, *options: str) -> str:
        """What changes, as a unified diff."""
        diff = ("diff-tree", "-p", "-M", "--no-ext-diff", "--no-textconv")
        return self.scratch.git(*diff, *options, tree_at(self.project, self.head), self.tree)


def tree_at(place: Place, commit: str) -> str:
    """The tree of the project's folder in a commit."""
    return git("rev-parse", f"{commit}:{place.prefix}", cwd=place.top).strip()


@contextmanager
def prepare(project: Existing, to: str | None = None, data: Mapping[str, Any] | None = None) -> Iterator[Update]:
    """The update to a version, the newest unless one is named, with some answers changed.

    Raises UsageError for a version or an answer that cannot be, TemplateError when the template cannot be rendered.
    """
    target = replace(project.template, ref=_target(project, to))
    with scratch_repository(project) as scratch:
        before, _ = _rendered(scratch, project.template, _recorded(project), project)
        answers = _answers(project, target, data or {})
        after, version = _rendered(scratch, target, answers, project)
        head = project.head()
        yours = tree_at(project, head)
        old = scratch.files(yours)
        renames = _renames(answers)
        base, own = (scratch.renamed(tree, renames, after) for tree in (before, yours))
        merged = _beside(project, scratch, scratch.merge(base, own, after), old)
        merged = replace(merged, notes=(*merged.notes, *_imports(scratch, yours, merged.tree)))
        printed = scratch.git("diff-tree", "-r", "-z", "-M", "--name-status", yours, merged.tree)
        changes = tuple(_named(_changes(printed), renames))
        touched = {path: old[path] for change in changes for path in (change.path, change.before) if path in old}
        if missing := sorted(touched.keys() & project.left_out().keys()):
            raise UsageError(f"the update changes {missing[0]}, which is not checked out", CHECK_OUT)
        require_committed(project, head, touched, cleaned(project, touched, scratch.folder))
        yield Update(
            project, version, answers.values, head, old, merged.tree, changes, merged.notes, merged.conflicts, scratch
        )


def require_committed(project: Place, head: str, committed: Mapping[str, Row], found: Mapping[str, Row]) -> None:
    """Raise UsageError when a file is not what was committed, even where a flag hides that from `git status`."""
    for path, row in committed.items():
        if found.get(path) != row:
            require_head(project, head)  # else it was changed since these were asked
            require_clean(project)
            tag = git("ls-files", "-v", "-z", "--", path, cwd=project.root)[:1]
            flags = ["--no-skip-worktree"] * (tag in "Ss") + ["--no-assume-unchanged"] * tag.islower()
            again = " && ".join(f"git update-index {flag} {shlex.quote(path)}" for flag in flags)
            hint = f"{again or 'see git status'}, then commit or stash it"
            raise UsageError(f"{path} is not what was committed, and a flag hides that from git status", hint)


def require_head(project: Place, head: str) -> None:
    """Raise UsageError when another commit is checked out than when the update was prepared."""
    if project.head() != head:
        raise UsageError("there is a new commit since the update was prepared", AGAIN)


def given_tree(scratch: ScratchRepository, project: Existing) -> str:
    """What the template gives for the answers and the version that the project records."""
    return _rendered(scratch, project.template, _recorded(project), project)[0]


def _target(project: Existing, to: str | None) -> str:
    from packaging.version import Version

    if to is None:
        return project.newest
    if to not in project.versions:
        raise UsageError(f"the template has no version {to}", f"it has {', '.join(project.versions)}")
    if project.is_same(to, project.version):
        return project.version
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


def _rendered(scratch: ScratchRepository, template: Source, answers: Answers, project: Existing) -> tuple[str, str]:
    """The tree that a template gives, and the version that it records."""
    folder = Path(tempfile.mkdtemp(dir=scratch.folder.parent)) / project.root.name
    run_copier(template.url, template.ref, answers, folder)
    if not (folder / ANSWERS).is_file():
        raise TemplateError("the template records no answers", f"it needs a file {ANSWERS}")
    try:
        version = recorded_version(folder)
    except UsageError as error:
        raise TemplateError(f"the template writes a broken {ANSWERS}", "its maintainers must correct it") from error
    return scratch.tree_of(folder), version or str(template.ref)


def _beside(project: Existing, scratch: ScratchRepository, merged: Merged, old: Mapping[str, Row]) -> Merged:
    """A file of the template does not overwrite what lies there and is not in git: it comes beside it."""
    files = scratch.files(merged.tree)
    leaving = old.keys() - files.keys()
    hidden = {path: row for path, row in merged.left_out.items() if os.path.lexists(project.root / path)}
    added, blocked = dict[str, Row](), list[str]()
    notes = [note for note in merged.notes if note.path not in hidden]
    for path in sorted((files.keys() - old.keys()) | hidden.keys()):
        way = obstacle(project.root, path, leaving, new=True)
        if way is None:
            continue
        name = way.relative_to(project.root).as_posix()
        other = name_beside(project.root, path, TEMPLATE, files.keys() | added.keys())
        added[other] = hidden.get(path) or files[path]
        blocked += [path] if path in files else []
        yours = "yours, which git ignores, stays" if name == path else f"{name}, which git ignores, stays"
        notes.append(Note(path, "in the way", f"{yours}; the template's is {other}"))
    if not added:
        return merged
    conflicts = {path: stages for path, stages in merged.conflicts.items() if path not in blocked}
    return Merged(scratch.changed(merged.tree, blocked, added), tuple(notes), conflicts)


def _renames(answers: Answers) -> dict[str, str]:
    """What the template calls some files now, by their old names: its derived value `renames`.

    Git finds a rename by itself while half of a file is as before. A template says so where it rewrote the file.
    """
    named = answers.context.get("renames")
    if not isinstance(named, Mapping):
        return {}
    return {str(old): str(new) for old, new in named.items()}


def _imports(scratch: ScratchRepository, yours: str, merged: str) -> list[Note]:
    """What Python files of the project import and could have before, and will not be there."""
    lost = imports.broken(scratch.texts(merged, ".py")) - imports.broken(scratch.texts(yours, ".py"))
    return [Note(path, "import", f"it uses {wanted}, which is gone") for path, wanted in sorted(lost)]


def _named(changes: Iterable[Change], renames: Mapping[str, str]) -> Iterator[Change]:
    """One change for each file that the template renamed, although git sees another file."""
    found = {change.path: change for change in changes}
    for old, new in renames.items():
        if found.get(old, Change(old, "")).kind == "deleted" and found.get(new, Change(new, "")).kind == "added":
            del found[old]
            found[new] = Change(new, "renamed", old)
    yield from found.values()


def _changes(printed: str) -> Iterator[Change]:
    words = iter(printed.split("\0")[:-1])
    for status in words:
        kind = {"A": "added", "D": "deleted", "R": "renamed"}.get(status[0], "modified")
        before = next(words) if status[0] == "R" else ""
        yield Change(next(words), kind, before)
