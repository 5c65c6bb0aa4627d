"""A line between two names, with a mark that shows where the answers lead."""

import sys
from dataclasses import dataclass

HALF = 15
"""Columns from the middle of the line to its end."""


@dataclass(frozen=True)
class Gauge:
    """A gauge: `share` goes from -1 (`left`) to +1 (`right`), and `says` follows the line."""

    share: float
    says: str = ""
    left: str = "TensorFlow"
    right: str = "PyTorch"

    def fragments(self) -> list[tuple[str, str]]:
        """Return the line as pairs of a style and a text, for prompt_toolkit."""
        before, mark, after = self.line()
        parts = [("class:tensorflow", f"{self.left} "), ("class:quiet", before), ("class:question", mark)]
        parts += [("class:quiet", after), ("class:pytorch", f" {self.right}")]
        return [*parts, ("", f"  {self.says}" if self.says else "")]

    def line(self) -> tuple[str, str, str]:
        """Return the line before the mark, the mark, and the line after it."""
        dash, middle, mark = "─┼■" if takes_lines() else "-|o"
        line = dash * HALF + middle + dash * HALF
        place = HALF + round(max(-1.0, min(1.0, self.share)) * HALF)
        return line[:place], mark, line[place + 1 :]

    def __str__(self) -> str:
        return "".join(text for _, text in self.fragments()).rstrip()


def takes_lines() -> bool:
    """Return whether standard output can print line-drawing characters."""
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
