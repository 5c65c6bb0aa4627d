"""What tests ask of all the variants that are rendered in memory."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from tests.harness.variants.model import Variant
from tests.kit.templates import Files

Rendered = Mapping[str, tuple[Variant, Files]]


def each_text(rendered: Rendered, pattern: str = "") -> Iterator[tuple[str, str, str]]:
    """Each distinct file whose path ends so, once: the id of a variant that has it, its path and its text."""
    seen = set()
    for name, (_, files) in rendered.items():
        for path, text in files.items():
            if path.endswith(pattern) and (path, text) not in seen:
                seen.add((path, text))
                yield name, path, text


def distinct(rendered: Rendered, *parts: str) -> Iterator[tuple[str, Files]]:
    """One variant for each different set of the files whose paths end so."""
    seen = set()
    for name, (_, files) in rendered.items():
        key = frozenset((path, text) for path, text in files.items() if path.endswith(parts))
        if key not in seen:
            seen.add(key)
            yield name, files


def package_of(files: Files) -> str:
    """The name of a project's package."""
    return next(path.split("/")[1] for path in files if path.endswith("/__main__.py"))


def metadata(files: Files) -> dict[str, Any]:
    """What a project says of itself in pyproject.toml."""
    return tomllib.loads(files["pyproject.toml"])["project"]
