"""The blocks of fwnew's output: sentences, commands, tables, trees and panels.

On a terminal, rich draws them, in color if the terminal has colors. Elsewhere they are plain text, and rich is not
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
    """Sentences, wrapped at the width of the screen."""

    text: str
    style: str = ""
    indent: int = 0


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    items: Sequence[str]


@dataclass(frozen=True)
class Lines:
    """Lines that are not wrapped, such as commands to copy, below a `title`."""

    lines: Sequence[str]
    title: str = ""
    style: str = "command"


@dataclass(frozen=True)
class Table:
    """Rows in columns. As plain text, the last column is wrapped if it holds `sentences`."""

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
    """Blocks in a frame, to be seen first."""

    title: str
    blocks: Sequence["Block"]


@dataclass(frozen=True)
class Stack:
    """Blocks without empty lines between them."""

    blocks: Sequence["Block"]


Block = Stack | Text | Bullets | Lines | Table | Tree | Panel | Gauge


def show(*blocks: Block | None, file: TextIO | None = None) -> None:
    """Print the blocks, with empty lines between them."""
    stream, found = file or sys.stdout, [block for block in blocks if block]
    if is_drawn(stream):
        from fwnew.terminal.drawn import draw

        draw(found, stream)
    else:
        print(plain(*found), file=stream)


def is_drawn(stream: TextIO) -> bool:
    """Return whether rich draws blocks on this stream: a terminal that can move its cursor."""
    return stream.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")


def plain(*blocks: Block | None) -> str:
    """Return the blocks as plain text, with sentences of at most 79 columns."""
    return "\n\n".join("\n".join(_lines(block)) for block in blocks if block)


def filed(*blocks: Block | None) -> str:
    """Return the blocks as text for a file, with the same width for every screen."""
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
