"""Template addresses: git URLs and paths, and their spelling for git and for Copier."""

import os
import re
from pathlib import Path
from urllib.parse import unquote

from fwnew.errors import UsageError

# Recorded in every project, with the tilde on every system, so that `copier update` works on every machine that has
# fwnew.
INSTALLED = "~/.local/share/fwnew/template.bundle"

# Excludes options, and `helper::` URLs, which make git run a program.
ADDRESS = re.compile(
    r"file:///.+"
    r"|(https?|ftps?|ssh|git)://(?!-)[^/]+/.+"
    r"|(\w[\w.-]*@)?(\w[\w.-]*|\[[\da-fA-F:.]+\]):(?!:|//).+"  # host:path, as for scp
)
HOSTS = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}


def expanded(template: str) -> Path:
    """Return the path that a template's name may mean. `~nobody` is not an error."""
    return Path(os.path.expanduser(template))  # noqa: PTH111 - pathlib raises for ~nobody


def here(template: str) -> Path | None:
    """Return the real path of a local folder or bundle, or None.

    Raises UsageError when the path cannot be resolved.
    """
    if not template.strip():
        return None  # Path("") would be the current folder
    try:
        paths = [expanded(name) for name in (template, template.removeprefix("git+"))]
        return next((path.resolve() for path in paths if path.exists()), None)
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"the template '{template}' cannot be read: {error}") from error


def is_carried(template: str) -> bool:
    """Return whether projects record this name for the template that fwnew carries."""
    return expanded(template) == expanded(INSTALLED)


def identity(template: str) -> str:
    """Return one spelling for each source: a real path, or the URL for git.

    Raises UsageError when the template is neither a local path nor a git URL.
    """
    if is_carried(template):
        return str(expanded(INSTALLED))  # installed or not
    place = here(template)
    return str(place) if place else located(url_for_git(template))


def located(url: str) -> str:
    """Return a URL unchanged, or the real path of a file URL, percent-decoded as by git.

    Raises UsageError when the path cannot be resolved.
    """
    if not url.startswith("file:///"):
        return url
    try:
        return str(Path(unquote(url.removeprefix("file://"), errors="surrogateescape")).resolve())
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"the template '{url}' cannot be read: {error}") from error


def url_for_git(template: str) -> str:
    """Return the URL for git, with Copier's abbreviations expanded.

    Raises UsageError when the template is not a git URL, or when the URL holds a credential.
    """
    url = template.removeprefix("git+").rstrip("/")
    for short, host in HOSTS.items():
        if template.startswith(short):
            url = host + url.removeprefix(short).lstrip("/")
    if not ADDRESS.fullmatch(url):
        raise UsageError(
            f"the template '{template}' is neither a folder nor a git URL",
            "write a URL in full, such as https://git.example.com/team/starter.git",
        )
    user, at, _ = url.partition("://")[2].partition("/")[0].rpartition("@")
    if at and (":" in user or url.startswith("http")):
        raise UsageError(
            "the template's URL holds a credential, and every project would record it",
            "remove it, and let a git credential helper supply it",
        )
    return url.removesuffix(".git") + ".git" if url.startswith(tuple(HOSTS.values())) else url


def for_copier(template: str) -> str:
    """Return an address that Copier reads as git does: unchanged if possible, else `git+URL`.

    Raises UsageError when the template is not a git URL.
    """
    url = url_for_git(template)
    if template.startswith(("git+", *HOSTS)):
        as_is = not template.endswith("/")
    elif url == template:
        as_is = url.endswith(".git") or url.startswith(("git@", "git://"))
    else:
        as_is = f"{template}.git" == url
    return template if as_is else f"git+{url}"
