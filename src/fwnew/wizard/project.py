"""The questions of a template, asked."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from fwnew import prompts
from fwnew.errors import UsageError
from fwnew.prompts import Back, Option
from fwnew.template.asked import MISSING, Asked
from fwnew.template.questions import Answers, Questions, fill
from fwnew.template.render import target_of


def ask_destination(default: str = "") -> str:
    """Ask for the folder of the new project.

    Raises Back, or KeyboardInterrupt when the person gives up.
    """

    def problem(line: str) -> str:
        try:
            target_of(line.strip())
        except UsageError as error:
            return error.message
        return ""

    return prompts.text("Folder for the new project", default, problem).strip()


def ask_project(
    questions: Questions, suggested: Mapping[str, Any], settled: Mapping[str, Any], given: dict[str, Any]
) -> Answers:
    """Ask every question that applies, unless it is settled or given; the answers are kept in `given`.

    Raises Back from the first question that was asked, and KeyboardInterrupt when the person gives up.
    """
    while True:
        try:
            return fill(questions, partial(_answer, suggested, settled, given))
        except Back:
            if not given:
                raise
            last, value = given.popitem()
            suggested = {**suggested, last: value}


def _answer(suggested: Mapping[str, Any], settled: Mapping[str, Any], given: dict[str, Any], asked: Asked) -> Any:
    known = {**settled, **given}
    if asked.name in known:
        try:
            return asked.accept(known[asked.name])
        except UsageError:
            given.pop(asked.name, None)  # another answer made it impossible
    offered = [choice.value for choice in asked.choices if not choice.refusal]
    if len(offered) == 1 and not asked.question.multiselect:
        return offered[0]  # nothing to choose; the review shows it
    if asked.choices and not offered:
        return _default(asked, {})
    given[asked.name] = _ask_one(asked, _default(asked, suggested))
    return given[asked.name]


def _default(asked: Asked, suggested: Mapping[str, Any]) -> Any:
    try:
        return asked.accept(suggested[asked.name])
    except (KeyError, UsageError):
        return asked.default


def _ask_one(asked: Asked, default: Any) -> Any:
    several = asked.question.multiselect
    recommended = [] if default is MISSING else default if several else [default]
    options = [
        Option(f"{choice.label} (recommended)" if choice.value in recommended else choice.label, choice.value)
        for choice in asked.choices
        if not choice.refusal
    ]
    if options and several:
        return prompts.select_several(asked.label, options, recommended, partial(_problem, asked))
    if options:
        return prompts.select(asked.label, options, None if default is MISSING else default)
    if asked.kind == "bool":
        return prompts.confirm(asked.label, default=default is True)
    line = prompts.text(asked.label, "" if default is MISSING else str(default), partial(_problem, asked))
    return asked.accept(line)


def _problem(asked: Asked, value: Any) -> str:
    try:
        asked.accept(value)
    except UsageError as error:
        return error.message.removeprefix(f"{asked.name}: ")
    return ""
