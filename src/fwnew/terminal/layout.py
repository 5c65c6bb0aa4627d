"""Plain text in lines, columns and trees."""

import os
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import PurePosixPath

WIDTH = 79
NARROW = 16
"""With fewer columns left, text stands below what it belongs to, and not beside it."""

_FOR_A_SCREEN = ContextVar("_FOR_A_SCREEN", default=True)


@contextmanager
def for_a_file() -> Iterator[None]:
    """Fold text at 79 columns, however narrow the screen is."""
    token = _FOR_A_SCREEN.set(False)
    try:
        yield
    finally:
        _FOR_A_SCREEN.reset(token)


def columns() -> int:
    """The width of the screen itself: a variable may name another. 80 where there is no screen."""
    try:
        return (_FOR_A_SCREEN.get() and os.get_terminal_size().columns) or WIDTH + 1
    except OSError:
        return WIDTH + 1


def width() -> int:
    """How wide a line of text is: on a narrow screen a blank stays at its end."""
    return min(WIDTH, columns() - 1)


def table(rows: Iterable[Sequence[str]]) -> list[str]:
    """Rows with their columns aligned, however wide."""
    cells = [list(row) for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def columns_of_text(rows: Sequence[Sequence[str]], indent: str = "") -> list[str]:
    """The same, with the last column folded at the width of the screen."""
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
    """The files of a project as an indented tree."""
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
    """Text as wide as the screen, at most 79 columns; further lines are indented by two more, where it is indented."""
    more = f"{indent}  " if indent else ""
    return textwrap.wrap(
        text, width(), initial_indent=indent, subsequent_indent=more, break_long_words=False, break_on_hyphens=False
    )


def in_column(start: str, text: str) -> list[str]:
    """Text in a column of its own, to the right of where its first line starts; below it on a narrow screen."""
    room = width() - len(start)
    if room < NARROW:
        return [start.rstrip(), *textwrap.wrap(text, width(), initial_indent=" " * 4, subsequent_indent=" " * 4)]
    first, *more = textwrap.wrap(text, room) or [""]
    return [f"{start}{first}".rstrip(), *(f"{'':<{len(start)}}{line}" for line in more)]


def say(text: str) -> None:
    """Print lines, folded where they are wider than the screen or than 79 columns."""
    for line in text.split("\n"):
        print(folded(line, "  " + line[: len(line) - len(line.lstrip())] if line.startswith(" ") else ""))


def folded(line: str, indent: str) -> str:
    """One line, folded where it is wider than the screen or than 79 columns; words stay whole."""
    return textwrap.fill(line, width(), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
