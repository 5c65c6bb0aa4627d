"""Pictures for the README, of the real program on a terminal of 80 columns: `nox -s recordings`.

With --quick they are made as well, but not kept: all of it takes less than half a minute.
"""

import argparse
import os
import re
import shutil
import sys
import tempfile
import time
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Any

import pexpect
import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text

IMAGES = Path(__file__).parent / "images"
ROOT = Path(__file__).parents[1]
COLUMNS = 80
DOWN, SPACE, ENTER = "\x1b[B", " ", "\r"
POINTER = "›"
PATIENCE = 180
"""Seconds that a whole conversation may take."""

Turn = tuple[str, str, str]
"""A question, the label of a choice to point at (none: where the pointer is), and what is then typed."""

GUIDED: list[Turn] = [
    ("? Task", "Image classification", ENTER),
    ("How do you want to start", "Guided", ENTER),
    ("What is it for", "Production", ENTER),
    ("What does the team know", "Keras", ENTER),
    ("How much will the model change", "", ENTER),
    ("Where will it run", "Android", SPACE),
]
PROJECT: list[Turn] = [
    ("● Android", "", ENTER),
    *((question, "", ENTER) for question in ("? Which pretrained", "? Who keeps", "? Hard constraints")),
    *((question, "", ENTER) for question in ("? Framework", "? Start", "? Export formats", "? Servers")),
    ("? Where it trains", "", ENTER),
]


class Terminal:
    """A program on a terminal, whose screen can be looked at."""

    def __init__(self, folder: str, lines: int, *arguments: str, **variables: str) -> None:
        home = {
            "HOME": folder,
            "TERM": "xterm-256color",
            "PROMPT_TOOLKIT_NO_CPR": "1",
            "GIT_AUTHOR_NAME": "Ada",
            **variables,
        }
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("FWNEW_", "NO_COLOR", "XDG_"))
        }
        self.screen = pyte.Screen(COLUMNS, lines)
        self.stream = pyte.Stream(self.screen)
        self.end = time.monotonic() + PATIENCE
        command = [sys.executable, "-m", "fwnew", *arguments]
        self.child = pexpect.spawn(
            command[0],
            command[1:],
            env={**kept, **home, **variables},
            cwd=folder,
            encoding="utf-8",
            dimensions=(lines, COLUMNS),
        )

    def talk(self, *turns: Turn) -> None:
        for question, label, keys in turns:
            self.wait(question)
            while label and not any(POINTER in row and label in row for row in self.screen.display):
                self.child.send(DOWN)
                self.wait(POINTER)
            self.child.send(keys)

    def wait(self, expected: str) -> None:
        """Read until the text stands on the screen, and until nothing more comes for a moment.

        Ends this program if the text never comes.
        """
        while time.monotonic() < self.end:
            try:
                self.stream.feed(self.child.read_nonblocking(4096, timeout=0.5))
            except (pexpect.TIMEOUT, pexpect.EOF) as quiet:
                if expected in "\n".join(self.screen.display):
                    return
                if isinstance(quiet, pexpect.EOF):
                    break
        rows = "\n".join(row.rstrip() for row in self.screen.display).rstrip()
        sys.exit(f"waited for '{expected}' in vain, and saw:\n{rows}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="see whether this program still works")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, ".gitconfig").write_text("[user]\nname = Ada Lovelace\nemail = ada@example.com\n")
        images = Path(folder, "images") if quick else IMAGES
        images.mkdir(exist_ok=True)
        template = template_of_this_checkout(Path(folder))
        wizard = Terminal(folder, 24, "new", "digits-phone", FWNEW_TEMPLATE=str(template))
        wizard.talk(*GUIDED)
        wizard.wait("● Android")
        save(images, "wizard", "fwnew new digits-phone", wizard.screen)
        wizard.talk(*PROJECT)
        wizard.wait("Create this project?")
        save(images, "review", "fwnew new digits-phone", wizard.screen)
        wizard.child.close(force=True)

        words = ["decide", "--data", "team=keras", "--data", "deployment=android"]
        decide = Terminal(folder, 24, *words)
        decide.wait("to repeat this")
        save(images, "decide", " ".join(["fwnew", *words]), decide.screen)


def template_of_this_checkout(folder: Path) -> Path:
    """The template as it is now, in a folder of its own that fwnew is allowed to use."""
    template = folder / "template"
    template.mkdir()
    shutil.copy(ROOT / "copier.yml", template)
    shutil.copytree(ROOT / "templates", template / "templates")
    (folder / ".config" / "fwnew").mkdir(parents=True)
    (folder / ".config" / "fwnew" / "config.toml").write_text(f'allow = ["{template}"]\n')
    return template


def save(images: Path, name: str, title: str, screen: pyte.Screen) -> None:
    """The screen as an SVG that loads nothing from elsewhere."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    rows = [line([screen.buffer[y][x] for x in range(COLUMNS)]) for y in range(screen.lines)]
    while rows and not rows[-1].plain.strip():
        rows.pop()
    for row in rows:
        row.rstrip()
        console.print(row, no_wrap=True)
    svg = console.export_svg(title=title, unique_id=name)
    svg = re.sub(r"\s*@font-face \{.*?\}\n", "\n", svg, flags=re.DOTALL).replace("Fira Code, monospace", "monospace")
    (images / f"{name}.svg").write_text(svg, "utf-8")
    print(f"{images / name}.svg: {len(rows)} lines")


def line(chars: list[Any]) -> Text:
    """One line of the screen; neighbours of one style stay together."""
    text = Text()
    for style, group in groupby(chars, style_of):
        text.append("".join(char.data for char in group), style)
    return text


def style_of(char: Any) -> Style:
    named = {"default": None, "brown": "yellow"}
    colour = f"#{char.fg}" if re.fullmatch("[0-9a-f]{6}", char.fg) else named.get(char.fg, char.fg)
    return Style(color=colour, bold=char.bold, reverse=char.reverse)


if __name__ == "__main__":
    main()
