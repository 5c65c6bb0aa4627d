"""One question on a terminal: a choice, several choices, or a line of text. The only file that prompts.

A terminal that can do nothing (TERM=dumb) is asked by numbers, line by line.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

KEYS = "Enter accepts, Esc goes back, Ctrl-C leaves; nothing is written before the end."
KEYS_DUMB = """Type a number, or Enter for what is marked *. < goes back, Ctrl-C leaves;
nothing is written before the end."""

Problem = Callable[[Any], str]
"""What is wrong with an answer; empty when nothing is."""


class Back(Exception):  # noqa: N818 - no error, a wish
    """The person wants the question before."""


@dataclass(frozen=True)
class Option:
    """One choice; the help is shown while it is pointed at."""

    label: str
    value: Any
    help: str = ""


def is_dumb() -> bool:
    """Whether the terminal cannot move its cursor."""
    return os.environ.get("TERM", "") in ("dumb", "unknown")


def keys() -> str:
    """How to answer, in a sentence."""
    return KEYS_DUMB if is_dumb() else KEYS


def select(title: str, options: Sequence[Option], default: Any = None, more: Callable[[], str] | None = None) -> Any:
    """One of the options; `more` is what `?` shows.

    Raises Back, or KeyboardInterrupt when the person gives up.
    """
    if is_dumb():
        return _numbered(title, options, [default], more)
    import questionary

    def make() -> Any:
        # A Choice as the default, since a value may be None, or equal to another's label.
        choices = {index: _choice(option) for index, option in enumerate(options)}
        start = next((choices[i] for i, option in enumerate(options) if option.value == default), None)
        instruction = "(? tells more)" if more else " "
        return questionary.select(title, list(choices.values()), default=start, instruction=instruction)

    return _ask(make, more)


def select_several(
    title: str,
    options: Sequence[Option],
    chosen: Sequence[Any] = (),
    problem: Problem = lambda _: "",
    more: Callable[[], str] | None = None,
) -> list[Any]:
    """Any number of the options, for which there is no problem.

    Raises Back, or KeyboardInterrupt when the person gives up.
    """
    if is_dumb():
        while wrong := problem(found := _numbered(title, options, chosen, more, several=True)):
            print(f"  {wrong}")
        return list(found)
    import questionary

    def make() -> Any:
        choices = [_choice(option, checked=option.value in chosen) for option in options]
        instruction = "(space selects, Enter goes on" + (", ? tells more)" if more else ")")
        validate = _validator(problem)
        return questionary.checkbox(title, choices, validate=validate, instruction=instruction)

    return list(_ask(make, more))


def text(title: str, default: str = "", problem: Problem = lambda _: "") -> str:
    """A line for which there is no problem.

    Raises Back, or KeyboardInterrupt when the person gives up.
    """
    if is_dumb():
        while wrong := problem(line := _line(f"{title} [{default}]: ", None) or default):
            print(f"  {wrong}")
        return line
    import questionary

    return str(_ask(lambda: questionary.text(title, default=default, validate=_validator(problem)), None))


def confirm(title: str, *, default: bool) -> bool:
    """Yes or no.

    Raises Back, or KeyboardInterrupt when the person gives up.
    """
    if is_dumb():
        return bool(_numbered(title, [Option("Yes", True), Option("No", False)], [default], None))
    import questionary

    return bool(_ask(lambda: questionary.confirm(title, default=default), None))


def _choice(option: Option, **settings: Any) -> Any:
    import questionary

    return questionary.Choice(option.label, option.value, description=option.help or None, **settings)


def _validator(problem: Problem) -> Callable[[Any], bool | str]:
    return lambda value: problem(value) or True


def _ask(make: Callable[[], Any], more: Callable[[], str] | None) -> Any:
    """Ask until there is an answer; Esc and `?` leave the question without one."""
    from prompt_toolkit.key_binding import KeyBindings, merge_key_bindings

    while True:
        application = make().application
        bindings = KeyBindings()
        bindings.add("escape", eager=True)(partial(_leave, Back))
        if more:
            bindings.add("?", eager=True)(partial(_leave, more))
        application.key_bindings = merge_key_bindings([application.key_bindings, bindings])
        application.ttimeoutlen = 0.05  # seconds until Esc is no beginning of an arrow key
        try:
            answer = application.run()
        except EOFError as error:
            raise KeyboardInterrupt from error
        if answer is Back:
            raise Back
        if more is None or answer is not more:
            return answer
        print(more())


def _leave(wish: Any, event: Any) -> None:
    event.app.erase_when_done = True
    event.app.exit(result=wish)


def _numbered(
    title: str,
    options: Sequence[Option],
    marked: Sequence[Any],
    more: Callable[[], str] | None,
    *,
    several: bool = False,
) -> Any:
    print(title)
    for number, option in enumerate(options, 1):
        mark = "*" if option.value in marked else " "
        print(f"{mark}{number:3}  {option.label}" + (f" ({option.help})" if option.help else ""))
    how = "numbers, such as 1,2; 0 for none" if several else "number"
    while True:
        line = _line(f"{how}{', ? tells more' if more else ''}: ", more)
        chosen = [option.value for option in options if option.value in marked]
        words = line.replace(",", " ").split()
        if words and all(word.isdecimal() and int(word) <= len(options) for word in words):
            chosen = [options[int(word) - 1].value for word in words if int(word)]
        elif words:
            chosen = []
        if several and (chosen or not words or words == ["0"]):
            return chosen
        if not several and len(chosen) == 1:
            return chosen[0]
        print(f"  choose from 1 to {len(options)}")


def _line(prompt: str, more: Callable[[], str] | None) -> str:
    while True:
        try:
            line = input(prompt).strip()
        except EOFError as error:
            raise KeyboardInterrupt from error
        if line == "<":
            raise Back
        if line != "?" or more is None:
            return line
        print(more())
