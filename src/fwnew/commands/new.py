"""The command that makes a project."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from fwnew.commands.decide import Preset
from fwnew.commands.options import Debug, Json, filled_path, has_terminal, print_json, require_terminal
from fwnew.commands.template import Template, allowed_template, install_carried
from fwnew.errors import UsageError


def new(
    dest: Annotated[
        str | None, typer.Argument(metavar="DEST", envvar="FWNEW_DEST", help="The folder to create.")
    ] = None,
    defaults: Annotated[bool, typer.Option("--defaults", help="Ask nothing, take the defaults.")] = False,
    answers: Annotated[
        Path | None,
        typer.Option(metavar="FILE", parser=filled_path, help="Answers in YAML or JSON, as in .copier-answers.yml."),
    ] = None,
    data: Annotated[
        list[str] | None, typer.Option("--data", "-d", metavar="KEY=VALUE", help="One answer; repeatable.")
    ] = None,
    framework: Annotated[str | None, typer.Option(help="Short for --data framework=...")] = None,
    decided: Annotated[
        list[str] | None, typer.Option("--decide", metavar="KEY=VALUE", help="An answer to the decision; repeatable.")
    ] = None,
    decision: Annotated[
        Path | None,
        typer.Option(metavar="FILE", parser=filled_path, help="Answers to the decision; an old record will do."),
    ] = None,
    preset: Preset = None,
    template: Template = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the files, write nothing.")] = False,
    smoke: Annotated[bool, typer.Option("--smoke", help="Install the project and run its verbs.")] = False,
    no_git: Annotated[bool, typer.Option("--no-git", help="Make no git repository.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Create a project in the folder DEST.

    Asks every question on a terminal, unless answers are given.
    """
    from fwnew.decision import answers as decision_answers
    from fwnew.decision.catalogue import load as known
    from fwnew.project import plan, render
    from fwnew.project.replay import replay
    from fwnew.project.target import at_home, target_of
    from fwnew.questions.given import gather, renamed
    from fwnew.questions.questions import load
    from fwnew.reports import created
    from fwnew.sources import source
    from fwnew.terminal.layout import listing

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

    def preview(dest: str, planned: plan.Plan) -> tuple[str, ...]:
        return render.preview(chosen, planned.answers, Path(dest).resolve().name, plan.records(planned))

    note = ""
    if dest is not None and ready:
        given = gather(questions, name, answers, data or [], framework)
        planned = plan.plan(questions, given, decision_answers.gather(known(), preset, decision, decided or []))
        note = renamed(questions, given, planned.answers, name)
    else:
        from fwnew.wizard.interview import Interview

        dest, planned = Interview(dest, questions, preview).run()
    target = target_of(dest)
    questions = questions.in_folder(target.name)
    again = replay(planned, questions, chosen, dest, target.name, git=not no_git)

    if dry_run:
        files = preview(dest, planned)
        print(f"{listing(target.name, files)}\n\n{len(files)} files, nothing was written", file=say)
        return print_json(as_json, created.summary(chosen, planned, dest, again, files=files))

    if chosen.is_default:
        note = "; ".join(filter(None, [note, install_carried()]))
    project = render.render(chosen, planned.answers, target, plan.records(planned), own_repository=not no_git)
    checked = None
    if smoke:
        from fwnew.project.smoke import smoke as run_smoke

        checked = run_smoke(project.path, planned.answers.values, created.progress_on(say))
    print(created.created(project, dest, planned, checked, note), file=say)
    print(f"\nthe same again:\n  {again}", file=say)
    return print_json(as_json, created.summary(chosen, planned, dest, again, project, checked=checked, note=note))
