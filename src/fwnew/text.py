"""Text in columns and trees."""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath


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
