"""The command line. Each command imports what it needs when it runs."""

import re
import shlex
import sys
from typing import Annotated

import typer
from typer.exceptions import TyperException

from fwnew.commands.check import check
from fwnew.commands.decide import catalogue, decide
from fwnew.commands.new import new
from fwnew.commands.options import Command, Debug, require_terminal
from fwnew.commands.template import Template, template_app
from fwnew.commands.update import add, update
from fwnew.errors import FwnewError, UsageError, nearest
from fwnew.system import streams

WISHES = {"init": "did you mean 'new'?", "create": "did you mean 'new'?", "help": "did you mean --help?"}
"""Commands of other programs, and what to suggest instead."""
INTERRUPTED = 130
TERMINATED = 143

app = typer.Typer(
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (new, decide, update, add, check):
    app.command(cls=Command)(command)
app.add_typer(template_app, name="template")
app.command(cls=Command)(catalogue)


@app.callback(invoke_without_command=True)
def wizard(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    template: Template = None,
    debug: Debug = False,
) -> None:
    """Create deep-learning projects in PyTorch or TensorFlow, for images or texts.

    Without a command, fwnew asks what you need and creates a project.
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
    """Run the app and return the exit code. Only here does an error become a message."""
    import signal

    from fwnew.system.git import clean_environment

    terminated = []

    def terminate(*_: object) -> None:
        terminated.append(True)
        sys.exit(TERMINATED)  # unwinds the stack, which removes temporary folders

    clean_environment()
    # SIGHUP comes when a terminal is closed; under nohup, it is ignored.
    for ending in {signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}:
        if signal.getsignal(ending) is not signal.SIG_IGN:
            signal.signal(ending, terminate)
    try:
        code = app(standalone_mode=False)
        if code == INTERRUPTED:  # Typer returns it for Ctrl-C
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would cut off the message
            print("cancelled, nothing was written", file=sys.stderr)
        return code or 0
    except (FwnewError, TyperException, OSError) as error:
        # Python may wrap the SystemExit in another error, such as while a class is created on an import
        return TERMINATED if terminated else _explain(error)


def _refuse_before(command: str, context: typer.Context, **options: object) -> None:
    """Raise UsageError for an option of the wizard that has no effect, since a command follows it."""
    for name, value in options.items():
        source = context.get_parameter_source(name)
        if value is not None and source and source.name == "COMMANDLINE":
            hint = f"fwnew {command} --help lists the options that go after it"
            raise UsageError(f"--{name} before '{command}' has no effect", hint)


def _explain(error: FwnewError | TyperException | OSError) -> int:
    """Print an error and return its exit code."""
    if "--debug" in sys.argv:
        import traceback

        traceback.print_exception(error)
    if isinstance(error, FwnewError):
        message, hint, code = error.message, error.hint, error.exit_code
        if error.details:
            print(error.details, file=sys.stderr)
    elif isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        message, hint, code = f"{place}{error.strerror or error}", "--debug shows the traceback", 1
    else:
        message, hint, code = *_usage(error), error.exit_code
    print(f"error: {message}", file=sys.stderr)
    if hint:
        print(f"hint: {hint}", file=sys.stderr)
    return code


def _belonging(option: str) -> str:
    """Return a hint that names the commands with an option, or an empty string."""
    commands = typer.main.get_command(app).commands.items()  # type: ignore[attr-defined]
    names = [f"fwnew {name}" for name, command in commands if any(option in param.opts for param in command.params)]
    return f"{option} is an option of {' and '.join(names)}" if names else ""


def _options(error: TyperException) -> set[str]:
    """Return the names of the options that the command of an error has."""
    command = getattr(getattr(error, "ctx", None), "command", None)
    return {name.lstrip("-") for param in getattr(command, "params", ()) for name in param.opts}


def _usage(error: TyperException) -> tuple[str, str]:
    """Return Typer's error as a message and a hint of ours."""
    message, _, guess = error.format_message().partition(" Did you mean ")
    hint = f"did you mean {guess}" if guess else ""
    if extra := re.search(r"unexpected extra arguments? \((.*)\)|unexpected extra argument\(s\) \((.*)\)", message):
        word = next(iter((extra[1] or extra[2] or "").split()), "")
        hint = f"did you mean --data {word}?" if "=" in word else "put a name that contains spaces in quotes"
        hint = f"did you mean --framework {word}?" if word.casefold() in ("pytorch", "tensorflow") else hint
    elif word := re.match(r"No such option: (\S+)", message):
        message = word[0]
        names = {name.lstrip("-") for name in getattr(error, "possibilities", None) or ()}
        name = word[1].lstrip("-")
        hint = _belonging(word[1]) or nearest(name, names).replace("'", "'--", 1)
        if not hint and "data" in _options(error):
            hint = f"if that is an answer: --data {name}=VALUE"
    elif word := re.fullmatch(r"No such command '(.+)'\.", message):
        context = getattr(error, "ctx", None)
        other = f"to create a project of that name: fwnew new {shlex.quote(word[1])}"
        hint = hint or WISHES.get(
            word[1], f"fwnew {context.info_name} --help lists its commands" if context and context.parent else other
        )
    elif "Missing argument" in message and (context := getattr(error, "ctx", None)):
        hint = f"{context.command_path} --help shows an example"
    message = (message[:1].lower() + message[1:]).rstrip(".")
    return message, hint or "fwnew --help lists the commands, fwnew COMMAND --help the options"
