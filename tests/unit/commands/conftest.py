"""Whatever a person mistypes is one sentence, one hint and an exit code; nothing is written, nothing is lost."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kit.commands import Fwnew
from tests.kit.snapshots import everything

Refuses = Callable[..., None]


@pytest.fixture
def refuses(fwnew: Fwnew, packaged: Path, work: Path, home: Path) -> Refuses:
    """Runs fwnew, and expects a sentence, a hint, an exit code, and nothing changed anywhere."""

    def run(arguments: list[str], error: str, hint: str, code: int = 2) -> None:
        before = everything(work), everything(home)
        result = fwnew("new", *arguments)
        assert result.err.splitlines() == [f"error: {error}", f"hint: {hint}"]
        assert (result.code, result.out) == (code, "")
        assert (everything(work), everything(home)) == before

    return run
