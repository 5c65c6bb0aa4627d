"""Allowed templates: the one that fwnew carries, and those that a person allowed."""

import os
import re
import shlex
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fwnew.errors import UnwritableError, UsageError, nearest
from fwnew.sources.address import expanded, here, identity, is_carried, located, url_for_git
from fwnew.system import disk

PATH_BELOW = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)*", re.ASCII)
"""What may follow an allowed URL: no `..`, and nothing that a server could read as `..`."""


@dataclass(frozen=True)
class Config:
    """The content of `config.toml`: the template to use, and the sources that may be rendered."""

    template: str | None = None
    allow: tuple[str, ...] = ()

    @property
    def allowed(self) -> list[str]:
        """Every source that is allowed; one that ends in / allows everything below it."""
        configured = [self.template.rstrip("/")] if self.template else []
        return list(dict.fromkeys([*configured, *self.allow]))

    def allows(self, template: str) -> bool:
        """Return whether a template may be contacted and rendered.

        Raises UsageError when the template is neither a folder nor a git URL.
        """
        if is_carried(template):
            return True
        wanted = identity(template)
        return any(_covers(_spelled(entry), wanted) for entry in self.allowed)


def file() -> Path:
    """Return the path of the person's configuration.

    Raises UnwritableError when there is no home folder.
    """
    from platformdirs import user_config_path

    try:
        return user_config_path("fwnew") / "config.toml"
    except RuntimeError as error:
        raise UnwritableError("there is no home folder for a configuration", "set HOME") from error


def read() -> Config:
    """Return the person's configuration, empty when there is no file.

    Raises UsageError when the file cannot be read or is not valid.
    """
    try:
        content = tomllib.loads(file().read_text("utf-8"))
    except UnwritableError:
        return Config()
    except OSError as error:
        if not os.path.lexists(file()):
            return Config()  # it may be in a folder that is closed to this person
        raise UsageError(f"{file()} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{file()} is not TOML: {error}", "correct it, or move it away") from error
    for name in content:
        if name not in ("template", "allow"):
            hint = nearest(name, ["template", "allow"]) or "its settings are `template` and `allow`"
            raise UsageError(f"{file()} has an unknown setting '{name}'", hint)
    template, allow = content.get("template"), content.get("allow", [])
    if template is not None:
        _check("template", template)
    if not isinstance(allow, list):
        raise UsageError(f"{file()}: `allow` is not a list", 'write allow = ["SOURCE"]')
    for entry in allow:
        _check("allow", entry)
    return Config(template, tuple(allow))


def add(source: str) -> Path:
    """Allow a source, and return the path of the configuration, whose comments stay.

    Raises UsageError when the source is neither a folder nor a git URL, FwnewError when the file cannot be written.
    """
    import tomlkit

    # A local source is written as an absolute path: the configuration is read in every folder.
    place = here(source)
    entry = f"{place}/" if place and source.endswith("/") else str(place or source)
    _spelled(entry)
    if re.search("[\ud800-\udfff]", entry):
        raise UsageError(f"{file()} cannot hold {entry!r}, which is not text in UTF-8", "give it another name")
    path = file().resolve()  # a symlink into a folder of dotfiles stays one
    if entry in read().allow:
        return path
    document = tomlkit.parse(path.read_text("utf-8") if path.exists() else "")
    allow: Any = document.setdefault("allow", [])
    allow.append(entry)
    disk.write_atomically(path, tomlkit.dumps(document).encode())
    return path


def refusal(template: str) -> UsageError:
    """Return the error for a template that is not allowed, where fwnew cannot prompt."""
    return UsageError(
        f"the template {template} is not allowed",
        f"if you trust it: fwnew template allow {shlex.quote(template)}",
    )


def _check(setting: str, entry: object) -> None:
    """Raise UsageError unless an entry of the file means the same in every folder."""
    if not isinstance(entry, str):
        raise UsageError(f"{file()}: `{setting}` holds {entry!r}, which is not text", "put it in quotes")
    try:
        _spelled(entry)
    except UsageError as error:
        raise UsageError(f"{file()}: {error.message}", error.hint) from error


def _spelled(entry: str) -> str:
    """Return an entry as `identity` spells a source, in any current folder; a final / stays."""
    slash = "/" if entry.endswith("/") else ""
    path = expanded(entry.removeprefix("git+"))
    if path.is_absolute():
        return str(path.resolve()) + slash
    if "file:///" in entry:
        return located(url_for_git(entry)) + slash
    example = "x.git" if slash else ""
    try:
        return url_for_git(entry + example).removesuffix(example)
    except UsageError as error:
        raise UsageError(error.message.replace(entry + example, entry), error.hint) from error


def _covers(entry: str, wanted: str) -> bool:
    if wanted == entry:
        return True
    if not entry.endswith("/"):
        return False
    if Path(entry).is_absolute():
        return Path(wanted).is_absolute() and Path(wanted).is_relative_to(entry)
    return wanted.startswith(entry) and PATH_BELOW.fullmatch(wanted.removeprefix(entry)) is not None
