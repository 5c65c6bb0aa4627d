"""The questions, asked. The only file that prompts."""

import textwrap
from collections.abc import Mapping
from datetime import date
from typing import Any

import questionary

from fwnew.decision.answers import parse
from fwnew.decision.decide import outcome
from fwnew.decision.explain import standing
from fwnew.decision.model import Answers as Decided
from fwnew.decision.model import Catalogue, Criterion
from fwnew.errors import UsageError
from fwnew.template.asked import MISSING, Asked
from fwnew.template.questions import Answers, Questions, fill
from fwnew.template.render import target_of
from fwnew.text import table

SELECT = "(space selects, Enter goes on)"


def ask_destination() -> str:
    """Ask for the folder of the new project.

    Raises KeyboardInterrupt when the person gives up.
    """

    def problem(text: str) -> bool | str:
        try:
            target_of(text.strip())
        except UsageError as error:
            return error.message
        return True

    prompt = questionary.text("Folder for the new project", validate=problem)
    return str(_answer(prompt)).strip()


def confirm_template(template: str) -> None:
    """Ask whether a template is trusted, and say what that means.

    Raises KeyboardInterrupt when it is not.
    """
    print(f"You have not allowed the template {template} yet.")
    print("It runs no code itself, but its files become your project, and --smoke, as you later, runs them.")
    if not _answer(questionary.confirm("Do you trust it, now and from now on?", default=False)):
        raise KeyboardInterrupt


def ask(questions: Questions, suggested: Mapping[str, Any]) -> Answers:
    """Ask every question that applies, show the answers, and have them confirmed.

    Raises KeyboardInterrupt when the person gives up or does not confirm.
    """
    shown: list[tuple[str, str]] = []

    def answer(asked: Asked) -> Any:
        value = _ask_one(asked, _default(asked, suggested))
        shown.append((asked.label, ", ".join(map(str, value)) if isinstance(value, list) else str(value)))
        return value

    answers = fill(questions, answer)
    print("", *table(shown), "", sep="\n")
    if not _answer(questionary.confirm("Create this project?", default=True)):
        raise KeyboardInterrupt
    return answers


def ask_decision(catalogue: Catalogue, today: date) -> Decided:
    """Ask what decides between the frameworks; after each answer one line says where that leads.

    Raises KeyboardInterrupt when the person gives up.
    """
    given: dict[str, Any] = {}
    for name, criterion in catalogue.criteria.items():
        print("", *textwrap.wrap(criterion.why, 79), sep="\n")
        given[name] = _ask_criterion(criterion)
        print(f"so far: {standing(outcome(catalogue, parse(catalogue, given), today))}")

    constraints = [questionary.Choice(label, name) for name, label in catalogue.constraints.items()]
    given["constraints"] = _answer(questionary.checkbox("Must it be so?", constraints, instruction=SELECT))
    pythons = [questionary.Choice("Any", "any"), *map(questionary.Choice, catalogue.pythons)]
    given["python"] = _answer(questionary.select("Which Python must it be?", pythons, default="any"))

    print(f"\nHow much does each matter: {', '.join(catalogue.criteria)}?")
    print("0 not at all, 1 normal, 2 matters, 3 decisive")

    def weights(text: str) -> dict[str, Any]:
        return {"weights": dict(zip(catalogue.criteria, text.split(), strict=True))}

    def problem(text: str) -> bool | str:
        try:
            parse(catalogue, weights(text))
        except ValueError:
            return f"give {len(catalogue.criteria)} numbers, one for each"
        except UsageError as error:
            return error.message
        return True

    usual = " ".join("1" for _ in catalogue.criteria)
    given |= weights(str(_answer(questionary.text("Weights", default=usual, validate=problem))))
    print()
    return parse(catalogue, given)


def _ask_criterion(criterion: Criterion) -> Any:
    several = criterion.several
    choices = [
        questionary.Choice(choice.label, choice.name, description=choice.help or None)
        for choice in criterion.choices.values()
        if not (several and choice.name == criterion.default)  # choosing none says that
    ]
    if several:
        return _answer(questionary.checkbox(criterion.title, choices, instruction=SELECT))
    return _answer(questionary.select(criterion.title, choices, default=criterion.default))


def _default(asked: Asked, suggested: Mapping[str, Any]) -> Any:
    try:
        return asked.accept(suggested[asked.name])
    except (KeyError, UsageError):
        return asked.default


def _ask_one(asked: Asked, default: Any) -> Any:
    offered = [choice for choice in asked.choices if not choice.refusal]
    if len(offered) == 1 and not asked.question.multiselect:
        return offered[0].value  # nothing to choose; the review shows it
    if offered:
        return _choose(asked, default)
    if asked.kind == "bool":
        return _answer(questionary.confirm(asked.label, default=default is True))
    text = "" if default is MISSING else str(default)
    return asked.accept(
        _answer(questionary.text(asked.label, default=text, validate=lambda value: _problem(asked, value)))
    )


def _choose(asked: Asked, default: Any) -> Any:
    several = asked.question.multiselect
    choices = [
        questionary.Choice(choice.label, choice.value, checked=several and choice.value in default)
        for choice in asked.choices
        if not choice.refusal
    ]
    if several:
        return _answer(questionary.checkbox(asked.label, choices, validate=lambda value: _problem(asked, value)))
    return _answer(questionary.select(asked.label, choices, default=None if default is MISSING else default))


def _problem(asked: Asked, value: Any) -> bool | str:
    try:
        asked.accept(value)
    except UsageError as error:
        return error.message.removeprefix(f"{asked.name}: ")
    return True


def _answer(question: questionary.Question) -> Any:
    try:
        return question.unsafe_ask()
    except EOFError as error:
        raise KeyboardInterrupt from error
