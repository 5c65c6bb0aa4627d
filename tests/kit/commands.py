"""Commands, each run to its end: what they gave back, and what a test expects of it."""

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Result:
    """What a command gave back."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def said(self) -> str:
        """All that it printed."""
        return self.out + self.err


Fwnew = Callable[..., Result]
"""The command line, run in the process of the tests."""


def run(
    command: Sequence[str | Path] | str, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> Result:
    """A command, or a line of shell, without a terminal; with the variables of the tests, or with these alone."""
    done = subprocess.run(
        command,
        shell=isinstance(command, str),
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def refused(result: Result, *words: str) -> None:
    """It was asked for what makes no sense: exit code 2, and these words on standard error."""
    ended(result, 2, words)


def failed(result: Result, *words: str) -> None:
    """It made sense and went wrong: exit code 1, and these words on standard error."""
    ended(result, 1, words)


def ended(result: Result, code: int, words: Sequence[str]) -> None:
    """An error as fwnew says it: this exit code, these words on standard error, and no traceback."""
    assert result.code == code, result
    assert [word for word in words if word not in result.err] == [], result.err
    assert "Traceback" not in result.err, result.err
