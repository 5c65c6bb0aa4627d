"""What tests ask of all the variants that are rendered in memory."""

import ast
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


def covering(rendered: Rendered) -> Iterator[tuple[str, Files]]:
    """Few variants that have, between them, each Python file beside each text of each file that it imports."""
    pairs = {name: set(imports(files)) for name, files in distinct(rendered, ".py")}
    missing = set().union(*pairs.values())
    while missing:
        name = max(pairs, key=lambda name: len(pairs[name] & missing))
        missing -= pairs.pop(name)
        yield name, rendered[name][1]


def imports(files: Files) -> Iterator[tuple[str, str, str, str]]:
    """Each Python file with each file of the project that it imports, and with itself: paths and texts."""
    sources = {path: text for path, text in files.items() if path.endswith(".py")}
    for path, text in sources.items():
        yield path, text, path, text
        for name in imported(path, text):
            module = name.replace(".", "/")
            for other in (f"{module}.py", f"{module}/__init__.py", f"src/{module}.py", f"src/{module}/__init__.py"):
                if other in sources:
                    yield path, text, other, sources[other]


def imported(path: str, text: str) -> Iterator[str]:
    """The modules that a file imports, and what may be one; those of its own package begin with their folder."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = [*path.split("/")[: -node.level]] if node.level else []
            module = ".".join([*above, *filter(None, [node.module])])
            yield from (module, *(f"{module}.{alias.name}" for alias in node.names))


def package_of(files: Files) -> str:
    """The name of a project's package."""
    return next(path.split("/")[1] for path in files if path.endswith("/__main__.py"))


def metadata(files: Files) -> dict[str, Any]:
    """What a project says of itself in pyproject.toml."""
    return tomllib.loads(files["pyproject.toml"])["project"]
