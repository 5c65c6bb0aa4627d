"""Blocks drawn by rich. Import this module only for a terminal: rich loads slowly."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TextIO

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel as RichPanel
from rich.table import Table as RichTable
from rich.text import Text as RichText
from rich.theme import Theme
from rich.tree import Tree as RichTree

from fwnew.terminal.blocks import Block, Bullets, Lines, Panel, Stack, Table, Text, Tree
from fwnew.terminal.gauge import Gauge, takes_lines
from fwnew.terminal.layout import columns

# Colors that are readable on dark and light screens; everything else keeps the terminal's.
THEME = Theme(
    {
        "bad": "bold red",
        "command": "cyan",
        "folder": "bold",
        "good": "green",
        "heading": "bold",
        "note": "yellow",
        "pytorch": "magenta",
        "question": "bold",
        "quiet": "dim",
        "tensorflow": "yellow",
    }
)
BULLET = "•"
WIDEST = 100
"""Columns of a sentence at most, even on a wider screen."""


def console(stream: TextIO) -> Console:
    """Return a console that prints text as it is, without markup or highlighting."""
    width = min(columns(), WIDEST)  # of the screen, not of the variable COLUMNS
    return Console(file=stream, theme=THEME, width=width, highlight=False, markup=False, emoji=False)


def draw(blocks: Sequence[Block], stream: TextIO) -> None:
    """Draw the blocks, with empty lines between them."""
    to = console(stream)
    for number, block in enumerate(blocks):
        if number:
            to.print()
        _draw(block, to)


def _draw(block: Block, to: Console) -> None:
    if isinstance(block, Stack):
        for part in block.blocks:
            _draw(part, to)
        return
    for line in _drawn(block):
        to.print(line, soft_wrap=isinstance(block, Lines))  # lines to copy are not wrapped


def _drawn(block: Block) -> list[RenderableType]:
    match block:
        case Stack(inside):
            return [line for part in inside for line in _drawn(part)]
        case Text(text, style, indent):
            return [Padding(RichText(text, style), (0, 0, 0, indent)) if indent else RichText(text, style)]
        case Bullets(items):
            return [_bullets(items)]
        case Lines(lines, title, style):
            heading = [RichText(f"{title}:", "heading")] if title else []
            return [*heading, *(RichText(f"  {line}" if title else line, style) for line in lines)]
        case Table(rows, header, title):
            return [*([RichText(f"{title}:", "heading")] if title else []), _table(rows, header, indent=bool(title))]
        case Tree(name, files):
            return [_tree(name, files)]
        case Gauge():
            return [RichText.assemble(*((text, style.removeprefix("class:")) for style, text in block.fragments()))]
        case Panel(title, inside):
            pieces = [piece for block in inside for piece in (RichText(), *_drawn(block))][1:]
            parts = Group(*pieces)
            return [RichPanel(parts, title=RichText(title, "heading"), title_align="left", border_style="command")]


def _table(rows: Sequence[Sequence[str]], header: Sequence[str], *, indent: bool) -> RenderableType:
    table = RichTable(*header, box=box.SIMPLE_HEAD if header else None, show_header=bool(header), pad_edge=bool(header))
    for _ in rows[0] if rows and not header else ():
        table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*(RichText(cell) for cell in row))
    return Padding(table, (0, 0, 0, 2)) if indent else table


def _bullets(items: Sequence[str]) -> RenderableType:
    grid = RichTable.grid(padding=(0, 1))
    for item in items:
        grid.add_row(BULLET if takes_lines() else "-", RichText(item))
    return grid


def _tree(name: str, files: Sequence[str]) -> RichTree:
    root = RichTree(RichText(f"{name}/", "folder"))
    folders = {PurePosixPath("."): root}
    for file in sorted(files, key=lambda file: PurePosixPath(file).parts):
        path = PurePosixPath(file)
        for folder in reversed(path.parents[:-1]):
            if folder not in folders:
                folders[folder] = folders[folder.parent].add(RichText(f"{folder.name}/", "folder"))
        folders[path.parent].add(RichText(path.name))
    return root
