"""Text in columns and trees."""

import textwrap
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

WIDTH = 79


def table(rows: Iterable[Sequence[str]]) -> list[str]:
    """Rows with their columns aligned."""
    cells = [list(row) for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def listing(name: str, files: Sequence[str]) -> str:
    """The files of a project as an indented tree."""
    lines, seen = [f"{name}/"], set[PurePosixPath]()
    for file in sorted(files, key=lambda file: PurePosixPath(file).parts):
        path = PurePosixPath(file)
        for folder in reversed(path.parents[:-1]):
            if folder not in seen:
                seen.add(folder)
                lines.append(f"{'    ' * len(folder.parts)}{folder.name}/")
        lines.append(f"{'    ' * len(path.parts)}{path.name}")
    return "\n".join(lines)


def wrapped(text: str, indent: str = "") -> list[str]:
    """Text of at most 79 columns, its further lines indented by two more, where it is indented."""
    more = f"{indent}  " if indent else ""
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=more)


def beside(start: str, text: str) -> list[str]:
    """Text in a column of its own, to the right of where its first line starts."""
    first, *more = textwrap.wrap(text, WIDTH - len(start))
    return [f"{start}{first}", *(f"{'':<{len(start)}}{line}" for line in more)]
