"""Recovery: an interrupted update is finished or rolled back, and a finished one rolled back before its commit.

Each path is compared with the journal, in the working tree, the index and the last commit. If the path holds neither
the file before the update nor the one after it, a person changed it: their file stays, and its path is reported. Only
`abort` of a finished update moves such files to a rescue commit.
"""

import json
import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fwnew.errors import FwnewError, UsageError
from fwnew.system.git import git
from fwnew.updates import journal as journals
from fwnew.updates.existing import ANSWERS, Place, Row
from fwnew.updates.journal import AFTER, BEFORE, DONE, OTHER, SETTLE, WRITING, Journal, Step
from fwnew.updates.merge import TEMPLATE
from fwnew.updates.rescue import rescue_commit
from fwnew.updates.tracked import load_project, obstructed, wait_for_index, write_index
from fwnew.updates.work_tree import name_beside, uninterrupted

Tell = Callable[[str, bool], None]
"""Called with the ref of the rescue commit, or an empty string, and whether its second parent holds the index."""

OLD_JOURNAL = "fwnew-update.json"  # of fwnew 0.5 and earlier: one for all projects of a repository


@dataclass(frozen=True)
class Settled:
    """How a recovery ended: the `kept` paths stay as a person left them; `rescue` is the ref of the rescue commit."""

    to: str
    kept: tuple[str, ...]
    rescue: str = ""
    staged: bool = False
    beside: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()


def abort(place: Place, tell: Tell) -> Settled:
    """Roll back the last update, interrupted or finished.

    Calls `tell` before any file changes, since a kill may follow. Raises UsageError when there is no update, when it
    was committed, or while another update is running.
    """
    with journals.locked(place):
        journal = journals.read(place) or _old(place)
        if journal is None:
            undo = "to undo a committed update: git revert"
            hint = undo if (place.root / ANSWERS).exists() else "name the folder of a project"
            raise UsageError("there is no update to roll back", hint)
        wait_for_index(place)
        if journal.state == DONE:
            if _committed(journal):
                raise UsageError("the last update was committed", "undo it with git revert")
            journal = _rescued(journal)
        tell(journal.rescue, journal.staged)
        with uninterrupted():
            journal.save(WRITING)
            place.git_path(OLD_JOURNAL).unlink(missing_ok=True)
            kept = roll_back(journal)
            journal.forget()
        return Settled(journal.to, tuple(kept), journal.rescue, journal.staged)


def finish(place: Place, tell: Tell) -> Settled:
    """Finish an interrupted update. A file that a person changed since stays; the update's gets another name.

    Raises UsageError when no update was interrupted, or while another is running.
    """
    with journals.locked(place):
        journal = journals.read(place)
        if old_interrupted(place):
            hint = "roll it back: fwnew update --abort"
            raise UsageError("an older fwnew began this update, and this one cannot finish it", hint)
        if journal is None or journal.state != WRITING:
            raise UsageError("no update was interrupted", "start one: fwnew update")
        wait_for_index(place)
        tell(journal.rescue, journal.staged)
        with uninterrupted():
            return _finish(journal)


def roll_back(journal: Journal) -> list[str]:
    """Undo what an update wrote. Returns the paths that a person changed, staged or committed since, which stay."""
    place = journal.place
    kept = journal.tidy()
    committed, rows = place.committed(), []
    for step in reversed(journal.steps):
        if committed.get(step.path) != step.before:
            kept.append(step.path)
            continue
        there = journal.found_at(step)
        if there == AFTER:
            kept += journal.back(step)
        if there == OTHER:
            kept.append(step.path)
        rows.append((step, step.entries))
    return sorted({*kept, *_staged(place, rows)})


def roll_back_after(journal: Journal, error: BaseException) -> None:
    """Roll back after an error, and add the paths that stay to its details.

    Raises FwnewError when the rollback fails, too; the journal then stays.
    """
    try:
        kept = roll_back(journal)
        journal.forget()
    except (FwnewError, OSError) as second:
        reason = getattr(error, "message", "") or str(error) or type(error).__name__
        raise FwnewError(f"the update stopped half-way: {reason}; rolling back failed: {second}", SETTLE) from second
    if kept and isinstance(error, FwnewError):
        error.details = f"everything else is as before; these stay as you left them: {', '.join(kept)}"


def old_interrupted(place: Place) -> str:
    """Return a name for the version of an update that an older fwnew left interrupted, or an empty string.

    Raises UsageError when the journal of that fwnew may belong to another project of the repository.
    """
    content = _old_content(place)
    if content.get("state") != WRITING:
        return ""
    _require_one_project(place)
    return "a newer version"


def _finish(journal: Journal) -> Settled:
    place = journal.place
    kept = journal.tidy()
    committed = place.committed()
    done, left = list[Step](), list[Step]()
    for step in journal.steps:
        there = journal.found_at(step)
        if there == BEFORE and committed.get(step.path) == step.before and not journal.forward(step):
            there = AFTER
        (done if there == AFTER else left).append(step)
    others = [_beside(journal, step) for step in left if step.exists]
    journal = replace(journal, steps=(*done, *others)).save(WRITING)  # after a kill, the journal knows their names
    for step in others:
        journal.forward(step)
    kept += _staged(place, [(step, step.after) for step in (*done, *others)])
    journal.save(DONE)
    return Settled(
        journal.to,
        tuple(sorted({*kept, *(step.path for step in left)})),
        journal.rescue,
        journal.staged,
        beside=tuple(step.path for step in others),
        conflicts=tuple(step.path for step in done if set(step.after) - {0}),
    )


def _staged(place: Place, rows: Sequence[tuple[Step, dict[int, Row]]]) -> list[str]:
    """Write these entries to the index. Returns the paths where a person staged something else, which stays."""
    staged, kept, free = place.staged(), list[str](), []
    in_the_way = obstructed(staged, {step.path for step, _ in rows})
    for step, entries in rows:
        now = staged.get(step.path, {})
        if now not in (step.after, step.entries) or (entries and step.path in in_the_way):
            kept.append(step.path)
        elif now != entries:
            free.append((step.path, entries))
    write_index(place, free)
    return kept


def _beside(journal: Journal, step: Step) -> Step:
    """Return a step that writes the update's file under another name, since a person has something else there."""
    path = name_beside(journal.place.root, step.path, TEMPLATE)
    row = step.after.get(0) or step.after.get(3) or next(iter(step.after.values()))
    new = Step(path, None, {0: row})
    source, copy = journal.after(step), journal.after(new)
    if source and copy:
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, copy, follow_symlinks=False)
    return new


def _committed(journal: Journal) -> bool:
    committed = journal.place.committed()
    return any(committed.get(step.path) != step.before for step in journal.steps)


def _rescued(journal: Journal) -> Journal:
    """Copy a person's changes to the files of a finished update into a rescue commit.

    Returns a journal with that commit and the current files. The journal on disk stays valid until that one is saved.
    """
    place = journal.place
    committed, staged = place.committed(), place.staged()
    changed, steps = dict[str, Path | None](), list[Step]()
    new = replace(journal, afters=f"{OTHER}-{secrets.token_hex(4)}")
    (journal.folder / new.afters).mkdir()
    for step in journal.steps:
        now, target = staged.get(step.path, {}), place.root / step.path
        known = now in (step.after, step.entries) and journal.found_at(step) != OTHER
        exists = os.path.lexists(target)
        if known or (exists and not target.is_symlink() and not target.is_file()):
            steps.append(step)
            source = journal.after(step)
        else:
            steps.append(Step(step.path, step.before, now, exists))
            source = target
            changed[step.path] = new.after(steps[-1])
        if copy := new.after(steps[-1]):
            shutil.copy2(source or target, copy, follow_symlinks=False)
    new = replace(new, steps=tuple(steps))
    if not changed:
        return new
    own = {path: rows[0] for path, rows in staged.items() if path in changed and 0 in rows}
    own = {path: row for path, row in own.items() if committed.get(path) != row}
    return replace(new, rescue=rescue_commit(place, changed, own), staged=bool(own))


def _old_content(place: Place) -> dict[str, object]:
    file = place.git_path(OLD_JOURNAL)
    try:
        content = dict(json.loads(file.read_text("utf-8")))
        if content["state"] not in (WRITING, DONE) or not all(map(journals.is_inside, content["paths"])):
            raise ValueError
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError) as error:
        raise FwnewError(f"{file} is broken", "check `git status`, then remove that file") from error
    return content


def _require_one_project(place: Place) -> None:
    answers = git("ls-files", "-z", "--", f":(top,glob)**/{ANSWERS}", cwd=place.top).split("\0")[:-1]
    if len(answers) > 1:
        message = f"an older fwnew updated one of {', '.join(answers)}, and did not record which"
        hint = f"check `git status`, then remove {place.git_path(OLD_JOURNAL)}"
        raise UsageError(message, hint)


def _old(place: Place) -> Journal | None:
    """Return the journal of an older fwnew, which kept no copies: a file that differs from its commit is a person's."""
    content = _old_content(place)
    paths = content.get("paths")
    if not isinstance(paths, list) or (content.get("state") == DONE and content.get("head") != place.head()):
        return None
    _require_one_project(place)
    committed, staged = place.committed(), place.staged()
    steps = [Step(path, committed.get(path), staged.get(path, {})) for path in map(str, paths)]
    journal = journals.new(place, "a newer version", steps)
    variables = {
        "GIT_DIR": str(place.git_dir),
        "GIT_WORK_TREE": str(journal.folder / BEFORE),
        "GIT_INDEX_FILE": str(journal.folder / "index"),
    }
    load_project(place, variables)
    present = "".join(f"{place.prefix}{step.path}\0" for step in steps if step.before)
    git("checkout-index", "-z", "--stdin", cwd=journal.folder / BEFORE, stdin=present, variables=variables)
    return replace(journal, state=DONE, steps=tuple(replace(step, exists=False, after={}) for step in journal.steps))
