"""The write of an update into a project, all or nothing.

All new files are first written to the git folder. Then each replaces its predecessor, and the index comes last. If a
person changed something meanwhile, that stays, and the update is rolled back. `recover` continues after a kill.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from fwnew.errors import FwnewError, GitError, UsageError
from fwnew.system import disk
from fwnew.system.git import git
from fwnew.updates import journal as journals
from fwnew.updates import recover
from fwnew.updates.existing import Place, require_clean
from fwnew.updates.journal import AFTER, BEFORE, DONE, SETTLE, WRITING, Journal, Step
from fwnew.updates.merge import OWN_SETTINGS, TEMPLATE, YOURS
from fwnew.updates.prepare import AGAIN, Update, require_committed, require_head
from fwnew.updates.tracked import cleaned, load_project, wait_for_index, write_index
from fwnew.updates.work_tree import obstacle, uninterrupted

KEEP_OR_LEAVE = "the update is staged: commit it yourself, or roll it back: fwnew update --abort"


def apply(update: Update) -> list[str]:
    """Write the update into the working tree and the index, which keeps conflicts unmerged: git refuses to commit them.

    Returns the paths that a person changed before the update ended. Raises UsageError when another update is running
    or was interrupted, or when the project changed since the update was prepared; FwnewError when a write fails. The
    project is then as before, unless the error says that the update stopped half-way.
    """
    project = update.project
    disk.require_room(project.root, update.scratch.folder.parent)
    with journals.locked(project):
        _refuse(journals.half_written(project))
        require_unchanged(update)
        with disk.explain_full_disk(project.root):
            journal = _ready(update)
        wait_for_index(project)
        with uninterrupted():
            journal = _write(journal.save(WRITING))
        return [step.path for step in journal.steps if journal.found_at(step) != AFTER]


def require_settled(place: Place) -> None:
    """Raise UsageError while an update of the project is running, or when one was interrupted."""
    _refuse(journals.interrupted(place) or recover.old_interrupted(place))


def _refuse(to: str) -> None:
    if to:
        raise UsageError(f"an update to {to} was interrupted", SETTLE)


def require_unchanged(update: Update) -> None:
    """Raise UsageError when the project changed after the update was prepared."""
    project = update.project
    require_head(project, update.head)
    require_clean(project)
    steps = _steps(update)
    leaving = {step.path for step in steps if not step.exists}
    for step in steps:
        if step.exists and (way := obstacle(project.root, step.path, leaving, new=not step.before)):
            raise UsageError(f"{way} appeared since the update was prepared", AGAIN)


@contextmanager
def explain_ctrl_c(place: Place) -> Iterator[None]:
    """Raise FwnewError for a Ctrl-C that comes after the update was written.

    As a KeyboardInterrupt, it would be reported as "nothing was written".
    """
    before = journals.read(place)
    try:
        yield
    except KeyboardInterrupt:
        now = journals.read(place)
        if now is None or now.state != DONE or (before and before.token == now.token):
            raise
        hint = "check `git status` and commit the update, or roll it back: fwnew update --abort"
        raise FwnewError(f"interrupted after the update to {now.to} was written", hint, exit_code=130) from None


def commit_update(update: Update) -> None:
    """Commit a written update, and nothing else in the repository.

    The files come from the index: read again from the working tree, a person's git settings could change them. Raises
    GitError when git refuses, such as for a hook or a missing identity; the update stays and can be rolled back.
    """
    project = update.project
    for state in ("MERGE_HEAD", "CHERRY_PICK_HEAD"):
        if project.git_path(state).exists():
            raise GitError("git commit failed: a merge or cherry-pick is in progress", KEEP_OR_LEAVE)
    message = f"Update the template from {project.version} to {update.to}"
    if update.to == project.version:
        message = f"Change answers to the template: {', '.join(update.changed_answers)}"
    index = project.git_path("fwnew/commit.index")
    variables = {"GIT_INDEX_FILE": str(index)}
    try:
        shutil.copyfile(project.git_path("index"), index)  # keeps the flags of a sparse checkout
        git("read-tree", "-i", "-m", "HEAD", cwd=project.top, variables=variables)
        write_index(project, [(step.path, step.after) for step in _steps(update)], variables)
        git("commit", "--quiet", "--message", message, cwd=project.root, variables=variables)
        _take_up(project, _steps(update))
    except GitError as error:
        raise GitError(f"the update is written but not committed: {error.message}", KEEP_OR_LEAVE) from error
    finally:
        index.unlink(missing_ok=True)


def _take_up(project: Place, steps: tuple[Step, ...]) -> None:
    """Copy what a hook changed in the commit to the index, except paths that a person staged meanwhile."""
    made, staged = project.committed(), project.staged()
    rows = [(step.path, {0: made[step.path]} if step.path in made else {}) for step in steps]
    now = {step.path for step in steps if staged.get(step.path, {}) == step.after}
    write_index(project, [(path, row) for path, row in rows if path in now and row != staged.get(path, {})])


def _steps(update: Update) -> tuple[Step, ...]:
    files, old = update.scratch.files(update.tree), update.before
    changed = {path for change in update.changes for path in (change.path, change.before) if path}
    steps = []
    for path in sorted(changed | update.conflicts.keys()):
        after = update.conflicts.get(path) or ({0: files[path]} if path in files else {})
        steps.append(Step(path, old.get(path), dict(after), path in files))
    return tuple(steps)


def _ready(update: Update) -> Journal:
    """Create a journal with each file before and after the update, byte for byte as in the working tree.

    Raises UsageError when a file differs from its commit, even if `git status` hides that.
    """
    project = update.project
    journal = journals.new(project, update.to, _steps(update))
    _fetch(update, journal)
    for step in journal.steps:
        if copy := journal.before(step):
            copy.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copy2(project.root / step.path, copy, follow_symlinks=False)
            except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
                raise UsageError(f"{step.path} changed since the update was prepared", AGAIN) from error
    committed = {step.path: step.before for step in journal.steps if step.before}
    require_committed(
        project, update.head, committed, cleaned(project, committed, update.scratch.folder, journal.folder / BEFORE)
    )
    _check_out(update, journal)
    return journal


def _fetch(update: Update, journal: Journal) -> None:
    """Copy the objects that the index needs into the project's repository."""
    scratch, place = update.scratch, update.project
    # With both sides as parents, the pack includes the versions in conflict.
    commit = scratch.commit(update.tree, YOURS, TEMPLATE)
    pack = scratch.git("pack-objects", "--revs", "--local", "--stdout", "--quiet", stdin=f"{commit}\n")
    git("unpack-objects", "-q", cwd=place.root, stdin=pack)
    git(*OWN_SETTINGS, "update-ref", journal.ref, commit, cwd=place.root)


def _check_out(update: Update, journal: Journal) -> None:
    """Check out the update's files into the journal's folder, as git would into the working tree."""
    project, folder = update.project, journal.folder / AFTER
    variables = {
        "GIT_DIR": str(project.git_dir),
        "GIT_WORK_TREE": str(folder),
        "GIT_INDEX_FILE": str(journal.folder / "index"),
    }
    load_project(project, variables, update.tree)
    paths = "".join(f"{project.prefix}{step.path}\0" for step in journal.steps if step.exists)
    git(*_line_ends(journal), "checkout-index", "-z", "--stdin", cwd=folder, stdin=paths, variables=variables)
    (journal.folder / "index").unlink()


def _line_ends(journal: Journal) -> list[str]:
    """Return the git options that give new files the line endings of the project's other files.

    A new project keeps the line endings of its template. Git converts them only after a person checked the project out
    with settings that do: then these settings apply.
    """
    for step in journal.steps:
        copy = journal.before(step)
        if copy and not copy.is_symlink() and b"\r\n" in copy.read_bytes():
            mode_and_blob = step.before or ("", "")
            if "\r\n" not in git("cat-file", "blob", mode_and_blob[1], cwd=journal.place.root):
                return []
    return ["-c", "core.autocrlf=false", "-c", "core.eol=lf", "-c", "core.attributesFile=" + os.devnull]


def _write(journal: Journal) -> Journal:
    """Write the files, then the index. Any error rolls the update back, but keeps what a person changed."""
    place = journal.place
    try:
        with disk.explain_full_disk(place.root):
            for step in journal.steps:
                if others := journal.forward(step):
                    raise FwnewError(f"{', '.join(others)} changed during the update", "run the update again")
            staged = place.staged()
            if others := [step.path for step in journal.steps if staged.get(step.path, {}) != step.entries]:
                raise FwnewError(f"{', '.join(others)} was staged during the update", "run the update again")
            write_index(place, [(step.path, step.after) for step in journal.steps])
        return journal.save(DONE)
    except BaseException as error:
        recover.roll_back_after(journal, error)
        raise
