"""One question of a template, evaluated in its place as Copier would, but strict about what people answer."""

import re
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache
from typing import Any, Final

import yaml
from jinja2 import StrictUndefined, Template, UndefinedError
from jinja2.exceptions import TemplateError as JinjaError
from jinja2.sandbox import SandboxedEnvironment

from fwnew.errors import TemplateError, UsageError, nearest
from fwnew.questions.types import NOUNS, accepts, cast, split_list, to_bool


class Missing(Enum):
    """A type of its own for MISSING, which stays itself when it is copied."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
"""No default: the question must be answered."""


@dataclass(frozen=True)
class Entry:
    """One entry of `copier.yml`, as written there: any text in it may be a Jinja template."""

    name: str
    kind: str
    help: str = ""
    default: Any = MISSING
    choices: Any = ()
    multiselect: bool = False
    validator: str = ""
    when: str | bool = True

    @property
    def hidden(self) -> bool:
        """Whether it is a derived value, which nobody is asked for and nobody can give."""
        return self.when is False


@dataclass(frozen=True)
class Choice:
    """One choice as it stands after the earlier answers; a `refusal` says why it cannot be chosen."""

    label: str
    value: Any
    refusal: str = ""


class Question:
    """One question in its place: what it asks depends on the answers before it."""

    def __init__(self, entry: Entry, environment: SandboxedEnvironment, earlier: Mapping[str, Any]) -> None:
        self.entry = entry
        self.name = entry.name
        self._environment = environment
        self._earlier = earlier

    @cached_property
    def kind(self) -> str:
        kind = str(self._render(self.entry.kind))
        if kind not in NOUNS:
            raise TemplateError(f"the template's question '{self.name}' has the unknown type '{kind}'")
        return kind

    @property
    def label(self) -> str:
        """What is asked: the first line of the help."""
        return self._help[0].strip() or self.name

    @property
    def details(self) -> str:
        """What the help says besides, on one line."""
        return " ".join(self._help[2].split())

    @cached_property
    def _help(self) -> tuple[str, str, str]:
        return str(self._render(self.entry.help)).strip().partition("\n")

    @property
    def applies(self) -> bool:
        return to_bool(self._render(self.entry.when))

    @cached_property
    def choices(self) -> list[Choice]:
        choices = self.entry.choices
        if isinstance(choices, str):
            choices = yaml.safe_load(self._render(choices)) or ()
        pairs = choices.items() if isinstance(choices, Mapping) else choices
        return [self._choice(*(pair if isinstance(pair, (tuple, list)) else (pair, pair))) for pair in pairs]

    @property
    def stuck(self) -> UsageError | None:
        """Why nobody can answer, where the earlier answers rule out every choice and one is needed."""
        if not self.choices or self.entry.multiselect or any(not choice.refusal for choice in self.choices):
            return None
        text = str(self.entry.choices)
        others = [name for name in self._earlier if re.search(rf"\b{re.escape(name)}\b", text)]
        why = "; ".join(f"'{choice.value}' {choice.refusal}" for choice in self.choices)
        hint = (
            f"give another answer to {' or '.join(others)}" if others else "give other answers to what is asked before"
        )
        return self._wrong(f"the other answers leave nothing to choose for it: {why}", hint)

    @property
    def default(self) -> Any:
        """The default after the earlier answers, not validated; MISSING without one.

        Raises TemplateError when the default is not a possible answer.
        """
        if self.entry.default is MISSING:
            return MISSING
        try:
            rendered = self._render(self.entry.default, UNSET=StrictUndefined(name="UNSET", exc=_UnsetError))
        except _UnsetError:
            return MISSING
        try:
            return self._parse(rendered)
        except (TypeError, ValueError, UsageError) as error:
            raise TemplateError(f"the template's default for '{self.name}' is wrong: {error}") from error

    def accept(self, value: Any) -> Any:
        """A person's answer as a value that Copier will take as it is.

        Raises UsageError when it has another type, is not among the choices, or the template's validator refuses it.
        """
        try:
            for item in _items(value) if self.entry.multiselect else [value]:
                if not accepts(self.kind, item):
                    raise ValueError(f"{reprlib.repr(item)} is not {NOUNS[self.kind]}")
            parsed = self._parse(value)
        except (TypeError, ValueError, RecursionError) as error:
            raise self._wrong(str(error), self.how_to_give) from error
        self.validate(parsed)
        return parsed

    def following(self, suggested: Mapping[str, Any]) -> Any:
        """What is suggested for it, as far as the earlier answers allow that; else the default, not validated."""
        value = suggested.get(self.name, MISSING)
        if isinstance(value, list) and any(map(self.refusal, value)):
            value = [item for item in value if not self.refusal(item)] or MISSING
        try:
            return self.default if value is MISSING else self.accept(value)
        except UsageError:
            return self.default

    def refusal(self, value: Any) -> str:
        """Why the earlier answers exclude a choice; empty if they do not."""
        return next((choice.refusal for choice in self.choices if choice.value == value), "")

    def validate(self, value: Any) -> None:
        """Raise UsageError with the message of the template's own validator, if it has one to say."""
        message = str(self._render(self.entry.validator, **{self.name: value})).strip()
        if message:
            raise self._wrong(message, self.how_to_give)

    def _parse(self, value: Any) -> Any:
        if not self.entry.multiselect:
            return self._parse_one(value)
        chosen = [self._parse_one(item) for item in _items(value)]
        return [choice.value for choice in self.choices if choice.value in chosen]

    def _parse_one(self, value: Any) -> Any:
        parsed = cast(self.kind, value)
        if not self.choices:
            return parsed
        same = [choice for choice in self.choices if choice.value == parsed]
        if not same and isinstance(parsed, str):  # "mit" is MIT
            same = [choice for choice in self.choices if str(choice.value).casefold() == parsed.casefold()]
            parsed = same[0].value if len(same) == 1 else parsed
        if any(not choice.refusal for choice in same):
            return parsed
        offered = [str(choice.value) for choice in self.choices if not choice.refusal]
        if same and (stuck := self.stuck):
            raise stuck
        if same:
            nothing = f"your other answers leave nothing to choose: drop {self.name}"
            hint = f"choose from {', '.join(offered)}" if offered else nothing
            raise self._wrong(f"'{parsed}' {same[0].refusal}", hint)
        if "," in str(parsed) and not self.entry.multiselect:
            raise self._wrong("it takes one answer", f"choose from {', '.join(offered)}")
        hints = [nearest(str(parsed), offered), f"choose from {', '.join(offered)}"]
        raise self._wrong(f"there is no '{parsed}'", " ".join(filter(None, hints)))

    def _wrong(self, why: str, hint: str) -> UsageError:
        return UsageError(f"{self.name}: {why}", hint, question=self.name)

    def _choice(self, label: Any, value: Any) -> Choice:
        refusal = ""
        if isinstance(value, Mapping):
            refusal = str(self._render(value.get("validator", ""))).strip()
            value = value["value"]
        return Choice(str(self._render(label)), cast(self.kind, self._render(value)), refusal)

    @property
    def how_to_give(self) -> str:
        return f"give another with --data {self.name}=VALUE"

    def _render(self, value: Any, **extra: Any) -> Any:
        if isinstance(value, list):
            return [self._render(item, **extra) for item in value]
        if not isinstance(value, str):
            return value
        try:
            return _compiled(self._environment, value).render({**self._earlier, **extra})
        except _UnsetError:
            raise
        except (JinjaError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise TemplateError(f"the template's question '{self.name}' is broken: {error}") from error


class _UnsetError(UndefinedError):
    """A template's default used UNSET to say that there is none."""


def _items(value: Any) -> list[Any]:
    if isinstance(value, str):
        return list(split_list(value))
    if isinstance(value, (list, tuple)):
        return list(value)
    raise ValueError(f"a list was expected, not {reprlib.repr(value)}")


@lru_cache(maxsize=1024)
def _compiled(environment: SandboxedEnvironment, text: str) -> Template:
    return environment.from_string(text)
