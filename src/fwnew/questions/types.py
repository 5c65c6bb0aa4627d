"""Values of answers: the types that Copier knows, and how text becomes one."""

import copy
import json
import re
from contextlib import suppress
from functools import lru_cache
from typing import Any

import yaml

NOUNS = {
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "json": "JSON",
    "path": "a path",
    "str": "text (in YAML, put it in quotes)",
    "yaml": "YAML",
}
"""Every type of an answer, in words."""

YAML_ERRORS = (yaml.YAMLError, ValueError, LookupError, RecursionError)
"""What PyYAML raises: its own, and whatever a wrong date, a wrong number or endless brackets lead to."""

TRUE = {"y", "yes", "t", "true", "on"}
FALSE = {"n", "no", "f", "false", "off", "~", "null", "none"}


def cast(kind: str, value: Any) -> Any:
    """A default or a choice of the template as a value of that type; as lenient as Copier.

    Raises ValueError or TypeError when there is no such value.
    """
    if kind in ("json", "yaml"):
        return _load(kind, value) if isinstance(value, str) else value
    if value is None:
        raise TypeError("there is no value")
    if kind == "bool":
        return to_bool(value)
    if kind in ("str", "path"):
        return _to_text(value)
    return {"int": int, "float": float}[kind](value)


def accepts(kind: str, value: Any) -> bool:
    """Whether a person's answer really is of that type: no 3.11 for text, no 'maybe' for true or false."""
    if kind in ("json", "yaml"):
        return True
    if kind in ("str", "path"):
        return isinstance(value, str)
    if kind == "bool":
        return isinstance(value, bool) or (isinstance(value, str) and value.lower() in TRUE | FALSE | {"0", "1"})
    if isinstance(value, str):
        return re.fullmatch(_NUMBER[kind], value.strip()) is not None
    return not isinstance(value, bool) and isinstance(value, (int,) if kind == "int" else (int, float))


def to_bool(value: Any) -> bool:
    """A number, a YAML boolean or anything else, read as Copier reads it."""
    with suppress(TypeError, ValueError):
        return bool(float(value))
    if not isinstance(value, str):
        return bool(value)
    word = value.strip().lower()
    return word in TRUE or (word not in FALSE and bool(word))


def split_list(text: str) -> list[str]:
    """The items of `a,b` or of a YAML list such as `[a, b]`, each still as text.

    Raises ValueError when the YAML list is broken.
    """
    with suppress(ValueError):
        items = json.loads(text)  # what `as_text` writes: YAML reads some of JSON's escapes differently
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return items
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"not a list: {text}") from error
    if not isinstance(node, yaml.SequenceNode):
        return [item.strip() for item in text.split(",") if item.strip()]
    return [
        item.value if isinstance(item, yaml.ScalarNode) else text[item.start_mark.index : item.end_mark.index].strip()
        for item in node.value
    ]


def why_not_yaml(error: Exception) -> str:
    """The place and the reason of a YAML error, on one line."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    return f"line {mark.line + 1}, column {mark.column + 1}: {reason}" if mark else reason.partition("\n")[0]


def as_text(value: Any) -> str:
    """A value as the text that `--data KEY=` reads back as the same value."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) and _WORD.fullmatch(item) for item in value):
        return ",".join(value) or "[]"
    return json.dumps(value)


_NUMBER = {"int": r"[+-]?\d+", "float": r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"}
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")


def _load(kind: str, text: str) -> Any:
    return copy.deepcopy(_loaded(kind, text))


@lru_cache(maxsize=64)
def _loaded(kind: str, text: str) -> Any:
    """Read once: a table of the template may stand in the way of every question after it."""
    if kind == "json":
        return json.loads(text)
    try:
        return yaml.safe_load(text)
    except YAML_ERRORS as error:
        raise ValueError(why_not_yaml(error)) from error


def _to_text(value: Any) -> str:
    if isinstance(value, (str, float, int)):
        return str(value)
    raise ValueError(f"{value} is not text")
