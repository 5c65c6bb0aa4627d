"""An update to another template version or to other answers, computed before anything is written."""

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

AGAIN = "run the update again to see what would change now"


@dataclass(frozen=True)
class Change:
    """The change of one file: added, modified, deleted or renamed."""

    path: str
    kind: str
    before: str = ""  # the old path of a renamed file


@dataclass(frozen=True)
class Update:
    """Everything that an update would do. Its objects lie in the scratch repository; the project is unchanged."""

    project: Existing
    to: str  # the version, as the project will record it
    answers: Mapping[str, Any]
    head: str  # the commit that the update starts from
    before: Mapping[str, Row]  # every file of the project in that commit
    tree: str  # of the project's folder, after the update
    changes: tuple[Change, ...]
    notes: tuple[Note, ...]
    conflicts: Mapping[str, Stages]
    scratch: ScratchRepository

    @property
    def changed_answers(self) -> dict[str, Any]:
        """The answers that differ from those that the project records."""
        old = self.project.answers
        return {name: value for name, value in self.answers.items() if name in old and old[name] != value}

    def diff(self, *options: str) -> str:
        """Return the changes as a unified diff."""
        diff = ("diff-tree", "-p", "-M", "--no-ext-diff", "--no-textconv")
        return self.scratch.git(*diff, *options, tree_at(self.project, self.head), self.tree)


def tree_at(place: Place, commit: str) -> str:
    """Return the tree of the project's folder in a commit."""
    return git("rev-parse", f"{commit}:{place.prefix}", cwd=place.top).strip()


@contextmanager
def prepare(project: Existing, to: str | None = None, data: Mapping[str, Any] | None = None) -> Iterator[Update]:
    """Compute the update to a version, by default the newest, with the answers in `data` changed.

    Raises UsageError for an invalid version or answer, or when a file to change is not as committed; TemplateError
    when the template cannot be rendered.
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
    """Raise UsageError when a file differs from its commit, even if a flag hides that from `git status`."""
    for path, row in committed.items():
        if found.get(path) != row:
            require_head(project, head)  # a later commit or change has its own error
            require_clean(project)
            tag = git("ls-files", "-v", "-z", "--", path, cwd=project.root)[:1]
            flags = ["--no-skip-worktree"] * (tag in "Ss") + ["--no-assume-unchanged"] * tag.islower()
            again = " && ".join(f"git update-index {flag} {shlex.quote(path)}" for flag in flags)
            hint = f"{again or 'check `git status`'}, then commit or stash the file"
            raise UsageError(f"{path} differs from its commit, and a flag hides that from git status", hint)


def require_head(project: Place, head: str) -> None:
    """Raise UsageError when another commit was checked out after the update was prepared."""
    if project.head() != head:
        raise UsageError("there is a new commit since the update was prepared", AGAIN)


def given_tree(scratch: ScratchRepository, project: Existing) -> str:
    """Return the tree that the template renders for the recorded version and answers."""
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
        hint = "an update only goes forward; to go back: git revert"
        raise UsageError(f"{to} is older than the project's version, {project.version}", hint)
    return to


def _recorded(project: Existing) -> Answers:
    """Return the recorded answers; the recorded version must accept them."""
    with opened(project.template) as folder:
        questions = load(folder, project.root.name)
    try:
        return resolve(questions, project.answers)
    except UsageError as error:
        hint = f"restore it: git log -p -- {ANSWERS}"
        raise UsageError(f"{ANSWERS} was edited by hand: {error.message}", hint) from error


def _answers(project: Existing, target: Source, data: Mapping[str, Any]) -> Answers:
    """Return the recorded answers that the new version still asks for, with those in `data`."""
    with opened(target) as folder:
        questions = load(folder, project.root.name)
    framework = project.answers.get("framework")
    if framework and data.get("framework", framework) != framework:
        hint = "create a new project: fwnew new DEST --framework " + str(data["framework"])
        raise UsageError("framework: an update cannot change the framework", hint)
    kept = {name: value for name, value in project.answers.items() if questions.find(name)}
    return resolve(questions, {**kept, **data})


def _rendered(scratch: ScratchRepository, template: Source, answers: Answers, project: Existing) -> tuple[str, str]:
    """Render a template. Returns the tree, and the version that it records."""
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
    """Give a template file another name where an ignored file is in its way, which stays."""
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
    """Return new paths of the template's files by their old ones: its derived value `renames`.

    Git finds a rename only while half of the file stays the same. For a rewritten file, the template names it.
    """
    named = answers.context.get("renames")
    if not isinstance(named, Mapping):
        return {}
    return {str(old): str(new) for old, new in named.items()}


def _imports(scratch: ScratchRepository, yours: str, merged: str) -> list[Note]:
    """Return a note for each import that the update would break."""
    lost = imports.broken(scratch.texts(merged, ".py")) - imports.broken(scratch.texts(yours, ".py"))
    return [Note(path, "import", f"it uses {wanted}, which is gone") for path, wanted in sorted(lost)]


def _named(changes: Iterable[Change], renames: Mapping[str, str]) -> Iterator[Change]:
    """Yield one change for each file that the template renamed, where git sees a deletion and an addition."""
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
