"""A template's `copier.yml`, read as Copier reads it: several documents, and files that it includes."""

import posixpath
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PureWindowsPath
from typing import Any

import yaml

from fwnew.errors import TemplateError
from fwnew.questions.types import YAML_ERRORS, why_not_yaml

NAMES = ("copier.yml", "copier.yaml")
MERGED = ("_exclude", "_jinja_extensions", "_secret_questions", "_skip_if_exists")
"""Settings that are collected from all documents; of any other, the last one counts."""


def read(folder: Path) -> dict[str, Any]:
    """The settings and questions of the template in that folder, in the order in which they are first named.

    Raises TemplateError when there is no `copier.yml`, when it cannot be read, and when it includes a file that is
    missing, lies outside of the template or includes itself.
    """
    file = next((folder / name for name in NAMES if (folder / name).is_file()), None)
    if file is None:
        raise TemplateError("the template has no copier.yml", "name a Copier template with --template SOURCE")
    entries: dict[str, Any] = {}
    collected: dict[str, list[Any]] = {}
    for document in _contents(file, folder.resolve(), ()):
        if not isinstance(document, dict) or not all(isinstance(name, str) for name in document):
            raise unreadable(file.name, "it holds no questions by name")
        entries.update(document)
        for name in MERGED:
            values = document.get(name) or []
            if not isinstance(values, list):
                raise unreadable(file.name, f"{name} is not a list")
            collected.setdefault(name, []).extend(values)
    return {**entries, **{name: values for name, values in collected.items() if name in entries}}


def _contents(file: Path, root: Path, including: tuple[Path, ...]) -> list[Any]:
    """The documents of a file, those that are lists taken apart, with the contents of what it includes in its place."""
    path = file.resolve()
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else file.name

    class Loader(yaml.SafeLoader):
        """One for each file: `!include` means another thing in each."""

    def include(loader: yaml.SafeLoader, node: yaml.Node) -> list[Any]:
        if not isinstance(node, yaml.ScalarNode):
            raise ValueError("!include takes the path of a file")
        return [item for each in _included(str(node.value), root) for item in _contents(each, root, (*including, path))]

    Loader.add_constructor("!include", include)
    try:
        if path in including:
            raise ValueError("it includes itself")
        return list(_flat(filter(None, yaml.load_all(path.read_text("utf-8"), Loader=Loader))))
    except (*YAML_ERRORS, OSError, TypeError, AttributeError) as error:
        raise unreadable(name, why_not_yaml(error)) from error


def _flat(items: Iterable[Any]) -> Iterator[Any]:
    for item in items:
        if isinstance(item, list):
            yield from _flat(item)
        else:
            yield item


def _included(pattern: str, root: Path) -> list[Path]:
    """The files that a pattern names, sorted: Copier takes them in whatever order the disk has."""
    path = posixpath.normpath(pattern)
    outside = path.startswith(("/", "..")) or PureWindowsPath(path).drive
    found = [] if outside else sorted(file for file in root.glob(path) if not file.is_dir())
    if outside or any(not file.resolve().is_relative_to(root) for file in found):
        raise ValueError(f"it includes '{pattern}', which lies outside of the template")
    if not found and not set("*?[") & set(pattern):
        raise ValueError(f"it includes '{pattern}', and the template has no such file")
    return found


def includes(file: Path) -> list[str]:
    """The patterns below the template that a file includes, or seems to: what stands in a comment counts, too."""
    found = re.findall(r"!include\s+[\"']?([^\"'\s,\]}]+)", file.read_text("utf-8", "replace"))
    below = [path for path in map(posixpath.normpath, found) if not path.startswith(("/", ".."))]
    return ["**" if "[" in pattern else pattern for pattern in below]  # of brackets no end is known without YAML


def unreadable(name: str, reason: str) -> TemplateError:
    """The error of a template whose file cannot be read."""
    return TemplateError(f"the template's {name} cannot be read: {reason}", "correct it, or name another template")
