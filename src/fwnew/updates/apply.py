"""An update written into a project, all or nothing.

First everything is laid ready in git's own folder, then each file is exchanged for its successor, last the index. What
a person changed meanwhile is never touched: the update is rolled back and says so. See `recover` for what a kill
leaves.
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
    """Write the update into the work tree and the index; conflicts stay open in the index, so nobody commits them.

    Returns the paths that were changed again before it ended. Raises UsageError when another update is running or
    was interrupted, or when the project changed since the update was prepared; FwnewError when it cannot be written.
    In all these cases the project is as it was.
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
    """Raise UsageError where an update was interrupted, and nobody has said yet what becomes of it, or is running."""
    _refuse(journals.interrupted(place) or recover.old_interrupted(place))


def _refuse(to: str) -> None:
    if to:
        raise UsageError(f"an update to {to} was interrupted", SETTLE)


def require_unchanged(update: Update) -> None:
    """Raise UsageError when somebody changed the project after the update was prepared."""
    project = update.project
    require_head(project, update.head)
    require_clean(project)
    steps = _steps(update)
    leaving = {step.path for step in steps if not step.exists}
    for step in steps:
        if step.exists and (way := obstacle(project.root, step.path, leaving, new=not step.before)):
            raise UsageError(f"{way} appeared since the update was prepared", AGAIN)


@contextmanager
def told(place: Place) -> Iterator[None]:
    """Ctrl-C after the update was written does not pass for one before it.

    Raises FwnewError then.
    """
    before = journals.read(place)
    try:
        yield
    except KeyboardInterrupt:
        now = journals.read(place)
        if now is None or now.state != DONE or (before and before.token == now.token):
            raise
        hint = "see git status, and commit it; or roll it back: fwnew update --abort"
        raise FwnewError(f"the update to {now.to} is written, then it was interrupted", hint, exit_code=130) from None


def commit_update(update: Update) -> None:
    """Commit an update that was written, and nothing else of the repository.

    What the index holds of it is committed: read once more from the work tree, a file may change by a person's
    settings. Raises GitError when git refuses, by a hook or without an identity; the update stays, and can be
    rolled back.
    """
    project = update.project
    for state in ("MERGE_HEAD", "CHERRY_PICK_HEAD"):
        if project.git_path(state).exists():
            raise GitError("git commit failed: a merge or cherry-pick is not concluded", KEEP_OR_LEAVE)
    message = f"Update the template from {project.version} to {update.to}"
    index = project.git_path("fwnew/commit.index")
    variables = {"GIT_INDEX_FILE": str(index)}
    try:
        shutil.copyfile(project.git_path("index"), index)  # which knows what is not checked out
        git("read-tree", "-i", "-m", "HEAD", cwd=project.top, variables=variables)
        write_index(project, [(step.path, step.after) for step in _steps(update)], variables)
        git("commit", "--quiet", "--message", message, cwd=project.root, variables=variables)
        _take_up(project, _steps(update))
    except GitError as error:
        raise GitError(f"the update is written, and is not committed: {error.message}", KEEP_OR_LEAVE) from error
    finally:
        index.unlink(missing_ok=True)


def _take_up(project: Place, steps: tuple[Step, ...]) -> None:
    """Let the index hold what a hook made of the update, but for what a person staged meanwhile."""
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
    """Lay ready what lies in the work tree and what is to come, each as it lies there, line ends and all.

    Raises UsageError when a file is not what was committed, although git says so.
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
    """Bring the objects that the index needs into the project's repository."""
    scratch, place = update.scratch, update.project
    # With both sides as its parents, the versions that are in conflict come along.
    commit = scratch.commit(update.tree, YOURS, TEMPLATE)
    pack = scratch.git("pack-objects", "--revs", "--local", "--stdout", "--quiet", stdin=f"{commit}\n")
    git("unpack-objects", "-q", cwd=place.root, stdin=pack)
    git(*OWN_SETTINGS, "update-ref", journal.ref, commit, cwd=place.root)


def _check_out(update: Update, journal: Journal) -> None:
    """Let git write the files of the update, as it would into the work tree, into the journal's folder."""
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
    """Files come with the line ends that the others have: with git's own, unless git has turned those of this project.

    A new project has the line ends of its template even where a person's git turns them in whatever it checks out.
    """
    for step in journal.steps:
        copy = journal.before(step)
        if copy and not copy.is_symlink() and b"\r\n" in copy.read_bytes():
            mode_and_blob = step.before or ("", "")
            if "\r\n" not in git("cat-file", "blob", mode_and_blob[1], cwd=journal.place.root):
                return []
    return ["-c", "core.autocrlf=false", "-c", "core.eol=lf", "-c", "core.attributesFile=" + os.devnull]


def _write(journal: Journal) -> Journal:
    """Exchange the files, then the index; on any trouble all is rolled back, but for what is not the update's."""
    place = journal.place
    try:
        with disk.explain_full_disk(place.root):
            for step in journal.steps:
                if others := journal.forward(step):
                    raise FwnewError(f"{', '.join(others)} changed while the update was being written", "run it again")
            staged = place.staged()
            if others := [step.path for step in journal.steps if staged.get(step.path, {}) != step.entries]:
                raise FwnewError(f"{', '.join(others)} was staged while the update was being written", "run it again")
            write_index(place, [(step.path, step.after) for step in journal.steps])
        return journal.save(DONE)
    except BaseException as error:
        recover.rolled_back(journal, error)
        raise
