"""What an update and a check have to say: text for people, dictionaries for programs."""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fwnew.terminal.layout import table
from fwnew.updates.drift import Drift
from fwnew.updates.existing import Existing
from fwnew.updates.journal import SETTLE
from fwnew.updates.prepare import Change, Update
from fwnew.updates.recover import Settled

LETTERS = {"added": "A", "modified": "M", "deleted": "D", "renamed": "R"}
COLOURS = {"+": "32", "-": "31", "@": "36"}
DIFF_LINES = 400  # more than a person reads; `git diff --cached` shows the rest


def preview(update: Update) -> str:
    """What an update would do, file by file, and what it says of them."""
    project = update.project
    blocks = [f"{project.root.name}: {project.version} -> {update.to}" + _answers(update)]
    if entries := changelog(project, update.to):
        blocks.append(entries)
    blocks.append("\n".join(_line(update, change) for change in update.changes) or "  no file changes")
    if update.notes:
        blocks.append("\n".join(["look at these:", *notes(update)]))
    return "\n\n".join(blocks)


def _line(update: Update, change: Change) -> str:
    letter = "C" if change.path in update.conflicts else LETTERS[change.kind]
    return f"  {letter}  {change.before} -> {change.path}" if change.before else f"  {letter}  {change.path}"


def notes(update: Update) -> list[str]:
    """A line for each file that the merge could not simply take."""
    return table((f"  {note.path}", f"{note.kind}: {note.says}") for note in update.notes)


def diff(update: Update) -> Iterator[str]:
    """The difference, coloured where a terminal shows colours."""
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    lines = update.diff().splitlines()
    for line in lines[:DIFF_LINES]:
        plain = line.encode("utf-8", "replace").decode()
        colour = COLOURS.get(plain[:1]) if coloured else None
        yield f"\x1b[{colour}m{plain}\x1b[0m" if colour else plain
    if len(lines) > DIFF_LINES:
        yield f"... and {len(lines) - DIFF_LINES} lines more"


def done(update: Update, again: Sequence[str], committed: bool) -> str:
    """What was done, and what comes next. Only what lies there as it was written counts."""
    if update.conflicts:
        next_ = "next: settle the conflicts, git add them, and commit; or roll it all back: fwnew update --abort"
    elif committed:
        next_ = "committed"
    else:
        next_ = "next: look at it with git diff --cached, and commit; or roll it back: fwnew update --abort"
    names = {name for change in update.changes for name in (change.path, change.before)}
    lost = [path for path in again if path in names]
    lines = [f"updated to {update.to}: {len(update.changes) - len(lost)} files"]
    if again:
        lines.append(f"changed again while the update ran, and left as they are: {', '.join(again)}")
    return "\n".join([*lines, next_])


def rescued(ref: str, staged: bool) -> str:
    """Where what a person made of an update's files is found."""
    lines = [f"what you made of its files is kept: git show {ref}"]
    return "\n".join([*lines, *([f"and what you had staged: git show {ref}^2"] if staged else [])])


def settled(found: Settled, back: bool) -> str:
    """How an update ended that was finished or rolled back."""
    lines = ["the update is rolled back" if back else f"updated to {found.to}"]
    if found.kept:
        lines.append(f"these stay as you have them: {', '.join(found.kept)}")
    if found.beside:
        lines.append(f"what the update brings for them lies beside: {', '.join(found.beside)}")
    if found.conflicts:
        lines.append(f"next: settle the conflicts: {', '.join(found.conflicts)}")
    elif not back:
        lines.append("next: look at it with git diff --cached, and commit; or roll it back: fwnew update --abort")
    return "\n".join(lines)


def changelog(project: Existing, to: str) -> str:
    """What our own template's changelog says of the versions between; nothing for another template."""
    from fwnew.sources.address import is_carried

    known = list(project.versions)
    wanted = known[known.index(project.version) + 1 : known.index(to) + 1]
    file = _changelog_file()
    if not is_carried(project.template.url) or not file or not wanted:
        return ""
    sections = re.split(r"^## ", file.read_text("utf-8"), flags=re.MULTILINE)[1:]
    return "\n\n".join(section.strip() for section in sections if section.split(maxsplit=1)[0] in wanted)


def as_json(update: Update, *, applied: bool, committed: bool, again: Sequence[str]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "schema": 1,
        "from": update.project.version,
        "to": update.to,
        "applied": applied,
        "committed": committed,
        "changes": [vars(change) for change in update.changes],
        "notes": [vars(note) for note in update.notes],
        "conflicts": sorted(update.conflicts),
        "changed_again": list(again),
        "answers": dict(update.answers),
    }


def checked(found: Drift, deprecated: dict[str, str]) -> str:
    """How the project stands, in a few lines."""
    project = found.project
    newer = f", and {project.newest} is there: fwnew update" if found.behind else ", the newest"
    rows = [("version", f"{project.version}{newer}")]
    if found.interrupted:
        rows.append(("interrupted", f"an update to {found.interrupted}: {SETTLE}"))
    rows += [(path, "in conflict: settle it, git add it, and commit") for path in found.conflicts]
    rows += [(path, f"{state}; it is the template's: fwnew check --fix") for path, state in found.owned.items()]
    rows += [(path, "restored") for path in found.healed]
    rows += list(deprecated.items())
    yours = f"{len(found.changed)} files of the template changed, {len(found.deleted)} deleted: they are yours"
    return "\n".join(table([*rows, ("yours", yours)]))


def checked_json(found: Drift, deprecated: dict[str, str]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "schema": 1,
        "version": found.project.version,
        "newest": found.project.newest,
        "behind": found.behind,
        "owned": dict(found.owned),
        "changed": list(found.changed),
        "deleted": list(found.deleted),
        "healed": list(found.healed),
        "conflicts": list(found.conflicts),
        "interrupted": found.interrupted,
        "deprecated": deprecated,
        "fine": found.fine,
    }


def _answers(update: Update) -> str:
    old = update.project.answers
    changed = [f"{name}={value}" for name, value in update.answers.items() if name in old and old[name] != value]
    return f" ({', '.join(changed)})" if changed else ""


def _changelog_file() -> Path | None:
    """It lies in the package where that was built, and at the top where it runs from a checkout."""
    here = Path(__file__).parent
    return next((file for file in (here / "CHANGELOG.md", here.parents[1] / "CHANGELOG.md") if file.is_file()), None)
