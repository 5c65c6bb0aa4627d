"""The questions of the decision, asked; after each answer one line says where that leads."""

import textwrap
from collections.abc import Mapping
from datetime import date
from typing import Any

from fwnew import prompts
from fwnew.decision.answers import parse
from fwnew.decision.decide import WEIGHTS, outcome
from fwnew.decision.explain import explain, standing
from fwnew.decision.model import Answers, Catalogue
from fwnew.errors import UsageError
from fwnew.prompts import Back, Option


def names(catalogue: Catalogue) -> list[str]:
    """Everything that is asked, in its order."""
    return [*catalogue.criteria, "constraints", "python", "weights"]


def ask_decision(catalogue: Catalogue, given: dict[str, Any], today: date) -> Answers:
    """Ask what `given` does not answer yet, and keep the answers there.

    Raises Back from the first question, and KeyboardInterrupt when the person gives up.
    """
    asked, before = names(catalogue), dict[str, Any]()
    while missing := [name for name in asked if name not in given]:
        position = asked.index(missing[0])
        try:
            given[missing[0]] = ask_one(catalogue, missing[0], {**before, **given}, today)
        except Back:
            if position == 0:
                raise
            last = asked[position - 1]
            before[last] = given.pop(last)
    return parse(catalogue, given)


def ask_one(catalogue: Catalogue, name: str, given: Mapping[str, Any], today: date) -> Any:
    """Ask one of the questions; what `given` says of it is what Enter gives.

    Raises Back, or KeyboardInterrupt when the person gives up.
    """
    if name == "constraints":
        options = [Option(label, id_) for id_, label in catalogue.constraints.items()]
        return prompts.select_several("Must it be so?", options, given.get(name, ()))
    if name == "python":
        options = [Option("Any", "any"), *(Option(python, python) for python in catalogue.pythons)]
        return prompts.select("Which Python must it run on?", options, given.get(name, "any"))
    if name == "weights":
        return _ask_weights(catalogue, given.get(name, {}))
    answer = _ask_criterion(catalogue, name, given, today)
    print(f"so far: {standing(outcome(catalogue, parse(catalogue, {**given, name: answer}), today))}\n")
    return answer


def label(catalogue: Catalogue, name: str, value: Any) -> str:
    """An answer in the words of its question."""
    values = value if isinstance(value, list) else [value]
    if name == "weights":
        return ", ".join(f"{criterion} {weight}" for criterion, weight in value.items() if weight != 1) or "all 1"
    if name == "constraints":
        return "; ".join(catalogue.constraints[each] for each in values) or "none"
    if name == "python":
        return str(value)
    choices = catalogue.criteria[name].choices
    return "; ".join(choices[each].label for each in values) or choices[catalogue.criteria[name].default].label


def _ask_criterion(catalogue: Catalogue, name: str, given: Mapping[str, Any], today: date) -> Any:
    criterion = catalogue.criteria[name]
    print(*textwrap.wrap(criterion.why, 79), sep="\n")

    def more() -> str:
        return f"\n{explain(catalogue, name, today)}\n"

    if not criterion.several:
        options = [Option(choice.label, choice.name, choice.help) for choice in criterion.choices.values()]
        return prompts.select(criterion.title, options, given.get(name, criterion.default), more)
    targets = [choice for choice in criterion.choices.values() if choice.name != criterion.default]
    options = [Option(choice.label, choice.name, choice.help) for choice in targets]  # none of them is the default
    return prompts.select_several(criterion.title, options, given.get(name, ()), more=more)


def _ask_weights(catalogue: Catalogue, given: Mapping[str, Any]) -> dict[str, Any]:
    asks = f"How much does each matter: {', '.join(catalogue.criteria)}?"
    print("", *textwrap.wrap(asks, 79), "0 not at all, 1 normal, 2 matters, 3 decisive", sep="\n")

    def weights(line: str) -> dict[str, Any]:
        return dict(zip(catalogue.criteria, line.split(), strict=True))

    def problem(line: str) -> str:
        try:
            parse(catalogue, {"weights": weights(line)})
        except ValueError:
            return f"give {len(catalogue.criteria)} numbers of {min(WEIGHTS)} to {max(WEIGHTS)}, one for each"
        except UsageError as error:
            return error.message
        return ""

    usual = " ".join(str(given.get(name, 1)) for name in catalogue.criteria)
    return weights(prompts.text("Weights", usual, problem))
