"""The command that makes a project."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fwnew.commands.decide import Preset
from fwnew.commands.options import Debug, Json, filled_path, has_terminal, print_json, require_terminal
from fwnew.commands.template import Template, allowed_template, install_carried
from fwnew.errors import FwnewError, UsageError

if TYPE_CHECKING:
    from fwnew.project.plan import Plan
    from fwnew.questions.questions import Questions
    from fwnew.sources.source import Source


def new(
    dest: Annotated[
        str | None, typer.Argument(metavar="DEST", envvar="FWNEW_DEST", help="The folder to create.")
    ] = None,
    defaults: Annotated[
        bool, typer.Option("--defaults", help="Ask nothing; use the default for every question.")
    ] = False,
    framework: Annotated[
        str | None, typer.Option(metavar="NAME", help="pytorch or tensorflow; same as --data framework=NAME.")
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option("--data", "-d", metavar="KEY=VALUE", help="Set an answer, such as license=MIT; repeatable."),
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option(metavar="FILE", parser=filled_path, help="Read answers from a YAML or JSON file."),
    ] = None,
    decided: Annotated[
        list[str] | None,
        typer.Option(
            "--decide", metavar="KEY=VALUE", help="Answer a question that decides, such as goal=research; repeatable."
        ),
    ] = None,
    decision: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", parser=filled_path, help="Read such answers from a file, or from a decision record."
        ),
    ] = None,
    preset: Preset = None,
    template: Template = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the files; write nothing.")] = False,
    smoke: Annotated[bool, typer.Option("--smoke", help="Install the project, then train, export and verify.")] = False,
    no_git: Annotated[bool, typer.Option("--no-git", help="Do not create a git repository.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Create a project.

    Examples: fwnew new demo --defaults, fwnew new demo --framework tensorflow --data exports=tflite
    """
    from fwnew.project import plan, render
    from fwnew.project.replay import replay
    from fwnew.project.target import at_home, target_of
    from fwnew.questions.questions import load
    from fwnew.reports import created
    from fwnew.sources import source
    from fwnew.terminal.blocks import Lines, Text, Tree, show

    say = sys.stderr if as_json else sys.stdout
    ready = defaults or any(given is not None for given in (answers, data, framework, decided, decision, preset))
    if dest is None and (ready or as_json or not has_terminal()):
        raise UsageError("missing argument 'DEST'", "name a folder: fwnew new digits-demo")
    dest = None if dest is None else at_home(dest)
    name = "" if dest is None else target_of(dest).name
    if not ready:
        require_terminal(as_json, "add --defaults, or give answers with --data KEY=VALUE")

    chosen = source.find(allowed_template(template, ask=has_terminal() and not as_json))
    with source.opened(chosen) as folder:
        questions = load(folder, name)
    note = ""
    if dest is not None and ready:
        options = Given(answers, data or [], framework, preset, decision, decided or [])
        planned, note = _planned(questions, name, options)
    else:
        dest, planned = _asked(dest, questions, chosen)
    target = target_of(dest)
    questions = questions.in_folder(target.name)
    again = replay(planned, questions, chosen, dest, target.name, git=not no_git)

    if dry_run:
        files = _preview(chosen, dest, planned)
        show(Tree(target.name, files), Text(f"{len(files)} files, nothing was written."), file=say)
        return print_json(as_json, created.summary(chosen, planned, dest, again, files=files))
    if chosen.is_default:
        note = "; ".join(filter(None, [note, install_carried()]))
    with _explain_ctrl_c(dest, target):
        project = render.render(chosen, planned.answers, target, plan.records(planned), own_repository=not no_git)
        checked = None
        if smoke:
            from fwnew.project.smoke import smoke as run_smoke

            checked = run_smoke(project.path, planned.answers.values, created.progress_on(say))
        show(*created.report(project, dest, planned, checked, note), Lines([again], title="to repeat this"), file=say)
        print_json(as_json, created.summary(chosen, planned, dest, again, project, checked=checked, note=note))
    return None


@contextmanager
def _explain_ctrl_c(dest: str, target: Path) -> Iterator[None]:
    """Raise FwnewError for a Ctrl-C that comes after the project was created.

    As a KeyboardInterrupt, it would be reported as "nothing was written".
    """
    try:
        yield
    except KeyboardInterrupt:
        if not (target.is_dir() and any(target.iterdir())):
            raise
        hint = "it is complete: go on in it, or remove it"
        raise FwnewError(f"interrupted after {dest} was created", hint, exit_code=130) from None


@dataclass(frozen=True)
class Given:
    """The answers that options give."""

    answers: Path | None
    data: list[str]
    framework: str | None
    preset: str | None
    decision: Path | None
    decided: list[str]


def _planned(questions: "Questions", name: str, options: Given) -> "tuple[Plan, str]":
    """The plan that follows from options, and what is to be said of the project's name."""
    from fwnew.decision import answers as decision_answers
    from fwnew.decision.catalogue import load as known
    from fwnew.project import plan
    from fwnew.questions.given import gather, renamed

    given = gather(questions, name, options.answers, options.data, options.framework)
    decided = decision_answers.gather(known(), options.preset, options.decision, options.decided)
    planned = plan.plan(questions, given, decided)
    return planned, renamed(questions, given, planned.answers, name)


def _asked(dest: str | None, questions: "Questions", chosen: "Source") -> "tuple[str, Plan]":
    """The folder and the plan, as a person answers."""
    from fwnew.wizard.interview import Interview

    return Interview(dest, questions, lambda dest, planned: _preview(chosen, dest, planned)).run()


def _preview(chosen: "Source", dest: str, planned: "Plan") -> tuple[str, ...]:
    """The files that the project would have."""
    from fwnew.project import plan, render

    return render.preview(chosen, planned.answers, Path(dest).resolve().name, plan.records(planned))
