"""Git commands, run in the given folder and in no other repository."""

import os
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType

from fwnew.errors import GitError, GitMissingError

# A hook or `git rebase --exec` exports most of these. They would send every command below to another repository, or
# change what paths and files mean.
LOCATION_VARIABLES = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_ATTR_SOURCE",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DIR",
    "GIT_GLOB_PATHSPECS",
    "GIT_GRAFT_FILE",
    "GIT_ICASE_PATHSPECS",
    "GIT_INDEX_FILE",
    "GIT_LITERAL_PATHSPECS",
    "GIT_NAMESPACE",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)

PATIENCE = 2.0  # seconds for git to end


def clean_environment() -> None:
    """Remove the variables that point git to another repository, for this process and for Copier in it.

    If stdin is not a terminal, also forbid git to ask for passwords, which it would do on the terminal itself.
    """
    for name in LOCATION_VARIABLES:
        os.environ.pop(name, None)
    if not sys.stdin.isatty():
        os.environ.setdefault("GIT_TERMINAL_PROMPT", "0")


def git(
    *arguments: str,
    cwd: Path | None = None,
    stdin: str = "",
    accepted: Collection[int] = (0,),
    variables: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Run git and return its output. Bytes that are not UTF-8 survive as surrogate escapes, in `stdin` as well.

    Raises GitMissingError when git is not installed, and GitError with git's own reason when its exit code is not
    accepted.
    """
    environment = {name: value for name, value in os.environ.items() if name not in LOCATION_VARIABLES}
    command = ["git", *arguments]
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment | {"LC_ALL": "C"} | dict(variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except FileNotFoundError as error:
        if cwd and not cwd.is_dir():
            raise
        raise GitMissingError("git is not installed, or not on PATH", "install it from https://git-scm.com") from error
    with process:
        try:
            printed, said = process.communicate(stdin.encode("utf-8", "surrogateescape"))
        except BaseException:
            _end(process)
            raise
    if process.returncode not in accepted:
        raise GitError(f"git {_verb(arguments)} failed: {_reason(said.decode('utf-8', 'replace'))}")
    return printed.decode("utf-8", "surrogateescape")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Terminate git, so that it removes its locks. Kill it only if it does not end."""
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()


def enclosing(folder: Path) -> Path | None:
    """Return the git working tree around a folder, or None.

    Raises GitMissingError when git is not installed.
    """
    try:
        return Path(git("rev-parse", "--show-toplevel", cwd=folder).removesuffix("\n")).resolve()
    except GitMissingError:
        raise
    except GitError:
        return None


def is_git_folder(folder: Path) -> bool:
    """Return whether a folder is itself a git folder, such as a bare repository.

    Raises GitMissingError when git is not installed.
    """
    try:
        return bool(git("--git-dir=.", "rev-parse", "--git-dir", cwd=folder))
    except GitMissingError:
        raise
    except GitError:
        return False


def configured(*key: str, cwd: Path | None = None) -> str:
    """Return a value of git's configuration, or an empty string; `--type=path` before the key expands a ~."""
    try:
        return git("config", "--get", *key, cwd=cwd).removesuffix("\n")
    except GitError:
        return ""


def _verb(arguments: tuple[str, ...]) -> str:
    """Return the subcommand, without the options before it."""
    words = list(arguments)
    while words and words[0].startswith("-"):
        del words[: 2 if words[0] == "-c" else 1]
    return words[0]


def _reason(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return (fatal or lines or ["git gave no reason"])[0].removeprefix("fatal: ").removeprefix("error: ")
