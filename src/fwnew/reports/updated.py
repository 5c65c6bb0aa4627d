"""The reports of an update and a check: text for people, dictionaries for programs."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fwnew.sources.address import is_carried
from fwnew.terminal.blocks import Block, Lines, Stack, Table, Text
from fwnew.updates.drift import Drift
from fwnew.updates.existing import Existing
from fwnew.updates.journal import SETTLE
from fwnew.updates.prepare import Change, Update
from fwnew.updates.recover import Settled

LETTERS = {"added": "A", "modified": "M", "deleted": "D", "renamed": "R"}
STYLES = {"+": "good", "-": "bad", "@": "command"}
DIFF_LINES = 400  # more than a person reads; `git diff --cached` shows the rest
NEXT = "next: look at it with `git diff --cached` and commit it, or roll it back: fwnew update --abort"


def preview(update: Update) -> list[Block]:
    """Return what an update would do, file by file, with its notes."""
    project = update.project
    versions = project.version if update.to == project.version else f"{project.version} -> {update.to}"
    blocks: list[Block] = [Text(f"{project.root.name}: {versions}{_answers(update)}", "heading")]
    if entries := changelog(project, update.to):
        blocks.append(Lines(entries.splitlines(), style=""))
    lines = [_line(update, change) for change in update.changes]
    blocks.append(Lines(lines or ["  no file changes"], style=""))
    if update.notes:
        rows = [(note.path, f"{note.kind}: {note.says}") for note in update.notes]
        blocks.append(Table(rows, title="look at these"))
    return blocks


def _line(update: Update, change: Change) -> str:
    letter = "C" if change.path in update.conflicts else LETTERS[change.kind]
    return f"  {letter}  {change.before} -> {change.path}" if change.before else f"  {letter}  {change.path}"


def diff(update: Update) -> Block:
    """Return the diff, as git shows it, up to a length that a person reads."""
    lines = [line.encode("utf-8", "replace").decode() for line in update.diff().splitlines()]
    shown: list[Block] = [Lines([line], style=STYLES.get(line[:1], "")) for line in lines[:DIFF_LINES]]
    if len(lines) > DIFF_LINES:
        shown.append(Text(f"... and {len(lines) - DIFF_LINES} more lines"))
    return Stack(shown)


def done(update: Update, again: Sequence[str], committed: bool) -> Block:
    """Return what was done, and what comes next. Files that a person changed meanwhile do not count."""
    if update.conflicts:
        next_ = "next: resolve the conflicts, `git add` them and commit; or roll it all back: fwnew update --abort"
    else:
        next_ = "Committed." if committed else NEXT
    names = {name for change in update.changes for name in (change.path, change.before)}
    lost = [path for path in again if path in names]
    what = "Changed" if update.to == update.project.version else f"Updated to {update.to}"
    lines = [Text(f"{what}: {len(update.changes) - len(lost)} files", "good")]
    if again:
        lines.append(Text(f"Changed again while the update ran, and left as they are: {', '.join(again)}", "note"))
    return Stack([*lines, Lines([next_], style="")])


def rescued(ref: str, staged: bool) -> Block:
    """Return where a rescue commit keeps a person's changes to the files of an update."""
    lines = [f"Your changes to its files are kept: git show {ref}"]
    return Lines([*lines, *([f"What you staged is kept, too: git show {ref}^2"] if staged else [])], style="")


def settled(found: Settled, back: bool) -> Block:
    """Return how the recovery of an update ended."""
    lines = ["The update is rolled back." if back else f"Updated to {found.to}."]
    if found.kept:
        lines.append(f"These stay as you left them: {', '.join(found.kept)}")
    if found.beside:
        lines.append(f"The versions of the update are in: {', '.join(found.beside)}")
    if found.conflicts:
        lines.append(f"next: resolve the conflicts: {', '.join(found.conflicts)}")
    elif not back:
        lines.append(NEXT)
    return Lines(lines, style="")


def changelog(project: Existing, to: str) -> str:
    """Return the changelog of our own template up to a version, or nothing for another template."""
    known = list(project.versions)
    wanted = known[known.index(project.version) + 1 : known.index(to) + 1]
    file = _changelog_file()
    if not is_carried(project.template.url) or not file or not wanted:
        return ""
    sections = re.split(r"^## ", file.read_text("utf-8"), flags=re.MULTILINE)[1:]
    return "\n\n".join(section.strip() for section in sections if section.split(maxsplit=1)[0] in wanted)


def as_json(update: Update, *, applied: bool, committed: bool, again: Sequence[str]) -> dict[str, Any]:
    """Return an update for `--json`."""
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


def checked(found: Drift, deprecated: dict[str, str]) -> Block:
    """Return the result of a check, in a few lines."""
    project = found.project
    newer = f"; {project.newest} is newer: fwnew update" if found.behind else ", the newest"
    rows = [("version", f"{project.version}{newer}")]
    if found.interrupted:
        rows.append(("interrupted", f"an update to {found.interrupted}: {SETTLE}"))
    rows += [(path, "in conflict: resolve it, `git add` it and commit") for path in found.conflicts]
    rows += [(path, f"{state}, and the template owns it: {_remedy(found)}") for path, state in found.owned.items()]
    rows += [(path, "restored") for path in found.healed]
    rows += list(deprecated.items())
    yours = f"you changed {len(found.changed)} and deleted {len(found.deleted)} (fine: they are yours)"
    return Table([*rows, ("files", yours)])


def _remedy(found: Drift) -> str:
    """Return how to restore a file of the template."""
    if found.fixed:
        return "it has lines of yours, so --fix leaves it: put the template's lines back yourself"
    return "fwnew check --fix"


def checked_json(found: Drift, deprecated: dict[str, str]) -> dict[str, Any]:
    """Return a check for `--json`."""
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
    changed = [f"{name}={value}" for name, value in update.changed_answers.items()]
    return f" ({', '.join(changed)})" if changed else ""


def _changelog_file() -> Path | None:
    """Return the changelog in an installed package, or at the top of a checkout."""
    package = Path(__file__).parents[1]
    places = (package / "CHANGELOG.md", package.parents[1] / "CHANGELOG.md")
    return next((file for file in places if file.is_file()), None)
