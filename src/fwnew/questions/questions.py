"""The questions of a template's `copier.yml`, and the answers that they allow."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from jinja2 import StrictUndefined, Undefined
from jinja2.sandbox import SandboxedEnvironment

from fwnew.errors import FwnewError, TemplateError, UsageError, nearest
from fwnew.questions import config
from fwnew.questions.question import MISSING, Entry, Question
from fwnew.questions.types import NOUNS, YAML_ERRORS, why_not_yaml


@dataclass(frozen=True)
class Questions:
    """Every question of a template in its order, and the Jinja environment that evaluates them."""

    items: tuple[Entry, ...]
    environment: SandboxedEnvironment

    def find(self, name: str) -> Entry | None:
        """The question of that name, if there is one that can be answered."""
        return next((item for item in self.items if item.name == name and not item.hidden), None)

    def in_folder(self, name: str) -> "Questions":
        """The same questions, of a project in a folder of that name."""
        environment = self.environment.overlay()
        environment.globals = {**self.environment.globals, "_folder_name": name}
        return replace(self, environment=environment)

    def placed(self, name: str, earlier: Mapping[str, Any] = MappingProxyType({})) -> Question | None:
        """The question of that name, if there is one, after these answers and the defaults of all others before it."""
        context = dict[str, Any]()
        for entry in self.items:
            question = Question(entry, self.environment, context)
            if entry.name == name:
                return None if entry.hidden else question
            with suppress(TemplateError):  # its default needs an answer that nobody gave yet
                value = earlier.get(entry.name, MISSING)
                if value is MISSING:
                    value = question.default
                if value is not MISSING:
                    context[entry.name] = value
        return None

    def takes(self, name: str, value: Any) -> bool:
        """Whether the question of that name takes the value, where those before it are not answered yet."""
        try:
            if question := self.placed(name):
                question.accept(value)
        except FwnewError:
            return False
        return question is not None


@dataclass(frozen=True)
class Answers:
    """The answers to every question that applied, in the order of the questions."""

    values: Mapping[str, Any]
    data: Mapping[str, Any]
    """The same as Copier wants them: it parses what answers a question of type json or yaml."""
    context: Mapping[str, Any]
    """What a template's file can use: the answers, and every value that is derived from them."""


def load(folder: Path, destination: str) -> Questions:
    """Read the questions from a template's folder; `destination` is the name of the project's folder.

    Raises TemplateError when there is no `copier.yml`, or when it is not readable.
    """
    entries = config.read(folder)
    try:
        settings = {name: value for name, value in entries.items() if name.startswith("_")}
        items = [_question(name, value) for name, value in entries.items() if not name.startswith("_")]
        return Questions(tuple(items), _environment(settings.get("_envops") or {}, destination))
    except (*YAML_ERRORS, AttributeError, TypeError) as error:
        raise config.unreadable("copier.yml", why_not_yaml(error)) from error


def fill(questions: Questions, answer: Callable[[Question], Any]) -> Answers:
    """Go through the questions in order; `answer` answers each one that applies, from whatever it likes."""
    context: dict[str, Any] = {}
    values: dict[str, Any] = {}
    data: dict[str, Any] = {}
    for entry in questions.items:
        question = Question(entry, questions.environment, context)
        if question.applies:
            value = context[question.name] = values[question.name] = answer(question)
            data[question.name] = _for_copier(question, value)
        elif (value := question.default) is not MISSING:
            context[question.name] = value
    return Answers(values, data, context)


def resolve(questions: Questions, given: Mapping[str, Any], suggested: Mapping[str, Any] | None = None) -> Answers:
    """Answer every question: what is given, else what is suggested and valid, else the template's default.

    Raises UsageError for a given answer that has no question, that does not apply or that is not valid, and
    for a question that has neither an answer nor a default.
    """
    refuse_unknown(questions, given)

    def answer(question: Question) -> Any:
        if question.name in given:
            return question.accept(given[question.name])
        if stuck := question.stuck:
            raise stuck
        if (value := question.following(suggested or {})) is MISSING:
            raise UsageError(f"{question.name}: an answer is needed", question.how_to_give)
        question.validate(value)
        return value

    answers = fill(questions, answer)
    for name in given:
        if name not in answers.values:
            raise UsageError(f"{name}: the other answers leave no room for this question", f"leave out {name}")
    return answers


def refuse_unknown(questions: Questions, given: Mapping[str, Any]) -> None:
    """Raise UsageError for the first answer that has no entry."""
    names = [entry.name for entry in questions.items if not entry.hidden]
    for name in given:
        if name in names:
            continue
        if any(entry.name == name for entry in questions.items):
            raise UsageError(f"{name}: the template derives this value from other answers", f"leave out {name}")
        hint = nearest(name, names) or f"it asks for {', '.join(names)}"
        raise UsageError(f"the template has no question '{name}'", hint)


def _for_copier(question: Question, value: Any) -> Any:
    if question.kind not in ("json", "yaml"):
        return value
    return [json.dumps(item) for item in value] if question.entry.multiselect else json.dumps(value)


def _question(name: str, entry: Any) -> Entry:
    details = entry if isinstance(entry, dict) else {"default": entry}
    default = details.get("default", MISSING)
    kind = details.get("type") or (type(default).__name__ if type(default).__name__ in NOUNS else "yaml")
    known = ("help", "choices", "multiselect", "validator", "when")
    return Entry(name, kind, default=default, **{key: details[key] for key in known if key in details})


def _environment(envops: Mapping[str, Any], destination: str) -> SandboxedEnvironment:
    """As Copier's: the template's `_envops`, Ansible's filters, and the globals that a question may use."""
    undefined = StrictUndefined if envops.get("undefined") == "jinja2.StrictUndefined" else Undefined
    environment = SandboxedEnvironment(
        extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],
        **{"keep_trailing_newline": True, **envops, "undefined": undefined},
    )
    system = {"darwin": "macos", "win32": "windows"}.get(sys.platform, "linux")
    environment.globals.update(
        _folder_name=destination,
        _copier_conf={"os": system, "sep": os.sep},
        pathjoin=lambda *parts: str(PurePosixPath(*parts)),
    )
    return environment
