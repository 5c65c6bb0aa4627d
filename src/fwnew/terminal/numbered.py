"""Questions by number, line by line, for a terminal that cannot move its cursor or is read aloud."""

import os
from collections.abc import Sequence
from typing import Any

from fwnew.terminal.layout import folded, say
from fwnew.terminal.parts import About, Back, More, Option

KEYS = """Type a number, or Enter for what is marked *. ? explains, < goes back,
Ctrl-C cancels. Nothing is written before the end."""


def is_dumb() -> bool:
    """Return whether the terminal cannot move its cursor."""
    return os.environ.get("TERM", "") in ("dumb", "unknown")


def introduce(about: About) -> None:
    """Print why a question is asked, and the gauge."""
    for line in (about.why, str(about.gauge or "")):
        if line:
            say(line)


def choose(
    title: str,
    options: Sequence[Option],
    marked: Sequence[Any],
    more: More,
    about: About,
    *,
    several: bool = False,
) -> Any:
    print(f"{title} ({about.step})" if about.step else title)
    introduce(about)
    for number, option in enumerate(options, 1):
        mark = "*" if option.value in marked else " "
        print(folded(f"{mark}{number:3}  {option.title}" + (f" ({option.help})" if option.help else ""), " " * 6))
    how = "numbers, such as 1,2; 0 for none" if several else "number"
    while True:
        said = line(f"{how}{', ? explains' if more else ''}: ", more)
        chosen = [option.value for option in options if option.value in marked]
        words = said.replace(",", " ").split()
        if words and all(word.isdecimal() and int(word) <= len(options) for word in words):
            chosen = [options[int(word) - 1].value for word in words if int(word)]
        elif words:
            chosen = []
        if several and (chosen or not words or words == ["0"]):
            return chosen
        if not several and len(chosen) == 1:
            return chosen[0]
        print(f"  choose from 1 to {len(options)}")


def line(prompt: str, more: More) -> str:
    while True:
        try:
            said = input(prompt).strip()
        except EOFError as error:
            raise KeyboardInterrupt from error
        if said == "<":
            raise Back
        if said != "?" or more is None:
            return said
        say(more())
