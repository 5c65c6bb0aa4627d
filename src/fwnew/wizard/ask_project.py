"""A template, the folder for it, and its questions, asked."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from fwnew.errors import TemplateError, UsageError
from fwnew.project.target import target_of, unquoted
from fwnew.questions.given import VARIABLE, from_environment
from fwnew.questions.question import MISSING, Question
from fwnew.questions.questions import Answers, Questions, fill
from fwnew.terminal import prompts
from fwnew.terminal.prompts import Back, Option

FOLDER = """
A new folder, such as digits-demo, or a path to it, such as ~/code/digits-demo.
The project is called as its folder is, unless you say otherwise later.
"""
TRUST = """
Yes writes its address to your settings, so that you are not asked again;
take it out there, and you are. No leaves, and nothing is written.
Whoever can change the template can change what your next project does.
"""


class Stuck(Back):
    """A question that nobody can answer after the answers before it; the error is for where there is none before."""

    def __init__(self, error: UsageError) -> None:
        super().__init__()
        self.error = error


@dataclass
class Given:
    """What a person answered to a template: the questions, in order, and what was not as suggested.

    The rest follows the suggestions, also when a change elsewhere makes them others.
    """

    names: list[str] = field(default_factory=list)
    own: dict[str, Any] = field(default_factory=dict)


def confirm_template(template: str) -> None:
    """Ask whether a template is trusted, and say what that means.

    Raises KeyboardInterrupt when it is not.
    """
    prompts.say(f"You have not allowed the template {template} yet.")
    prompts.say("It runs no code itself, but its files become your project, and --smoke, as you later, runs them.")
    try:
        trusted = prompts.confirm("Do you trust it, now and from now on?", default=False, more=lambda: TRUST)
    except Back:
        trusted = False
    if not trusted:
        raise KeyboardInterrupt


def ask_destination(default: str = "") -> str:
    """Ask for the folder of the new project.

    Raises Back, or KeyboardInterrupt when the person gives up.
    """

    def problem(line: str) -> str:
        if not unquoted(line).strip():
            return "name a folder, such as digits-demo"
        try:
            target_of(unquoted(line))
        except UsageError as error:
            return error.message
        return ""

    return unquoted(prompts.text("Folder for the new project", default, problem, lambda: FOLDER))


def ask_project(
    questions: Questions, suggested: Mapping[str, Any], settled: Mapping[str, Any], given: Given
) -> Answers:
    """Ask every question that applies, unless it is settled or given; the answers are kept in `given`.

    Raises Back from the first question that was asked, and KeyboardInterrupt when the person gives up.
    """
    while True:
        try:
            return ask_rest(questions, suggested, settled, given)
        except Back:
            if not given.names:
                raise
            given.names.pop()


def ask_rest(questions: Questions, suggested: Mapping[str, Any], settled: Mapping[str, Any], given: Given) -> Answers:
    """The same, but Back from any question is raised."""
    answers = fill(questions, partial(_answer, suggested, settled, given))
    given.names = [name for name in answers.values if name in given.names]  # others do not apply any more
    return answers


def notes(questions: Questions, answers: Answers) -> list[str]:
    """What the template says where it leaves no choice, and so where nobody reads it in a question."""
    asked = [Question(item, questions.environment, answers.context) for item in questions.items]
    return [each.details for each in asked if each.name in answers.values and len(each.choices) == 1 and each.details]


def refuse_wrong_variables(questions: Questions) -> None:
    """Raise UsageError for the first FWNEW_LICENSE and so on that is not an answer, whatever the others are.

    What a validator says of it may depend on them: that is said at the question.
    """
    given, context = from_environment(questions), dict[str, Any]()
    for entry in questions.items:
        question = Question(replace(entry, validator=""), questions.environment, context)
        try:
            value = given.get(entry.name)
            if value is not None and not any(
                choice.refusal and str(choice.value) in value for choice in question.choices
            ):
                question.accept(value)
            if (default := question.default) is not MISSING:
                context[entry.name] = default
        except UsageError as error:
            why = error.message.removeprefix(f"{entry.name}: ")
            raise UsageError(f"the variable {_variable(entry.name)} is wrong: {why}", error.hint) from error
        except TemplateError:
            continue  # it needs an answer before it that has no default


def has_choice(questions: Questions, answers: Answers, name: str) -> bool:
    """Whether a question could be answered otherwise."""
    entry = questions.find(name)
    question = Question(entry, questions.environment, answers.context) if entry else None
    if question is None or not question.choices or question.entry.multiselect:
        return True
    return sum(not choice.refusal for choice in question.choices) > 1


def _variable(name: str) -> str:
    return f"{VARIABLE}{name.upper()}"


def _answer(suggested: Mapping[str, Any], settled: Mapping[str, Any], given: Given, question: Question) -> Any:
    if stuck := question.stuck:
        prompts.say(f"Your other answers leave nothing to choose for '{question.label}': answer otherwise before it.")
        raise Stuck(stuck)
    name, suggestion = question.name, _suggestion(question, suggested)
    own = given.own.get(name, suggestion)
    if name in settled or name in given.names:
        try:
            return question.accept(settled.get(name, own))
        except UsageError:
            given.names = [other for other in given.names if other != name]  # another answer made it impossible
    offered = [choice.value for choice in question.choices if not choice.refusal]
    if len(offered) == 1 and not question.entry.multiselect:
        return offered[0]  # nothing to choose; the review shows it
    if question.choices and not offered:
        return []
    _say_what_is_dropped(question, suggested)
    value = _ask_one(question, suggestion, suggestion if _problem(question, own) else own)
    given.names.append(name)
    given.own.pop(name, None)
    if value != suggestion:
        given.own[name] = value
    return value


def _say_what_is_dropped(question: Question, suggested: Mapping[str, Any]) -> None:
    """A variable that the person has set, and that is not possible after the answers before."""
    said = os.environ.get(_variable(question.name))
    if said is not None and suggested.get(question.name) == said and (why := _problem(question, said)):
        prompts.say(f"The variable {_variable(question.name)} is not taken: {why}.")


def _suggestion(question: Question, suggested: Mapping[str, Any]) -> Any:
    try:
        return question.accept(suggested[question.name])
    except (KeyError, UsageError):
        return question.default


def _ask_one(question: Question, suggestion: Any, start: Any) -> Any:
    """Ask; what is suggested is recommended, and Enter gives the `start`."""
    several, more = question.entry.multiselect, partial(_explain, question)
    recommended = [] if suggestion is MISSING else suggestion if several else [suggestion]
    options = [
        Option(choice.label, choice.value, recommended=choice.value in recommended)
        for choice in question.choices
        if not choice.refusal
    ]
    if options and several:
        chosen = [] if start is MISSING else start
        return prompts.select_several(question.label, options, chosen, partial(_problem, question), more)
    if options:
        return prompts.select(question.label, options, None if start is MISSING else start, more)
    if question.kind == "bool":
        return prompts.confirm(question.label, default=start is True, more=more)
    line = prompts.text(question.label, "" if start is MISSING else str(start), partial(_problem, question), more)
    return question.accept(line)


def _explain(question: Question) -> str:
    """What the template says of its question, and how it is answered without being asked."""
    lines = [question.details or f"{question.label}."]
    lines += [f"Not offered: {choice.label} ({choice.refusal})" for choice in question.choices if choice.refusal]
    lines += [f"As an option of fwnew new: --data {question.name}=VALUE"]
    return "\n".join(["", *lines, ""])


def _problem(question: Question, value: Any) -> str:
    try:
        question.accept(value)
    except UsageError as error:
        return error.message.removeprefix(f"{question.name}: ")
    return ""
