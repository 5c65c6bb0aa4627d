"""The command line: parse, call, print, exit. What a command needs is imported when it runs."""

import re
import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from fwnew import streams
from fwnew.cli_decision import Preset, catalogue, decide
from fwnew.cli_template import Template, allowed_template, install_carried, template_app
from fwnew.cli_update import add, check, update
from fwnew.errors import FwnewError, UsageError, nearest
from fwnew.options import Debug, Json, filled_path, has_terminal, print_json, require_terminal

INTERRUPTED = 130
TERMINATED = 143

app = typer.Typer(
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(template_app, name="template")
app.command()(decide)
app.command()(catalogue)
app.command()(update)
app.command()(add)
app.command()(check)


@app.callback(invoke_without_command=True)
def wizard(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    template: Template = None,
    debug: Debug = False,
) -> None:
    """Start a deep-learning project that trains, exports and proves its exports.

    Without a command, fwnew asks for everything.
    """
    command = context.invoked_subcommand
    if command is not None:
        _refuse_before(command, context, template=template, version=version or None)
    elif version:
        from importlib.metadata import version as installed

        print(f"fwnew {installed('fwnew')}")
    else:
        require_terminal(False, "name a folder: fwnew new DEST --defaults")
        new(template=template)


@app.command()
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
    from fwnew import plan, report
    from fwnew.decision import answers as decision_answers
    from fwnew.decision.catalogue import load as known
    from fwnew.template import render, source
    from fwnew.template.answers import gather, renamed
    from fwnew.template.questions import load
    from fwnew.template.target import at_home, target_of
    from fwnew.text import listing

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
    again = plan.replay(planned, questions, chosen, dest, target.name, git=not no_git)

    if dry_run:
        files = preview(dest, planned)
        print(f"{listing(target.name, files)}\n\n{len(files)} files, nothing was written", file=say)
        return print_json(as_json, report.summary(chosen, planned, dest, again, files=files))

    if chosen.is_default:
        note = "; ".join(filter(None, [note, install_carried()]))
    project = render.render(chosen, planned.answers, target, plan.records(planned), own_repository=not no_git)
    checked = None
    if smoke:
        from fwnew.smoke import smoke as run_smoke

        checked = run_smoke(project.path, planned.answers.values, report.progress_on(say))
    print(report.created(project, dest, planned, checked, note), file=say)
    print(f"\nthe same again:\n  {again}", file=say)
    return print_json(as_json, report.summary(chosen, planned, dest, again, project, checked=checked, note=note))


def main() -> None:
    """Run fwnew and exit."""
    streams.prepare()
    try:
        code = _run()
        sys.stdout.flush()
    except BrokenPipeError:  # fwnew catalogue | head -1
        streams.silence()
        code = 1
    sys.exit(code)


def _run() -> int:
    """The exit code; the one place where an error becomes a message."""
    import signal

    from fwnew.template.git import clean_environment

    terminated = []

    def terminate(*_: object) -> None:
        terminated.append(True)
        sys.exit(TERMINATED)  # unwinds, so that nothing half-made is left

    clean_environment()
    for ending in {signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}:  # the latter when a terminal is closed
        if signal.getsignal(ending) is not signal.SIG_IGN:  # as under nohup
            signal.signal(ending, terminate)
    try:
        code = app(standalone_mode=False)
        if code == INTERRUPTED:  # what Typer makes of Ctrl-C
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # pressed again, it would cut the sentence
            print("cancelled, nothing was written", file=sys.stderr)
        return code or 0
    except (FwnewError, TyperException, OSError) as error:
        # Python wraps an exit that comes while a class is made, as on an import, in another error
        return TERMINATED if terminated else _explain(error)


def _refuse_before(command: str, context: typer.Context, **options: object) -> None:
    """Raise UsageError for an option of the wizard that would do nothing, since a command follows it."""
    for name, value in options.items():
        source = context.get_parameter_source(name)
        if value is not None and source and source.name == "COMMANDLINE":
            hint = f"fwnew {command} --help lists the options that go after it"
            raise UsageError(f"--{name} before '{command}' would do nothing", hint)


def _explain(error: FwnewError | TyperException | OSError) -> int:
    """Print the error, and return the exit code."""
    if "--debug" in sys.argv:
        import traceback

        traceback.print_exception(error)
    if isinstance(error, FwnewError):
        message, hint, code = error.message, error.hint, error.exit_code
        if error.details:
            print(error.details, file=sys.stderr)
    elif isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        message, hint, code = f"{place}{error.strerror or error}", "--debug shows where", 1
    else:
        message, hint, code = *_usage(error), error.exit_code
    print(f"error: {message}", file=sys.stderr)
    if hint:
        print(f"hint: {hint}", file=sys.stderr)
    return code


def _usage(error: TyperException) -> tuple[str, str]:
    """Typer's message and its guess, in the shape of ours."""
    message, _, guess = error.format_message().partition(" Did you mean ")
    hint = f"did you mean {guess}" if guess else ""
    if "unexpected extra argument" in message:
        hint = "put a name with blanks in quotes"
    elif message.endswith("--decide"):  # as `fwnew new` calls it
        hint = "did you mean '--data'?"
    elif options := getattr(error, "possibilities", None):
        message = error.message
        hint = nearest(message.split()[-1], options)
    elif not guess and (word := re.fullmatch(r"No such command '([\w.-]+)'\.", message)):
        hint = f"to create a project of that name: fwnew new {word[1]}"
    message = (message[:1].lower() + message[1:]).rstrip(".")
    return message, hint or "fwnew --help lists the commands, fwnew COMMAND --help the options"
