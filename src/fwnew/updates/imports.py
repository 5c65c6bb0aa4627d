"""Imports of a project's own modules that an update would break: the module, or the name in it, is gone.

The files are parsed, never run. What cannot be known statically (`import *`, a module's own `__getattr__`, a file with
conflict markers) counts as fine.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

Files = Mapping[str, str]
"""The text of each Python file, by its path in the project."""
Found = frozenset[tuple[str, str]]
"""Pairs of a file and what it uses that does not exist: `module`, or `module.name`."""


def broken(files: Files) -> Found:
    """Return the imports between these files that would fail."""
    modules = {name: path for path in files if (name := _module(path))}
    names = {name: _names(files[path]) for name, path in modules.items()}
    return frozenset(
        (path, wanted)
        for path, text in files.items()
        for wanted in _wanted(path, _parsed(text), names)
        if not _is_there(wanted, names)
    )


def _module(path: str) -> str:
    """Return the dotted name by which a file of `src/` is imported, or an empty string for other files."""
    parts = PurePosixPath(path).with_suffix("").parts
    if parts[0] != "src" or len(parts) < 3:
        return ""
    return ".".join(parts[1:-1] if parts[-1] == "__init__" else parts[1:])


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def _names(text: str) -> frozenset[str] | None:
    """Return the names that a module defines, or None where they cannot be known."""
    tree = _parsed(text)
    if not tree.body and text.strip():
        return None
    found = set[str]()
    for node in _outside_of_functions(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return None if found & {"*", "__getattr__"} else frozenset(found)


def _outside_of_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from _outside_of_functions(child)


def _wanted(path: str, tree: ast.Module, names: Mapping[str, frozenset[str] | None]) -> Iterator[str]:
    """Yield what a file imports from the project's modules, and the attributes that it uses of imported modules."""
    package = _module(path)
    if package and not path.endswith("/__init__.py"):
        package = package.rpartition(".")[0]
    roots = {name.partition(".")[0] for name in names}
    whole = dict[str, str]()  # imported modules by their local names
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] in roots:
                    yield alias.name
                    whole |= {alias.asname: alias.name} if alias.asname else {}
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(node, package)
            if module.partition(".")[0] in roots:
                for alias in node.names:
                    wanted = f"{module}.{alias.name}" if alias.name != "*" else module
                    yield wanted
                    whole |= {alias.asname or alias.name: wanted} if wanted in names else {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in whole:
            yield f"{whole[node.value.id]}.{node.attr}"


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """Return the absolute name of the module that a statement imports from."""
    if not node.level:
        return node.module or ""
    parents = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*parents, *([node.module] if node.module else [])])


def _is_there(wanted: str, names: Mapping[str, frozenset[str] | None]) -> bool:
    """Return whether that is the name of a module, or a name that a module defines."""
    if any(f"{name}.".startswith(f"{wanted}.") for name in names):  # a folder can be imported, too
        return True
    module, _, name = wanted.rpartition(".")
    defined = names.get(module, frozenset())
    return defined is None or name in defined or name.startswith("__")
