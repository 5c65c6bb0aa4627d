"""Prompts on a terminal: one choice, several choices, or a line of text. Only this file calls questionary.

On a terminal that cannot move its cursor (TERM=dumb), such as one that is read aloud, `numbered` asks instead.
"""

import textwrap
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from fwnew.terminal import numbered
from fwnew.terminal.layout import columns, say, width
from fwnew.terminal.numbered import is_dumb
from fwnew.terminal.parts import PLAIN, About, Back, More, Option, Problem

POINTER = "›"
FIRST = "This is the first question: you cannot go back. Ctrl-C cancels."
STYLE = [
    ("qmark", "fg:ansicyan bold"),
    ("done", "fg:ansigreen bold"),
    ("question", "bold"),
    ("answer", "fg:ansicyan"),
    ("pointer", "fg:ansicyan bold"),
    ("highlighted", "noreverse fg:ansicyan bold"),
    ("selected", "noreverse fg:ansigreen"),
    ("instruction", "dim"),
    ("quiet", "dim"),
    ("pytorch", "fg:ansimagenta"),
    ("tensorflow", "fg:ansiyellow"),
]
"""Colors that are readable on dark and light screens."""

Fragments = list[tuple[str, str]]
"""Pairs of a style and a text, for prompt_toolkit."""


def introduce() -> None:
    """Print how to answer, where the prompts do not show it."""
    if is_dumb():
        say(f"{numbered.KEYS}\n")


def select(title: str, options: Sequence[Option], default: Any = None, more: More = None, about: About = PLAIN) -> Any:
    """Ask for one of the options, and return its value.

    Raises Back, or KeyboardInterrupt when the person cancels.
    """
    if is_dumb():
        return numbered.choose(title, options, [default], more, about)
    import questionary

    def make() -> Any:
        # The default is a Choice, since a value may be None, or equal to another choice's label.
        choices = {index: _choice(option) for index, option in enumerate(options)}
        start = next((choices[i] for i, option in enumerate(options) if option.value == default), None)
        return questionary.select(title, list(choices.values()), default=start, **_looks(about))

    answer = _ask(make, more, about, keys="↑↓ choose, Enter accept")
    _print_answer(title, [option.label for option in options if option.value == answer][:1])
    return answer


def select_several(
    title: str,
    options: Sequence[Option],
    chosen: Sequence[Any] = (),
    problem: Problem = lambda _: "",
    more: More = None,
    about: About = PLAIN,
) -> list[Any]:
    """Ask for any number of the options, and return their values; `problem` says why a selection is refused.

    Raises Back, or KeyboardInterrupt when the person cancels.
    """
    if is_dumb():
        while wrong := problem(found := numbered.choose(title, options, chosen, more, about, several=True)):
            print(f"  {wrong}")
        return list(found)
    import questionary

    def make() -> Any:
        choices = [_choice(option, checked=option.value in chosen) for option in options]
        return questionary.checkbox(title, choices, validate=_validator(problem), **_looks(about))

    answers = list(_ask(make, more, about, keys="Space select, Enter accept"))
    _print_answer(title, [option.label for option in options if option.value in answers] or ["none"])
    return answers


def text(
    title: str, default: str = "", problem: Problem = lambda _: "", more: More = None, about: About = PLAIN
) -> str:
    """Ask for a line of text; `problem` says why a line is refused. `?` explains while nothing else was typed.

    Raises Back, or KeyboardInterrupt when the person cancels.
    """
    if is_dumb():
        numbered.introduce(about)
        while wrong := problem(line := numbered.line(f"{title} [{default}]: ", more) or default):
            print(f"  {wrong}")
        return line
    import questionary

    line = default
    while True:
        make = partial(questionary.text, f"{title}:", default=line, style=questionary.Style(STYLE))
        line = str(_ask(make, more, about, keys="Enter accept", typed_over=line))
        if not (wrong := problem(line)):
            _print_answer(title, [line])
            return line
        say(f"  {wrong}")  # questionary would cut it off at the edge of the screen


def confirm(title: str, *, default: bool, more: More = None, about: About = PLAIN) -> bool:
    """Ask for yes or no.

    Raises Back, or KeyboardInterrupt when the person cancels.
    """
    if is_dumb():
        return bool(numbered.choose(title, [Option("Yes", True), Option("No", False)], [default], more, about))
    import questionary

    make = partial(questionary.confirm, title, default=default, style=questionary.Style(STYLE))
    answer = bool(_ask(make, more, about, keys="y or n, Enter accept"))
    _print_answer(title, ["yes" if answer else "no"])
    return answer


def _choice(option: Option, **settings: Any) -> Any:
    import questionary

    return questionary.Choice(option.title, option.value, description=option.help or None, **settings)


def _looks(about: About) -> dict[str, Any]:
    """Return the look of a list of choices; `_around` shows the help of a choice below the list."""
    import questionary

    style = questionary.Style(STYLE)
    return {
        "pointer": POINTER,
        "style": style,
        "instruction": f"({about.step})" if about.step else " ",
        "show_description": False,
    }


def _validator(problem: Problem) -> Callable[[Any], bool | str]:
    return lambda value: problem(value) or True


def _print_answer(title: str, labels: Sequence[str]) -> None:
    """Print a question and its answer on one line: the line of questionary may be wider than the screen."""
    from prompt_toolkit import print_formatted_text
    from prompt_toolkit.formatted_text import FormattedText
    from prompt_toolkit.styles import Style

    title = title if title.endswith("?") else f"{title}:"
    answer, room = "; ".join(labels), columns() - len(title) - 4
    short = answer if len(answer) <= room else f"{answer[: max(room - 1, 0)]}…"
    parts = [("class:done", "✓"), ("class:question", f" {title} "), ("class:answer", short)]
    print_formatted_text(FormattedText(parts), style=Style(STYLE))


def _ask(make: Callable[[], Any], more: More, about: About, *, keys: str, typed_over: str = "") -> Any:
    """Ask until there is an answer; Esc and `?` end a prompt without one.

    In a line of text, `?` and Ctrl-D have their usual effect unless the line is empty or still `typed_over`, its
    default.
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
        application.erase_when_done = True
        application.ttimeoutlen = 0.05  # seconds until Esc counts as a key, not as the start of an arrow key
        _around(application, about, f"{keys}, {'? explain, ' if more else ''}Esc back, Ctrl-C cancel")
        answer = application.run()
        if answer is EOFError:
            raise KeyboardInterrupt
        if answer is Back:
            raise Back
        if more is None or answer is not more:
            return answer
        say(more())


def _around(application: Any, about: About, keys: str) -> None:
    """Show why a question is asked above its choices, and the keys below them."""
    from prompt_toolkit.layout import HSplit, Window
    from prompt_toolkit.layout.controls import FormattedTextControl
    from questionary.prompts.common import InquirerControl

    def window(content: Any) -> Window:
        return Window(FormattedTextControl(content), dont_extend_height=True, wrap_lines=True)

    layout = application.layout
    controls = [each.content for each in layout.find_all_windows() if isinstance(each.content, InquirerControl)]

    def below() -> Fragments:
        helps = [control.get_pointed_at().description or "" for control in controls]
        return [("", "\n"), ("class:quiet", "\n".join(_indented(" ".join(helps)) + _indented(keys)))]

    above = [("class:quiet", "\n".join(_indented(about.why)))] if about.why else []
    if about.gauge:
        above += [("", "\n" if above else ""), ("", "  "), *about.gauge.fragments()]
    head = [window([*above, ("", "\n")] if controls else above)] if above else []
    if controls:  # the question, then its choices
        first, *rest = layout.container.children
        layout.container = HSplit([first, *head, *rest, window(below)])
    else:
        layout.container = HSplit([layout.container, *head, window(below)])


def _indented(text: str) -> list[str]:
    """Wrap text below a question, with each line indented."""
    return textwrap.wrap(text, width(), initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)


def _leave(wish: Any, event: Any) -> None:
    event.app.exit(result=wish)
