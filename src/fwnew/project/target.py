"""The folder of a new project: its path as typed, and whether a project can be created there."""

import os
import re
import shlex
from pathlib import Path

from fwnew.errors import UsageError

UNPORTABLE = re.compile(r'[?*<>:"|\\]')
"""Characters that Windows forbids in file names; some have a meaning to a shell."""

DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that Windows reserves for devices, in any folder and with any extension."""


def unquoted(line: str) -> str:
    """Return a path that was pasted as for a shell, without its quotes, escaped spaces or final slash."""
    line = line.strip()
    if len(line) > 1 and line[0] == line[-1] and line[0] in "'\"":
        line = line[1:-1]
    elif os.name != "nt":
        line = line.replace("\\ ", " ")
    return at_home(line.rstrip("/") or line)


def at_home(dest: str) -> str:
    """Expand a `~` in DEST that no shell has expanded, such as in quotes or in a variable."""
    return os.path.expanduser(dest)  # noqa: PTH111 - pathlib raises for an unknown user


def target_of(dest: str) -> Path:
    """Return the folder that DEST means.

    Raises UsageError unless a project can be created there.
    """
    if not dest.strip():
        raise UsageError("DEST is empty", "name a folder: fwnew new digits-demo")
    if re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", dest):
        raise UsageError(f"DEST {dest!r} holds characters that cannot be shown", "name a folder in plain text")
    try:
        if Path(dest).is_symlink() and not Path(dest).exists():
            raise UsageError(f"{dest} is a broken symlink", "remove it, or name a new folder")
        target = Path(dest).resolve()
        if not target.exists():
            check_name(target.name)
        check_target(target)
    except (OSError, RuntimeError) as error:  # such as a name that is too long
        reason = error.strerror if isinstance(error, OSError) else "its symlinks form a loop"
        raise UsageError(f"{dest} cannot be used: {reason}", "name a new folder") from error
    return target


def check_name(name: str) -> None:
    """Raise UsageError for a folder name that does not work on every system and in every shell."""
    hint = "use letters, digits, '-' and '_', such as digits-demo"
    if found := UNPORTABLE.search(name):
        raise UsageError(f"not every system allows '{found[0]}' in a folder name", hint)
    if DEVICES.fullmatch(name):
        raise UsageError(f"not every system allows the folder name '{name}'", hint)
    if name.endswith((" ", ".")):
        raise UsageError("not every system allows a folder name that ends with a space or a dot", hint)
    if name.startswith("~"):
        raise UsageError("a folder name cannot begin with '~', which means a home folder", hint)


def check_target(target: Path) -> None:
    """Raise UsageError unless a project can be created at that path: a new folder, or an empty one."""
    if target.is_dir():
        if any(target.iterdir()):
            raise UsageError(f"{target} is not empty", "name a new folder")
    elif target.exists():
        raise UsageError(f"{target} is a file", "name a new folder")
    if not target.parent.is_dir():
        if target.parent.exists():
            raise UsageError(f"{target.parent} is a file", "name a folder elsewhere")
        hint = f"create it: mkdir -p {shlex.quote(str(target.parent))}"
        raise UsageError(f"the folder {target.parent} does not exist", hint)
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise UsageError(f"the folder {target.parent} is not writable", "name a folder where you can write")
