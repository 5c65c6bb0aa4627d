"""What was answered so far, and the walk from one question to the next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fwnew.errors import UsageError
from fwnew.terminal import prompts
from fwnew.terminal.layout import say
from fwnew.terminal.parts import Back


@dataclass(frozen=True)
class State:
    """The answers so far. A step returns another state, and going back takes the one before."""

    dest: str = ""
    start: str = ""
    decision_answers: Mapping[str, Any] = field(default_factory=dict)
    framework: str = ""
    asked: tuple[str, ...] = ()
    """The template's questions that the person has seen."""
    own: Mapping[str, Any] = field(default_factory=dict)
    """Those that were answered otherwise than suggested. The rest follows the suggestions, also where they change."""
    remembered: Mapping[str, Any] = field(default_factory=dict)
    """Answers from before a step back, which Enter gives again."""
    changing: str = ""
    """The question that the review leads back to."""
    more: bool = False
    """Whether the questions are asked that few people need."""
    created: bool = False

    def answered(self, name: str, value: Any, suggestion: Any) -> "State":
        """This state, with an answer to one of the template's questions."""
        own = {other: kept for other, kept in self.own.items() if other != name}
        if value != suggestion:
            own[name] = value
        remembered = {other: kept for other, kept in self.remembered.items() if other != f"project.{name}"}
        asked = tuple(dict.fromkeys([*self.asked, name]))
        return replace(self, asked=asked, own=own, remembered=remembered, changing="")


Step = Callable[[State], State]
"""Asks one question. Raises Back, or KeyboardInterrupt when the person gives up."""


class Stuck(Back):
    """A question that nobody can answer after the answers before it; the error is for where there is none before."""

    def __init__(self, error: UsageError) -> None:
        super().__init__()
        self.error = error


def walk(state: State, next_step: Callable[[State], Step | None]) -> State:
    """Ask questions until none is left. Back takes back the last answer.

    Raises UsageError where the first question cannot be answered, and KeyboardInterrupt when the person gives up.
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
    """An earlier state that remembers what was answered after it."""
    said = {"dest": later.dest, "start": later.start, "framework": later.framework}
    said |= {f"decide.{name}": value for name, value in later.decision_answers.items()}
    said |= {f"project.{name}": value for name, value in later.own.items()}
    return replace(earlier, remembered={**later.remembered, **{name: v for name, v in said.items() if v != ""}})
