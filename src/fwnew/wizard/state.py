"""The answers so far, and the walk from one question to the next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fwnew.errors import UsageError
from fwnew.terminal import prompts
from fwnew.terminal.layout import say
from fwnew.terminal.parts import Back


@dataclass(frozen=True)
class State:
    """The answers so far. A step returns a new state, and going back restores the previous one."""

    dest: str = ""
    start: str = ""
    decision_answers: Mapping[str, Any] = field(default_factory=dict)
    framework: str = ""
    asked: tuple[str, ...] = ()
    """The template's questions that the person has seen."""
    own: Mapping[str, Any] = field(default_factory=dict)
    """The answers that differ from the suggestions. All others follow the suggestions, even when these change."""
    remembered: Mapping[str, Any] = field(default_factory=dict)
    """Answers that a step back has undone, which Enter gives again."""
    changing: str = ""
    """The question that the person chose in the review to change."""
    more: bool = False
    """Whether to ask the questions under More options."""
    created: bool = False

    def answered(self, name: str, value: Any, suggestion: Any) -> "State":
        """Return this state with an answer to one of the template's questions."""
        own = {other: kept for other, kept in self.own.items() if other != name}
        if value != suggestion:
            own[name] = value
        remembered = {other: kept for other, kept in self.remembered.items() if other != f"project.{name}"}
        asked = tuple(dict.fromkeys([*self.asked, name]))
        return replace(self, asked=asked, own=own, remembered=remembered, changing="")


Step = Callable[[State], State]
"""Asks one question. Raises Back, or KeyboardInterrupt when the person cancels."""


class Stuck(Back):
    """A question that the previous answers leave without a choice; `error` is raised if there are none."""

    def __init__(self, error: UsageError) -> None:
        super().__init__()
        self.error = error


def walk(state: State, next_step: Callable[[State], Step | None]) -> State:
    """Ask questions until none is left. Back undoes the last answer.

    Raises UsageError where the first question cannot be answered, and KeyboardInterrupt when the person cancels.
    """
    before = list[State]()
    while step := next_step(state):
        try:
            after = step(state)
        except Back as wish:
            if before:
                state = _recalled(before.pop(), state)
            elif isinstance(wish, Stuck):
                raise wish.error from None
            else:
                say(f"{prompts.FIRST}\n")
        else:
            before.append(state)
            state = after
    return state


def _recalled(earlier: State, later: State) -> State:
    """Return an earlier state that remembers the answers given after it."""
    said = {"dest": later.dest, "start": later.start, "framework": later.framework}
    said |= {f"decide.{name}": value for name, value in later.decision_answers.items()}
    said |= {f"project.{name}": value for name, value in later.own.items()}
    return replace(earlier, remembered={**later.remembered, **{name: v for name, v in said.items() if v != ""}})
