"""The questions about a new project: its folder, the trust in its template, and the template's questions."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from fwnew.errors import TemplateError, UsageError
from fwnew.project.target import target_of, unquoted
from fwnew.questions.given import NAME, VARIABLE, from_environment
from fwnew.questions.question import MISSING, Question
from fwnew.questions.questions import Answers, Questions, fill
from fwnew.terminal import prompts
from fwnew.terminal.layout import say
from fwnew.terminal.parts import PLAIN, About, Back, Option
from fwnew.wizard.state import State, Step, Stuck

FOLDER = """
A new folder, such as digits-demo, or a path to it, such as ~/code/digits-demo.
The project gets the name of its folder, unless you choose another one later.
"""
TRUST = """
Yes adds its address to your settings, and you are not asked again until you
remove it there. No cancels, and nothing is written.
People who can change the template can change what your next project does.
"""


class _Unanswered(Exception):  # noqa: N818 - a question, not an error
    """The question to ask next."""

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question


def confirm_template(template: str) -> None:
    """Ask whether the person trusts a template, and say what that means.

    Raises KeyboardInterrupt when they do not.
    """
    say(f"You have not allowed the template {template} yet.")
    say("It runs no code itself, but its files become your project, which --smoke runs, and you later.")
    try:
        trusted = prompts.confirm("Do you trust it, now and from now on?", default=False, more=lambda: TRUST)
    except Back:
        trusted = False
    if not trusted:
        raise KeyboardInterrupt


def ask_destination(default: str = "") -> str:
    """Ask for the folder of the new project.

    Raises Back, or KeyboardInterrupt when the person cancels.
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


class ProjectQuestions:
    """A template's questions for a project in one folder: which to ask next, and how to answer the others."""

    def __init__(
        self, questions: Questions, folder: str, suggested: Mapping[str, Any], before: Sequence[str] = ()
    ) -> None:
        """Those named in `before` are asked before all others, by somebody else."""
        self.questions, self.folder, self.suggested, self.before = questions, folder, suggested, before
        self.chapters = chapters_of(questions)
        self.name_fits = not questions.find(NAME) or questions.takes(NAME, folder)

    def next_question(self, state: State) -> Step | None:
        """Return the step that asks the next question, or None when all are answered."""
        try:
            self.answers(state)
        except _Unanswered as found:
            return partial(self.ask, found.question)
        return None

    def answers(self, state: State) -> Answers:
        """Return the answers to all questions. Raises _Unanswered for the first that must be asked."""
        return fill(self.questions, partial(self._answer, state))

    def ask(self, question: Question, state: State) -> State:
        """Ask one question, with the suggestion recommended."""
        if stuck := question.stuck:
            say(f"Your other answers leave nothing to choose for '{question.label}': change one of them.")
            raise Stuck(stuck)
        self._say_what_is_dropped(question)
        suggestion = question.following(self.suggested)
        own = state.remembered.get(f"project.{question.name}", state.own.get(question.name, suggestion))
        start = suggestion if _problem(question, own) else own
        about = PLAIN if state.changing else About(self._step(question, state), question.details)
        return state.answered(question.name, _ask_one(question, suggestion, start, about), suggestion)

    def is_asked(self, name: str, state: State) -> bool:
        """Return whether a question is asked. The others are under More options, and take their suggestions."""
        if not self.chapters or state.more or any(name in named for named in self.chapters.values()):
            return True
        return name == NAME and not self.name_fits

    def _answer(self, state: State, question: Question) -> Any:
        name = question.name
        if name == "framework" and state.framework and state.changing != f"project.{name}":
            return question.accept(state.framework)
        if question.stuck or state.changing == f"project.{name}":
            raise _Unanswered(question)
        suggestion = question.following(self.suggested)
        offered = [choice.value for choice in question.choices if not choice.refusal]
        if question.choices and not offered:
            return []
        if len(offered) == 1 and not question.entry.multiselect:
            return offered[0]  # nothing to choose; the review shows it
        if name not in state.asked and self.is_asked(name, state):
            raise _Unanswered(question)
        try:
            return question.accept(state.own.get(name, suggestion))
        except UsageError:  # another answer made it impossible, or nothing is suggested
            raise _Unanswered(question) from None

    def _step(self, question: Question, state: State) -> str:
        """Return the question's chapter, and its number there."""
        for chapter, named in self.chapters.items():
            if question.name in named:
                asked = [name for name in named if name in self._choosable(state) and name not in self.before]
                return f"{chapter}, {asked.index(question.name) + 1} of {len(asked)}" if len(asked) > 1 else chapter
        return "More options" if state.more else ""

    def _choosable(self, state: State) -> list[str]:
        """Return the questions that leave a choice, if unanswered ones take their suggestions."""
        found = list[str]()

        def answer(question: Question) -> Any:
            if has_choice(question):
                found.append(question.name)
            value = state.own.get(question.name, question.following(self.suggested))
            return "" if value is MISSING else value

        fill(self.questions, answer)
        return found

    def _say_what_is_dropped(self, question: Question) -> None:
        """Say why a variable that the person set is ignored: the previous answers exclude its value."""
        said = os.environ.get(variable(question.name))
        if said is not None and self.suggested.get(question.name) == said and (why := _problem(question, said)):
            say(f"The variable {variable(question.name)} is ignored: {why}.")


def chapters_of(questions: Questions) -> dict[str, list[str]]:
    """Return the questions that the wizard asks everyone, by chapter: the template's derived value `chapters`.

    If the template has none, the result is empty, and the wizard asks every question.
    """
    entry = next((item for item in questions.items if item.name == "chapters" and item.hidden), None)
    value = Question(entry, questions.environment, {}).default if entry else None
    if not isinstance(value, Mapping):
        return {}
    return {str(chapter): [str(name) for name in names] for chapter, names in value.items() if isinstance(names, list)}


def notes(questions: Questions, answers: Answers) -> list[str]:
    """Return the details of questions with a single choice, which are never asked."""
    asked = [Question(item, questions.environment, answers.context) for item in questions.items]
    return [each.details for each in asked if each.name in answers.values and len(each.choices) == 1 and each.details]


def refuse_wrong_variables(questions: Questions) -> None:
    """Raise UsageError for the first variable, such as FWNEW_LICENSE, that no other answers can make valid.

    A validator may depend on other answers: its message comes when the question is asked.
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
            raise UsageError(f"the variable {variable(entry.name)} is wrong: {why}", error.hint) from error
        except TemplateError:
            continue  # it depends on an answer that has no default


def variable(name: str) -> str:
    """Return the name of the variable that answers a question."""
    return f"{VARIABLE}{name.upper()}"


def has_choice(question: Question) -> bool:
    """Return whether a question has more than one possible answer."""
    if not question.choices or question.entry.multiselect:
        return True
    return sum(not choice.refusal for choice in question.choices) > 1


def _ask_one(question: Question, suggestion: Any, start: Any, about: About) -> Any:
    """Ask a question, with the suggestion recommended; Enter gives `start`."""
    several, more = question.entry.multiselect, partial(explain, question)
    recommended = [] if suggestion is MISSING else suggestion if several else [suggestion]
    options = [
        Option(choice.label, choice.value, recommended=choice.value in recommended)
        for choice in question.choices
        if not choice.refusal
    ]
    if options and several:
        chosen = [] if start is MISSING else start
        return prompts.select_several(question.label, options, chosen, partial(_problem, question), more, about)
    if options:
        return prompts.select(question.label, options, None if start is MISSING else start, more, about)
    if question.kind == "bool":
        return prompts.confirm(question.label, default=start is True, more=more, about=about)
    line = prompts.text(
        question.label, "" if start is MISSING else str(start), partial(_problem, question), more, about
    )
    return question.accept(line)


def explain(question: Question, offered: Collection[Any] = ()) -> str:
    """Return the template's details on its question, and the option that answers it.

    The choices in `offered` can be chosen although the question refuses them.
    """
    lines = [question.details or f"{question.label}."]
    refused = [choice for choice in question.choices if choice.refusal and choice.value not in offered]
    lines += [f"Not offered: {choice.label} ({choice.refusal})" for choice in refused]
    lines += [f"As an option of fwnew new: --data {question.name}=VALUE"]
    return "\n".join(["", *lines, ""])


def _problem(question: Question, value: Any) -> str:
    try:
        question.accept(value)
    except UsageError as error:
        return error.message.removeprefix(f"{question.name}: ")
    return ""
