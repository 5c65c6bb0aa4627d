"""What fwnew shows, block by block: sentences, commands, tables, trees and panels.

On a terminal rich draws them, in colour where there are colours. Anywhere else they are plain text, and rich is not
imported.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from fwnew.terminal.gauge import Gauge
from fwnew.terminal.layout import columns_of_text, for_a_file, in_column, table, tree_of_text, wrapped


@dataclass(frozen=True)
class Text:
    """Sentences, folded where the screen ends."""

    text: str
    style: str = ""
    indent: int = 0


@dataclass(frozen=True)
class Bullets:
    """Sentences, one below the other."""

    items: Sequence[str]


@dataclass(frozen=True)
class Lines:
    """Lines that stay as they are, such as commands that a person copies; `title` stands above them."""

    lines: Sequence[str]
    title: str = ""
    style: str = "command"


@dataclass(frozen=True)
class Table:
    """Rows in columns. As text, the last column is folded where the screen ends, if it holds `sentences`."""

    rows: Sequence[Sequence[str]]
    header: Sequence[str] = ()
    title: str = ""
    sentences: bool = True


@dataclass(frozen=True)
class Tree:
    """The files of a folder."""

    name: str
    files: Sequence[str]


@dataclass(frozen=True)
class Panel:
    """What should be seen first."""

    title: str
    blocks: Sequence["Block"]


@dataclass(frozen=True)
class Stack:
    """Blocks without empty lines between them."""

    blocks: Sequence["Block"]


Block = Stack | Text | Bullets | Lines | Table | Tree | Panel | Gauge


def show(*blocks: Block | None, file: TextIO | None = None) -> None:
    """Print the blocks, with an empty line between each two."""
    stream, found = file or sys.stdout, [block for block in blocks if block]
    if is_drawn(stream):
        from fwnew.terminal.drawn import draw

        draw(found, stream)
    else:
        print(plain(*found), file=stream)


def is_drawn(stream: TextIO) -> bool:
    """Whether blocks are drawn there: on a terminal that can move its cursor."""
    return stream.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")


def plain(*blocks: Block | None) -> str:
    """The blocks as text, no line of a sentence wider than 79 columns."""
    return "\n\n".join("\n".join(_lines(block)) for block in blocks if block)


def filed(*blocks: Block | None) -> str:
    """Return the blocks as text for a file, which is as wide on every screen."""
    with for_a_file():
        return plain(*blocks)


def _lines(block: Block) -> list[str]:
    match block:
        case Text(text, _, indent):
            return [line for part in text.splitlines() for line in wrapped(part, " " * indent) or [""]]
        case Bullets(items):
            return [line for item in items for line in in_column("- ", item)]
        case Lines(lines, title):
            return [f"{title}:", *(f"  {line}" for line in lines)] if title else list(lines)
        case Table(rows, header, title, sentences):
            heading, cells = [f"{title}:"] if title else [], [header, *rows] if header else rows
            return [*heading, *(columns_of_text(cells, "  " if title else "") if sentences else table(cells))]
        case Tree(name, files):
            return tree_of_text(name, files)
        case Gauge():
            return [str(block)]
        case Stack(inside):
            return [line for part in inside for line in _lines(part)]
        case Panel(title, inside):
            return [title, *(f"  {line}".rstrip() for part in inside for line in _lines(part))]
