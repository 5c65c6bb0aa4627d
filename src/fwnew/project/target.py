"""The folder of a new project: what was typed, where that is, and whether a project can be made there."""

import os
import re
import shlex
from pathlib import Path

from fwnew.errors import UsageError

UNPORTABLE = re.compile(r'[?*<>:"|\\]')
"""What Windows allows in no name of a file; some of it means something else to a shell."""

DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""What Windows takes for a device, in any folder and with any ending."""


def unquoted(line: str) -> str:
    """A path that was pasted as for a shell: in quotes, with escaped blanks, or with a slash at its end."""
    line = line.strip()
    if len(line) > 1 and line[0] == line[-1] and line[0] in "'\"":
        line = line[1:-1]
    elif os.name != "nt":
        line = line.replace("\\ ", " ")
    return at_home(line.rstrip("/") or line)


def at_home(dest: str) -> str:
    """DEST with the home folder in place of a `~` that no shell has replaced, as in quotes or in a variable."""
    return os.path.expanduser(dest)  # noqa: PTH111 - pathlib would raise where there is no such user


def target_of(dest: str) -> Path:
    """The folder that DEST means.

    Raises UsageError unless a project can be created there.
    """
    if not dest.strip():
        raise UsageError("DEST is empty", "name a folder: fwnew new digits-demo")
    if re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", dest):
        raise UsageError(f"DEST {dest!r} holds characters that cannot be shown", "name a folder in plain text")
    try:
        if Path(dest).is_symlink() and not Path(dest).exists():
            raise UsageError(f"{dest} is a link that leads nowhere", "remove it, or name a new folder")
        target = Path(dest).resolve()
        if not target.exists():
            check_name(target.name)
        check_target(target)
    except (OSError, RuntimeError) as error:  # too long, a loop of links
        reason = error.strerror if isinstance(error, OSError) else "a link leads to itself"
        raise UsageError(f"{dest} cannot be used: {reason}", "name a new folder") from error
    return target


def check_name(name: str) -> None:
    """Raise UsageError for the name of a new folder that not every system and every shell can have."""
    hint = "use letters, digits, '-' and '_', such as digits-demo"
    if found := UNPORTABLE.search(name):
        raise UsageError(f"a folder's name cannot hold '{found[0]}' on every system", hint)
    if DEVICES.fullmatch(name):
        raise UsageError(f"a folder cannot be called '{name}' on every system", hint)
    if name.endswith((" ", ".")):
        raise UsageError("a folder's name cannot end with a blank or a dot on every system", hint)
    if name.startswith("~"):
        raise UsageError("a folder's name cannot begin with '~', which means a user's home folder", hint)


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
        raise UsageError(f"the folder {target.parent} is not writable", "name a folder in a place that is yours")
