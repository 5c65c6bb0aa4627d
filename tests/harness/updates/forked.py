"""fwnew in a process of its own, forked off, in which something happens right before one of its writes or copies.

An audit hook counts what is written or copied below the repository: at a given one the process ends as by `kill -9`, or
a person saves a file, or another command runs.
"""

import os
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fwnew import cli
from tests.kit.commands import Result

KILLED = 137
WRITES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod"}
GIT_WRITES = {"update-index", "unpack-objects", "update-ref", "commit"}


@dataclass(frozen=True)
class Forked(Result):
    """What such a command gave back, and whether the moment came."""

    happened: bool


def run(
    repository: Path,
    arguments: list[str],
    number: int = -1,
    then: Callable[[], None] | None = None,
    at: str = "",
    *,
    copies: bool = False,
) -> Forked:
    """Run fwnew in a process of its own, and do something before one of its writes, or of its copies as well.

    The write is the one of that number among those to a path, or among all.
    """
    room = Path(tempfile.mkdtemp(dir=repository.parent))
    outputs, happened = [room / "out", room / "err"], room / "happened"
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 70
        signal.alarm(60)  # what hangs ends by this signal
        try:
            for stream, output in enumerate(outputs, start=1):
                os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
            sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
            sys.stdin = open(os.devnull)  # noqa: PTH123, SIM115 - until the process ends
            sys.argv = ["fwnew", *arguments]
            if then:
                before_write(f"{repository}/{at}", number, then, happened, copies=copies)
            cli.main()
        except SystemExit as error:
            code = int(error.code or 0)
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    out, err = (output.read_text("utf-8", "replace") for output in outputs)
    return Forked(os.waitstatus_to_exitcode(status), out, err, happened.exists())


def run_in(repository: Path, verb: str, *options: str, project: str = "a", **when: Any) -> Forked:
    """Run a command for one of the projects of a repository."""
    return run(repository, [verb, str(repository / project), *options], **when)


def killed(repository: Path, *, before: str, project: str = "a") -> None:
    """An update of a project that is killed when it would write one of its files."""
    done = run_in(repository, "update", "--yes", project=project, number=0, then=die, at=f"{project}/{before}")
    assert done.code == KILLED, done


def die() -> None:
    """What to do before a write, for it to be as after `kill -9`."""
    os._exit(KILLED)


def before_write(below: str, number: int, then: Callable[[], None], happened: Path, *, copies: bool) -> None:
    """Do something right before the write of that number, counted below a path."""
    counted, busy = 0, False

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal counted, busy
        copied = copies and event == "shutil.copyfile" and str(arguments[0]).startswith(below)
        if busy or not (copied or writes(event, arguments, below)):
            return
        if counted == number:
            busy = True
            happened.touch()
            then()
        counted += 1
        busy = False

    sys.addaudithook(hook)


def writes(event: str, arguments: tuple[Any, ...], below: str) -> bool:
    if event == "subprocess.Popen":
        _, command, folder, _ = arguments
        return f"{folder}/".startswith(below) and bool(GIT_WRITES & set(map(str, command)))
    if event == "open":
        path, _, flags = arguments
        return isinstance(path, (str, os.PathLike)) and str(path).startswith(below) and bool(flags & 3)
    return event in WRITES and any(str(argument).startswith(below) for argument in arguments[:2])
