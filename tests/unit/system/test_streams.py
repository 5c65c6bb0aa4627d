"""Whatever standard output is, nothing crashes: a small alphabet, a pipe that nobody reads, none at all."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fwnew.sources import trust

FWNEW = [sys.executable, "-m", "fwnew"]
Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def run(work: Path) -> Run:
    """Runs fwnew in a process of its own, with these variables."""

    def start(*arguments: str | bytes, **variables: str) -> subprocess.CompletedProcess[bytes]:
        environment = {**os.environ, **variables}
        return subprocess.run([*FWNEW, *arguments], cwd=work, env=environment, capture_output=True, check=False)

    return start


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_characters_that_cannot_be_shown_are_escaped(run: Run, encoding: str, work: Path) -> None:
    result = run(
        "new", "数据", "--defaults", "-d", "project_name=demo", "-d", "package=demo", PYTHONIOENCODING=encoding
    )
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.startswith(rb"Created \u6570\u636e: ")
    assert os.listdir(work) == ["数据"]
    for command in (["decide", "--defaults"], ["new", "数", "--defaults"]):
        result = run(*command, PYTHONIOENCODING=encoding)
        assert b"Traceback" not in result.stderr, command
        assert result.returncode in (0, 2), command


def test_a_name_that_is_not_text_is_escaped(run: Run, work: Path) -> None:
    os.mkdir(os.fsencode(work) + b"/\xff")  # noqa: PTH102
    for arguments in (
        ["check", b"\xff"],
        ["template", "allow", b"\xff/"],
        ["new", "x", "--defaults", "--template", b"x\xff"],
    ):
        result = run(*arguments)
        assert result.returncode == 2, result.stderr
        assert b"Traceback" not in result.stderr
        assert rb"\udcff" in result.stderr
    assert "udcff" not in trust.file().read_text()


@pytest.mark.skipif(os.name == "nt", reason="a shell's pipes")
@pytest.mark.parametrize(
    "command",
    [
        "catalogue | true",
        "catalogue --json | true",
        "--help | true",
        "nonsense 2>&1 | true",
        "new demo --defaults | true",
    ],
)
@pytest.mark.parametrize("variables", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["buffered", "unbuffered"])
def test_a_pipe_that_nobody_reads_any_more_ends_quietly(work: Path, command: str, variables: dict[str, str]) -> None:
    shell = ["sh", "-c", f'{{ sleep 0.1; "$0" -m fwnew {command.replace(" |", "; echo $? >code; } |")}', sys.executable]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    result = subprocess.run(shell, cwd=work, env={**buffered, **variables}, capture_output=True, check=True)
    assert result.stderr == b""
    assert (work / "code").read_text() in ("0\n", "1\n")
    assert not command.startswith("new demo") or (work / "demo" / ".git").is_dir()


@pytest.mark.skipif(os.name == "nt", reason="a shell's redirections")
@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_an_empty_one(work: Path, closed: str) -> None:
    shell = ["sh", "-c", f'"$0" -m fwnew new demo --defaults {closed}', sys.executable]
    result = subprocess.run(shell, cwd=work, capture_output=True, check=False)
    assert (result.returncode, result.stderr) == (0, b"")
    assert (work / "demo" / ".git").is_dir()
