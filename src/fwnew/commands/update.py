"""The commands for a project that exists."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from fwnew.commands.options import Debug, Json, filled, has_terminal, print_json
from fwnew.commands.project_argument import Project, existing_project
from fwnew.commands.template import install_carried
from fwnew.errors import UsageError, nearest

if TYPE_CHECKING:
    from fwnew.terminal.blocks import Block
    from fwnew.updates.existing import Existing
    from fwnew.updates.prepare import Update


@dataclass(frozen=True)
class UpdateOptions:
    """What was asked of an update."""

    to: str | None
    data: dict[str, Any]
    dry_run: bool
    yes: bool
    commit: bool
    as_json: bool


@dataclass(frozen=True)
class Written:
    """What became of an update; `again` are the files that somebody changed while it was written."""

    applied: bool = False
    committed: bool = False
    again: tuple[str, ...] = ()


Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change; write nothing.")]
Commit = Annotated[bool, typer.Option("--commit", help="Commit the change, unless there are conflicts.")]


def update(
    project: Project = Path(),
    to: Annotated[
        str | None,
        typer.Option(metavar="VERSION", parser=filled, help="The version to update to; by default the newest."),
    ] = None,
    data: Annotated[
        list[str] | None, typer.Option("--data", "-d", metavar="KEY=VALUE", help="Change an answer; repeatable.")
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    commit: Commit = False,
    continue_: Annotated[bool, typer.Option("--continue", help="Finish an update that was interrupted.")] = False,
    abort: Annotated[bool, typer.Option("--abort", help="Roll back an update that is not committed yet.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Update a project to a newer template; your edits are kept."""
    from fwnew.questions.given import parse_assignments

    if abort or continue_:
        option = "--abort" if abort else "--continue"
        if to or data or dry_run or commit or (abort and continue_):
            raise UsageError(f"{option} goes alone", "leave out the other options")
        return _settle(project, abort, as_json)
    options = UpdateOptions(to, parse_assignments(data or []), dry_run, yes, commit, as_json)
    return _update(existing_project(project), options)


def add(
    what: Annotated[
        str, typer.Argument(metavar="WHAT", parser=filled, help="What to add to: exports, serving, container or tools.")
    ],
    value: Annotated[str, typer.Argument(metavar="VALUE", parser=filled, help="What to add, such as torch_export.")],
    project: Project = Path(),
    dry_run: DryRun = False,
    yes: Yes = False,
    commit: Commit = False,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Add a part to a project, such as an export. Of a question with one answer, the answer is replaced.

    Example: fwnew add export torch_export
    """
    from fwnew.questions.types import split_list

    found = existing_project(project)
    name = next((name for name in (what, f"{what}s") if name in found.answers), None)
    if name is None:
        raise UsageError(f"the project has no answer '{what}'", _what_can_be_added(found, what))
    now = found.answers[name]
    if isinstance(now, list):
        new = [word for word in split_list(value) if word not in now]
        if not new:
            raise UsageError(f"{name}: the project has {value} already", f"it has {', '.join(now)}")
        data: dict[str, Any] = {name: [*now, *new]}
    elif value == now:
        raise UsageError(f"{name}: the project has {value} already", f"to change it: fwnew add {what} OTHER")
    else:
        data = {name: value}
    return _update(found, UpdateOptions(found.version, data, dry_run, yes, commit, as_json))


def _what_can_be_added(project: "Existing", what: str) -> str:
    """A hint for what is not a question: the nearest one, or all whose answer is a list."""
    lists = [name for name, answer in project.answers.items() if isinstance(answer, list)]
    return nearest(what, lists) or f"a project can be given more {', '.join(lists)}; such as fwnew add {lists[0]} VALUE"


def _update(project: "Existing", options: UpdateOptions) -> int:
    """Prepare the update, show it, ask, write it, and say what comes next."""
    from fwnew.reports import updated
    from fwnew.terminal.blocks import Text, show
    from fwnew.updates.apply import explain_ctrl_c, require_settled
    from fwnew.updates.existing import require_clean
    from fwnew.updates.prepare import prepare

    say = sys.stderr if options.as_json else sys.stdout
    require_settled(project)
    require_clean(project)
    with explain_ctrl_c(project), prepare(project, options.to, options.data) as update:
        done = Written()
        if not update.changes:
            show(Text(f"{project.root.name} is up to date: {project.version}"), file=say)
        else:
            _require_terminal(options)
            _show(update, options, say)
            if not options.dry_run:
                _confirm(options.yes)
                done = _write(update, options, say)
        as_json = updated.as_json(update, applied=done.applied, committed=done.committed, again=done.again)
        print_json(options.as_json, as_json)
        return 1 if update.conflicts else 0


def _require_terminal(options: UpdateOptions) -> None:
    """Raise UsageError where the person should be asked and cannot be."""
    if not (options.yes or options.dry_run) and (options.as_json or not has_terminal()):
        raise UsageError("cannot prompt: this is not a terminal", "add --yes, or --dry-run to look first")


def _show(update: "Update", options: UpdateOptions, say: TextIO) -> None:
    """The difference where a person looks, and the files: last, so that they stand above the question."""
    from fwnew.reports import updated
    from fwnew.terminal.blocks import Text, show

    looks = options.dry_run or not options.yes
    end = [Text("Nothing was written.")] if options.dry_run else []
    blocks = [*([updated.diff(update)] if looks else []), *updated.preview(update), *_decision(update.project), *end]
    show(*blocks, file=say)
    print(file=say)


def _write(update: "Update", options: UpdateOptions, say: TextIO) -> Written:
    """Write the update, install the template that it came from, and commit where that is wanted."""
    from fwnew.reports import updated
    from fwnew.sources.address import is_carried
    from fwnew.terminal.blocks import Text, show
    from fwnew.updates.apply import apply, commit_update

    again = apply(update)
    if is_carried(update.project.template.url) and (note := install_carried()):
        show(Text(f"note: {note}", "note"), file=say)
    committed = options.commit and not update.conflicts and not again
    if committed:
        commit_update(update)
    show(updated.done(update, again, committed), file=say)
    return Written(True, committed, tuple(again))


def _settle(folder: Path, back: bool, as_json: bool) -> int:
    """Finish or roll back an update; that needs no template."""
    from fwnew.reports import updated
    from fwnew.terminal.blocks import show
    from fwnew.updates.existing import locate
    from fwnew.updates.recover import abort, finish
    from fwnew.updates.work_tree import uninterrupted

    say = sys.stderr if as_json else sys.stdout

    def tell(rescue: str, staged: bool) -> None:
        if rescue:
            show(updated.rescued(rescue, staged), file=say)
            say.flush()

    with uninterrupted():  # until it is said as well
        settled = (abort if back else finish)(locate(folder), tell)
        show(updated.settled(settled, back), file=say)
        print_json(as_json, {"schema": 1, **vars(settled)})
    return 1 if settled.conflicts else 0


def _confirm(yes: bool) -> None:
    from fwnew.terminal import prompts
    from fwnew.terminal.parts import Back

    try:
        if yes or prompts.confirm("Update?", default=True):
            return
    except Back:
        pass
    raise KeyboardInterrupt


def _decision(project: "Existing") -> "list[Block]":
    """Whether what is known today would decide otherwise."""
    import datetime

    from fwnew.decision.catalogue import load
    from fwnew.decision.revisit import read, report, revisit
    from fwnew.terminal.blocks import Stack, Text

    known, today = load(), datetime.date.today()
    try:
        found = revisit(known, read(project.root), today)
    except UsageError:
        return []  # nothing was decided, or the record is the person's own
    if found.verdict == "unchanged":
        return []
    return [Stack([Text("the decision for the framework, today:", "heading"), *report(known, found, today)])]
