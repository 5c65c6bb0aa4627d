"""The wizard on a real terminal: a pseudo-terminal of 80 columns and 24 lines."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kit.terminal import Start, Terminal


@pytest.fixture
def start(packaged: Path, work: Path, template: Callable[..., Path]) -> Iterator[Start]:
    """Starts fwnew, with the small template, on a terminal of its own."""
    started = []
    folder = str(template("asked"))

    def run(*arguments: str, lines: int = 24, columns: int = 80, **variables: str) -> Terminal:
        variables = {"FWNEW_TEMPLATE": folder, **variables}
        started.append(Terminal(work, *arguments, variables=variables, lines=lines, columns=columns))
        return started[-1]

    yield run
    for terminal in started:
        terminal.child.close(force=True)
