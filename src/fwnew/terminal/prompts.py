"""One question on a terminal: a choice, several choices, or a line of text. The only file that prompts.

A terminal that can do nothing (TERM=dumb) is asked by numbers, line by line.
"""

import os
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from fwnew.terminal.layout import columns, width

KEYS = """Enter accepts, ? tells more, Esc goes back, Ctrl-C leaves.
Nothing is written before the end."""
KEYS_DUMB = """Type a number, or Enter for what is marked *. ? tells more, < goes back,
Ctrl-C leaves. Nothing is written before the end."""
FIRST = "This is the first question: nothing is before it. Ctrl-C leaves."

More = Callable[[], str] | None
"""What `?` shows."""
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
    recommended: bool = False

    @property
    def title(self) -> str:
        """The label as it stands in the list."""
        return f"{self.label} (recommended)" if self.recommended else self.label


def is_dumb() -> bool:
    """Whether the terminal cannot move its cursor."""
    return os.environ.get("TERM", "") in ("dumb", "unknown")


def say(text: str) -> None:
    """Print lines, folded where they are wider than the screen or than 79 columns."""
    for line in text.split("\n"):
        print(_folded(line, "  " + line[: len(line) - len(line.lstrip())] if line.startswith(" ") else ""))


def _folded(line: str, indent: str) -> str:
    return textwrap.fill(line, width(), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def keys() -> str:
    """How to answer, in a sentence."""
    return KEYS_DUMB if is_dumb() else KEYS


def select(title: str, options: Sequence[Option], default: Any = None, more: More = None) -> Any:
    """One of the options.

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

    answer = _ask(make, more, erase=True)
    _print_answer(title, [option.label for option in options if option.value == answer][:1])
    return answer


def select_several(
    title: str,
    options: Sequence[Option],
    chosen: Sequence[Any] = (),
    problem: Problem = lambda _: "",
    more: More = None,
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

    answers = list(_ask(make, more, erase=True))
    _print_answer(title, [option.label for option in options if option.value in answers] or ["none"])
    return answers


def text(title: str, default: str = "", problem: Problem = lambda _: "", more: More = None) -> str:
    """A line for which there is no problem. `?` tells more while nothing else was typed.

    Raises Back, or KeyboardInterrupt when the person gives up.
    """
    if is_dumb():
        while wrong := problem(line := _line(f"{title} [{default}]: ", more) or default):
            print(f"  {wrong}")
        return line
    import questionary

    line = default
    while True:
        line = str(_ask(partial(questionary.text, f"{title}:", default=line), more, typed_over=line))
        if not (wrong := problem(line)):
            return line
        say(f"  {wrong}")  # questionary would cut it off at the end of the screen's line


def confirm(title: str, *, default: bool, more: More = None) -> bool:
    """Yes or no.

    Raises Back, or KeyboardInterrupt when the person gives up.
    """
    if is_dumb():
        return bool(_numbered(title, [Option("Yes", True), Option("No", False)], [default], more))
    import questionary

    return bool(_ask(lambda: questionary.confirm(title, default=default), more))


def _choice(option: Option, **settings: Any) -> Any:
    import questionary

    return questionary.Choice(option.title, option.value, description=option.help or None, **settings)


def _validator(problem: Problem) -> Callable[[Any], bool | str]:
    return lambda value: problem(value) or True


def _print_answer(title: str, labels: Sequence[str]) -> None:
    """What became of a question, on one line: what questionary leaves there may be wider than the screen."""
    from prompt_toolkit import print_formatted_text
    from prompt_toolkit.formatted_text import FormattedText
    from questionary.constants import DEFAULT_STYLE

    answer, room = "; ".join(labels), columns() - len(title) - 4
    short = answer if len(answer) <= room else f"{answer[: max(room - 1, 0)]}…"
    parts = [("class:qmark", "?"), ("class:question", f" {title} "), ("class:answer", short)]
    print_formatted_text(FormattedText(parts), style=DEFAULT_STYLE)


def _ask(make: Callable[[], Any], more: More, typed_over: str = "", *, erase: bool = False) -> Any:
    """Ask until there is an answer; Esc and `?` leave the question without one.

    In a line, `?` and Ctrl-D do what they do in any other once there is more in it than `typed_over`, its default.
    """
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.key_binding import KeyBindings, merge_key_bindings

    untouched = Condition(lambda: application.current_buffer.text in ("", typed_over))
    while True:
        application = make().application
        bindings = KeyBindings()
        bindings.add("escape", eager=True)(partial(_leave, Back))
        bindings.add("c-d", eager=True, filter=untouched)(partial(_leave, EOFError))
        if more:
            bindings.add("?", eager=True, filter=untouched)(partial(_leave, more))
        application.key_bindings = merge_key_bindings([application.key_bindings, bindings])
        application.erase_when_done = erase
        application.ttimeoutlen = 0.05  # seconds until Esc is no beginning of an arrow key
        answer = application.run()
        if answer is EOFError:
            raise KeyboardInterrupt
        if answer is Back:
            raise Back
        if more is None or answer is not more:
            return answer
        say(more())


def _leave(wish: Any, event: Any) -> None:
    event.app.erase_when_done = True
    event.app.exit(result=wish)


def _numbered(
    title: str,
    options: Sequence[Option],
    marked: Sequence[Any],
    more: More,
    *,
    several: bool = False,
) -> Any:
    print(title)
    for number, option in enumerate(options, 1):
        mark = "*" if option.value in marked else " "
        print(_folded(f"{mark}{number:3}  {option.title}" + (f" ({option.help})" if option.help else ""), " " * 6))
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


def _line(prompt: str, more: More) -> str:
    while True:
        try:
            line = input(prompt).strip()
        except EOFError as error:
            raise KeyboardInterrupt from error
        if line == "<":
            raise Back
        if line != "?" or more is None:
            return line
        say(more())
