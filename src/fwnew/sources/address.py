"""What names a template: an address that git can clone, or a path; and the spelling of it that Copier understands."""

import os
import re
from pathlib import Path
from urllib.parse import unquote

from fwnew.errors import UsageError

# Written into every project, with the tilde and on every system, so that `copier update` finds it for every
# colleague who has fwnew.
INSTALLED = "~/.local/share/fwnew/template.bundle"

# No option, and no `helper::` that makes git run a program.
ADDRESS = re.compile(
    r"file:///.+"
    r"|(https?|ftps?|ssh|git)://(?!-)[^/]+/.+"
    r"|(\w[\w.-]*@)?(\w[\w.-]*|\[[\da-fA-F:.]+\]):(?!:|//).+"  # host:path, as for scp
)
HOSTS = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}


def expanded(template: str) -> Path:
    """The path that a template's name may mean; `~nobody` is not an error here."""
    return Path(os.path.expanduser(template))  # noqa: PTH111 - pathlib raises for ~nobody


def here(template: str) -> Path | None:
    """The real path of the folder or bundle of that name, if there is one on this machine.

    Raises UsageError when the name cannot be a path or leads nowhere.
    """
    if not template.strip():
        return None  # and not the current folder
    try:
        paths = [expanded(name) for name in (template, template.removeprefix("git+"))]
        return next((path.resolve() for path in paths if path.exists()), None)
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"the template '{template}' cannot be read: {error}") from error


def is_carried(template: str) -> bool:
    """Whether that is the name which projects record for the template that fwnew carries."""
    return expanded(template) == expanded(INSTALLED)


def identity(template: str) -> str:
    """One spelling for each source: the real path of what lies here, or the URL that git is given.

    Raises UsageError when it is neither.
    """
    if is_carried(template):
        return str(expanded(INSTALLED))  # installed or not
    place = here(template)
    return str(place) if place else located(url_for_git(template))


def located(url: str) -> str:
    """A URL as it is, or the real path that a file URL means, which git decodes as well.

    Raises UsageError when such a path cannot exist.
    """
    if not url.startswith("file:///"):
        return url
    try:
        return str(Path(unquote(url.removeprefix("file://"), errors="surrogateescape")).resolve())
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"the template '{url}' cannot be read: {error}") from error


def url_for_git(template: str) -> str:
    """What git itself understands, also of Copier's abbreviations.

    Raises UsageError when it is not a git URL, or holds a credential.
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
            "take it out, and let a git credential helper supply it",
        )
    return url.removesuffix(".git") + ".git" if url.startswith(tuple(HOSTS.values())) else url


def for_copier(template: str) -> str:
    """The address as it is written if Copier takes it for the same repository, otherwise what means the same to it.

    Raises UsageError when it is not a git URL.
    """
    url = url_for_git(template)
    if template.startswith(("git+", *HOSTS)):
        as_is = not template.endswith("/")
    elif url == template:
        as_is = url.endswith(".git") or url.startswith(("git@", "git://"))
    else:
        as_is = f"{template}.git" == url
    return template if as_is else f"git+{url}"
