"""fwnew on a pseudo-terminal, as a person sees it: the screen, and the choice at the pointer."""

import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pexpect
import pyte

UP, DOWN, SPACE, ENTER, ESC, CTRL_C, CTRL_D, CLEAR = "\x1b[A", "\x1b[B", " ", "\r", "\x1b", "\x03", "\x04", "\x15"
POINTER, TICKS = "›", "○●"
PATIENCE = 20  # seconds


class Terminal:
    """One run of fwnew; `printed` is all its output, `screen` what a person sees now."""

    def __init__(
        self, folder: Path, *arguments: str, variables: Mapping[str, str], lines: int = 24, columns: int = 80
    ) -> None:
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.Stream(self._screen)
        self.printed = ""
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "fwnew", *arguments],
            env={**os.environ, "TERM": "xterm", "NO_COLOR": "1", "PROMPT_TOOLKIT_NO_CPR": "1", **variables},
            cwd=folder,
            encoding="utf-8",
            dimensions=(lines, columns),
        )

    @property
    def screen(self) -> str:
        """The lines of the screen down to the last that is not empty."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    @property
    def text(self) -> str:
        """The output without colors, on one line."""
        return " ".join(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.printed).split())

    @property
    def prompt(self) -> str:
        """The question at the bottom of the screen, with its choices."""
        starts = [match.start() for match in re.finditer(r"^\? ", self.screen, re.MULTILINE)]
        return self.screen[starts[-1] :] if starts else ""

    @property
    def pointed(self) -> str:
        """The line of the choice at which the pointer is."""
        return next((line for line in self.prompt.splitlines() if line.lstrip().startswith(POINTER)), "")

    def at(self, label: str) -> bool:
        """Return whether the pointer is at a choice that begins with `label`."""
        return self.pointed.lstrip(f" {POINTER}{TICKS}").startswith(label)

    def until(self, holds: Callable[[], bool], what: str) -> "Terminal":
        """Read until `holds()` is true; `what` names the condition in a failure."""
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, f"{what} did not come:\n{self.screen}"
            try:
                text = self.child.read_nonblocking(65536, timeout=0.5)
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                assert holds(), f"it ended before {what}:\n{self.screen}"
                break
            self.printed += text
            self._stream.feed(text)
        return self

    def asks(self, title: str) -> "Terminal":
        """Wait for a question with this title."""
        return self.until(lambda: title in self.prompt.split("\n")[0], f"the question '{title}'")

    def shows(self, text: str) -> "Terminal":
        """Wait for a text anywhere on the screen."""

        def holds() -> bool:
            return text in self.screen or text in " ".join(self.screen.split())  # wrapped, if a path is long

        return self.until(holds, f"the text '{text}'")

    def press(self, keys: str) -> "Terminal":
        self.child.send(keys)
        return self

    def enter(self, line: str) -> "Terminal":
        """Replace the text in the line, and press Enter."""
        return self.press(f"{CLEAR}{line}{ENTER}")

    def point(self, label: str) -> "Terminal":
        """Move the pointer to a choice, anywhere in the list."""
        self.until(lambda: POINTER in self.prompt, "the pointer")
        seen = list[str]()
        while not self.at(label):
            here = self.pointed
            assert here not in seen, f"there is no choice '{label}':\n{self.screen}"
            seen.append(here)
            self._move(DOWN)
        return self

    def choose(self, title: str, label: str = "") -> "Terminal":
        """Answer a question with the choice of that label; without a label, with the default."""
        return self.asks(title).point(label).press(ENTER)

    def tick(self, title: str, *labels: str) -> "Terminal":
        """Toggle these choices of a question, and press Enter."""
        self.asks(title)
        for label in labels:
            self.point(label)._move(SPACE)
        return self.press(ENTER)

    def ends(self) -> int:
        """Wait for the end, and return the exit code."""
        self.until(lambda: not self.child.isalive() and self._drained(), "its end")
        self.child.close()
        return int(self.child.exitstatus if self.child.exitstatus is not None else -1)

    def _move(self, key: str) -> None:
        """Press a key, and wait until the pointer is at another line."""
        here = self.pointed
        self.press(key).until(lambda: self.pointed not in ("", here), "another line at the pointer")

    def _drained(self) -> bool:
        try:
            text = self.child.read_nonblocking(65536, timeout=0.1)
        except (pexpect.EOF, pexpect.TIMEOUT):
            return True
        self.printed += text
        self._stream.feed(text)
        return False


Start = Callable[..., Terminal]
"""Starts fwnew on a terminal of its own."""
