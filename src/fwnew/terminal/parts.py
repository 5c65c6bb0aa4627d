"""What a question on a terminal is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fwnew.terminal.gauge import Gauge

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


@dataclass(frozen=True)
class About:
    """What stands around a question: its place among the others, why it is asked, where the answers lead so far."""

    step: str = ""
    why: str = ""
    gauge: Gauge | None = None


PLAIN = About()
