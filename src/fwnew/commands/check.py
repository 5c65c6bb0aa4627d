"""The command that compares a project with its template."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fwnew.commands.options import Debug, Json, print_json
from fwnew.commands.project_argument import Project, existing_project
from fwnew.errors import FwnewError

if TYPE_CHECKING:
    from fwnew.updates.existing import Existing


def check(
    project: Project = Path(),
    fix: Annotated[bool, typer.Option("--fix", help="Restore those files, where they hold no line of yours.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Report whether a project is out of date.

    Exit code 1 if the template has a newer version, or if constraints.txt, LICENSE or .copier-answers.yml lacks a line
    of the template.
    """
    from fwnew.reports import updated
    from fwnew.terminal.blocks import show
    from fwnew.updates.drift import find_drift

    try:
        found = find_drift(existing_project(project), fix=fix)
    except KeyboardInterrupt:
        if not fix:
            raise
        hint = "`fwnew check` says what is still to be restored"
        raise FwnewError("interrupted while files were being restored", hint, exit_code=130) from None
    deprecated = _deprecated(found.project)
    if not as_json:
        show(updated.checked(found, deprecated))
    print_json(as_json, updated.checked_json(found, deprecated))
    return 0 if found.fine else 1


def _deprecated(project: "Existing") -> dict[str, str]:
    """The parts in use that are on their way out, and what to take instead."""
    from fwnew.decision.catalogue import load

    values = [each for value in project.answers.values() for each in (value if isinstance(value, list) else [value])]
    parts = load().parts
    found = [parts[value] for value in values if isinstance(value, str) and value in parts]
    return {
        part.name: f"{part.status}; instead: {part.instead}"
        for part in found
        if part.status in ("stagnant", "deprecated", "unmaintained")
    }
