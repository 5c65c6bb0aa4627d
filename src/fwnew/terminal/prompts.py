"""One question on a terminal: a choice, several choices, or a line of text. The only file that calls questionary.

A terminal that cannot move its cursor (TERM=dumb), such as one that is read aloud, is asked by `numbered`.
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
FIRST = "This is the first question: nothing is before it. Ctrl-C cancels."
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
"""Colours that can be read on dark and on light screens."""

Fragments = list[tuple[str, str]]
"""Text with its styles, as prompt_toolkit takes it."""


def introduce() -> None:
    """Say how to answer, where the questions do not say it themselves."""
    if is_dumb():
        say(f"{numbered.KEYS}\n")


def select(title: str, options: Sequence[Option], default: Any = None, more: More = None, about: About = PLAIN) -> Any:
    """One of the options.

    Raises Back, or KeyboardInterrupt when the person gives up.
    """
    if is_dumb():
        return numbered.choose(title, options, [default], more, about)
    import questionary

    def make() -> Any:
        # A Choice as the default, since a value may be None, or equal to another's label.
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
    """Any number of the options; `problem` says why a selection is refused.

    Raises Back, or KeyboardInterrupt when the person gives up.
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
    """A line of text; `problem` says why one is refused. `?` explains while nothing else was typed.

    Raises Back, or KeyboardInterrupt when the person gives up.
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
        say(f"  {wrong}")  # questionary would cut it off at the end of the screen's line


def confirm(title: str, *, default: bool, more: More = None, about: About = PLAIN) -> bool:
    """Yes or no.

    Raises Back, or KeyboardInterrupt when the person gives up.
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
    """How a list of choices looks; what a choice says of itself stands below the list, by `_around`."""
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
    """What became of a question, on one line: what questionary leaves there may be wider than the screen."""
    from prompt_toolkit import print_formatted_text
    from prompt_toolkit.formatted_text import FormattedText
    from prompt_toolkit.styles import Style

    title = title if title.endswith("?") else f"{title}:"
    answer, room = "; ".join(labels), columns() - len(title) - 4
    short = answer if len(answer) <= room else f"{answer[: max(room - 1, 0)]}…"
    parts = [("class:done", "✓"), ("class:question", f" {title} "), ("class:answer", short)]
    print_formatted_text(FormattedText(parts), style=Style(STYLE))


def _ask(make: Callable[[], Any], more: More, about: About, *, keys: str, typed_over: str = "") -> Any:
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
        application.erase_when_done = True
        application.ttimeoutlen = 0.05  # seconds until Esc is a key of its own, not the start of an arrow key
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
    """Put why a question is asked between it and its choices, and the keys below them."""
    from prompt_toolkit.layout import HSplit, Window
    from prompt_toolkit.layout.controls import FormattedTextControl
    from questionary.prompts.common import InquirerControl

    def window(content: Any) -> Window:
        return Window(FormattedTextControl(content), dont_extend_height=True, wrap_lines=True)

    layout = application.layout
    controls = [each.content for each in layout.find_all_windows() if isinstance(each.content, InquirerControl)]

    def below() -> Fragments:
        helps = [control.get_pointed_at().description or "" for control in controls]
        return [("", "\n"), ("class:quiet", "\n".join(_beside(" ".join(helps)) + _beside(keys)))]

    above = [("class:quiet", "\n".join(_beside(about.why)))] if about.why else []
    if about.gauge:
        above += [("", "\n" if above else ""), ("", "  "), *about.gauge.fragments()]
    head = [window([*above, ("", "\n")] if controls else above)] if above else []
    if controls:  # the question, then its choices
        first, *rest = layout.container.children
        layout.container = HSplit([first, *head, *rest, window(below)])
    else:
        layout.container = HSplit([layout.container, *head, window(below)])


def _beside(text: str) -> list[str]:
    """Text folded below a question, each line indented alike."""
    return textwrap.wrap(text, width(), initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)


def _leave(wish: Any, event: Any) -> None:
    event.app.exit(result=wish)
