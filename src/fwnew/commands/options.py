"""Options that several commands have, and what they do."""

import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from fwnew.errors import UsageError


def filled(value: str) -> str:
    """The value of an option; an empty one is most often a variable that is not set."""
    if not value.strip():
        raise typer.BadParameter("it is empty")
    return value


def filled_path(value: str | Path) -> Path:
    """The same for a path, for which an empty one would mean the current folder; the default comes as it is."""
    return value if isinstance(value, Path) else Path(filled(value))


def takes_value(param: Any) -> bool:
    """Return whether that is an option that takes a value, and not a flag."""
    return param is not None and param.param_type_name == "option" and not param.is_flag


class Command(TyperCommand):
    """A command that refuses slips, and whose help writes arguments as others do: DEST, without braces."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Raise UsageError for what Typer would take in another sense than people mean.

        These are a long option with one dash (`-defaults` would be `-d efaults`), an option as the value of another,
        and an option that is given twice (the last would win).
        """
        words = args[: args.index("--")] if "--" in args else args
        options = {name: param for param in self.params for name in param.opts if name.startswith("-")}
        for word, after in pairwise([*words, ""]):
            if word[:1] == "-" and word[:2] != "--" and f"-{word}" in options:
                raise UsageError(f"there is no option {word}", f"did you mean -{word}?")
            if takes_value(options.get(word)) and after in options:
                raise UsageError(f"{word} needs a value, and {after} is an option", f"{word} VALUE {after}")
        for param in set(options.values()):
            names = [word.partition("=")[0] for word in words if word.partition("=")[0] in param.opts]
            if takes_value(param) and not param.multiple and len(names) > 1:
                raise UsageError(f"{names[0]} is given twice", "give it once")
        return super().parse_args(ctx, args)

    def get_help(self, ctx: Any) -> str:
        text = re.sub(r" <\w+>(?=  )", lambda found: " " * len(found[0]), super().get_help(ctx))
        return re.sub(r"\{(\w+)\}", r"\1", text)


Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback on errors.")]


def print_json(wanted: bool, value: dict[str, Any]) -> None:
    if wanted:
        import json

        print(json.dumps(value, indent=2))


def has_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def require_terminal(as_json: bool, hint: str) -> None:
    """Raise UsageError where a question could not be asked."""
    if as_json:
        raise UsageError("cannot prompt: --json was given", hint)
    if not has_terminal():
        raise UsageError("cannot prompt: this is not a terminal", hint)
