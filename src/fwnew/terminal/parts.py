"""The parts of a question on a terminal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fwnew.terminal.gauge import Gauge

More = Callable[[], str] | None
"""Returns what `?` shows."""
Problem = Callable[[Any], str]
"""Returns what is wrong with an answer, or an empty string."""


class Back(Exception):  # noqa: N818 - a wish, not an error
    """The person wants the previous question."""


@dataclass(frozen=True)
class Option:
    """One choice; its help is shown while the pointer is at it."""

    label: str
    value: Any
    help: str = ""
    recommended: bool = False

    @property
    def title(self) -> str:
        """The label as shown in the list."""
        return f"{self.label} (recommended)" if self.recommended else self.label


@dataclass(frozen=True)
class About:
    """What is shown around a question: its number, why it is asked, and where the answers lead so far."""

    step: str = ""
    why: str = ""
    gauge: Gauge | None = None


PLAIN = About()
