"""Plain text in lines, columns and trees."""

import os
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import PurePosixPath

WIDTH = 79
NARROW = 16
"""Columns. If fewer are left, text goes below its label, not next to it."""

_FOR_A_SCREEN = ContextVar("_FOR_A_SCREEN", default=True)


@contextmanager
def for_a_file() -> Iterator[None]:
    """Wrap text at 79 columns, however narrow the screen is."""
    token = _FOR_A_SCREEN.set(False)
    try:
        yield
    finally:
        _FOR_A_SCREEN.reset(token)


def columns() -> int:
    """Return the width of the screen, not of the variable COLUMNS; 80 without a screen."""
    try:
        return (_FOR_A_SCREEN.get() and os.get_terminal_size().columns) or WIDTH + 1
    except OSError:
        return WIDTH + 1


def width() -> int:
    """Return the width of a line of text, which leaves the last column of a narrow screen empty."""
    return min(WIDTH, columns() - 1)


def table(rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the rows with aligned columns, however wide."""
    cells = [list(row) for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def columns_of_text(rows: Sequence[Sequence[str]], indent: str = "") -> list[str]:
    """Return the rows with aligned columns, the last one wrapped at the width of the screen."""
    if not rows or len(rows[0]) < 2:
        return [line for row in rows for line in wrapped(row[0], indent)]
    starts = table(row[:-1] for row in rows)
    longest = max(map(len, starts))
    return [
        line
        for start, row in zip(starts, rows, strict=True)
        for line in in_column(f"{indent}{start:<{longest}}  ", row[-1])
    ]


def tree_of_text(name: str, files: Sequence[str]) -> list[str]:
    """Return the files of a project as an indented tree."""
    lines, seen = [f"{name}/"], set[PurePosixPath]()
    for file in sorted(files, key=lambda file: PurePosixPath(file).parts):
        path = PurePosixPath(file)
        for folder in reversed(path.parents[:-1]):
            if folder not in seen:
                seen.add(folder)
                lines.append(f"{'    ' * len(folder.parts)}{folder.name}/")
        lines.append(f"{'    ' * len(path.parts)}{path.name}")
    return lines


def wrapped(text: str, indent: str = "") -> list[str]:
    """Wrap text at the width of the screen or at 79 columns; with an indent, further lines get two columns more."""
    more = f"{indent}  " if indent else ""
    return textwrap.wrap(
        text, width(), initial_indent=indent, subsequent_indent=more, break_long_words=False, break_on_hyphens=False
    )


def in_column(start: str, text: str) -> list[str]:
    """Wrap text in a column to the right of `start`, or below it on a narrow screen."""
    room = width() - len(start)
    if room < NARROW:
        return [start.rstrip(), *textwrap.wrap(text, width(), initial_indent=" " * 4, subsequent_indent=" " * 4)]
    first, *more = textwrap.wrap(text, room) or [""]
    return [f"{start}{first}".rstrip(), *(f"{'':<{len(start)}}{line}" for line in more)]


def say(text: str) -> None:
    """Print lines, wrapped at the width of the screen or at 79 columns."""
    for line in text.split("\n"):
        print(folded(line, "  " + line[: len(line) - len(line.lstrip())] if line.startswith(" ") else ""))


def folded(line: str, indent: str) -> str:
    """Wrap one line at the width of the screen or at 79 columns; words stay whole."""
    return textwrap.fill(line, width(), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
