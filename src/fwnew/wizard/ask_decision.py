"""The questions of the decision, asked; a line says when the answers begin to lead elsewhere."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from fwnew.decision import explain
from fwnew.decision.answers import parse
from fwnew.decision.decide import WEIGHTS, holds, outcome
from fwnew.decision.evidence import evidence_text
from fwnew.decision.model import EITHER, INFEASIBLE, NAMES, Catalogue, Criterion, Decision, DecisionAnswers, Outcome
from fwnew.errors import FwnewError
from fwnew.terminal import prompts
from fwnew.terminal.layout import table
from fwnew.terminal.prompts import Back, Option

DONE = ""
HOW_MUCH = dict(zip(WEIGHTS, ("does not matter", "normal", "matters more", "decisive"), strict=True))
CONSTRAINTS = "\nEach one that you select must hold: no other answer outweighs it. Most people select none.\n"
PYTHON = "\nOnly a version that one of the frameworks does not support yet makes a difference.\n"
WEIGH = "\nAll questions count alike, until you say that one matters more or less.\n"


def names(catalogue: Catalogue, given: Mapping[str, Any], today: date) -> list[str]:
    """Everything that is asked after these answers, in its order: how much each matters only who wants to say it."""
    return [*catalogue.criteria, "constraints", *(["python"] if _python_matters(catalogue, given, today) else [])]


def begun(given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the answers that not everyone is asked for, and that count from the beginning."""
    return {name: given[name] for name in ("weights", "python") if name in given}


def ask_decision(
    catalogue: Catalogue, given: dict[str, Any], today: date, before: dict[str, Any], *, first: bool = False
) -> DecisionAnswers:
    """Ask what `given` does not answer yet, and keep the answers there; Enter gives what is answered in `before`.

    Raises Back from the first question, unless it is the `first` of all, and KeyboardInterrupt when the person
    gives up.
    """
    while missing := [name for name in names(catalogue, given, today) if name not in given]:
        was = outcome(catalogue, parse(catalogue, given), today)
        try:
            given[missing[0]] = ask_one(catalogue, missing[0], {**before, **given}, today)
        except Back:
            if not take_back(catalogue, given, before, today, missing[0]):
                if not first:
                    raise
                prompts.say(f"{prompts.FIRST}\n")
            continue
        now = outcome(catalogue, parse(catalogue, given), today)
        prompts.say(f"so far: {leaning(now)}\n" if now.recommendation != was.recommendation else "")
    return parse(catalogue, given)


def take_back(
    catalogue: Catalogue, given: dict[str, Any], before: dict[str, Any], today: date, later: str = ""
) -> bool:
    """Move the last answer, or the last before `later`, from `given` to `before`; whether there was one."""
    asked = names(catalogue, given, today)
    earlier = asked[: asked.index(later)] if later else asked
    if earlier:
        before[earlier[-1]] = given.pop(earlier[-1])
    return bool(earlier)


def ask_one(catalogue: Catalogue, name: str, given: Mapping[str, Any], today: date) -> Any:
    """Ask one of the questions; what `given` says of it is what Enter gives.

    Raises Back, or KeyboardInterrupt when the person gives up.
    """
    if name == "constraints":
        options = [Option(label, id_) for id_, label in catalogue.constraints.items()]
        return prompts.select_several("Hard constraints", options, given.get(name, ()), more=lambda: CONSTRAINTS)
    if name == "python":
        options = [Option("Any", "any"), *(Option(python, python) for python in catalogue.pythons)]
        title = "Which Python must it run on?"
        return prompts.select(title, options, given.get(name, "any"), lambda: PYTHON)
    if name == "weights":
        return _ask_weights(catalogue, given.get(name) or {})
    return _ask_criterion(catalogue, catalogue.criteria[name], given, today)


def recommendation(catalogue: Catalogue, decision: Decision) -> str:
    """What is recommended, and why: no more than a small screen shows beside the question for the framework."""
    blocks = [explain.verdict(decision), explain.notes_text(decision), explain.vetoes_text(decision)]
    if decision.recommendation != INFEASIBLE:  # where nothing can be done, it is the rules that matter
        blocks.append(explain.main_reasons(catalogue, decision))
    return "\n\n".join(filter(None, blocks))


def background(catalogue: Catalogue, decision: Decision, today: date) -> str:
    """The rest: every reason, the way to each target, what would change it, and the evidence."""
    blocks = [
        explain.reasons_text(catalogue, decision),
        explain.routes_text(catalogue, decision),
        explain.flips_text(decision),
    ]
    return "\n\n".join(filter(None, [*blocks, evidence_text(catalogue, decision, today)]))


def leaning(outcome: Outcome) -> str:
    """Where the answers lead so far, without the numbers."""
    name = NAMES[outcome.recommendation]
    if outcome.recommendation == INFEASIBLE:
        return "this excludes both frameworks"
    if outcome.recommendation == EITHER:
        return "either framework could do"
    return {"forced": f"only {name} can do it", "clear": f"clearly {name}"}.get(outcome.strength, f"leans to {name}")


def label(catalogue: Catalogue, name: str, value: Any) -> str:
    """An answer in the words of its question."""
    values = value if isinstance(value, list) else [value]
    if name == "weights":
        unlike = [f"{criterion}: {HOW_MUCH[weight]}" for criterion, weight in value.items() if weight != 1]
        return ", ".join(unlike) or "all alike"
    if name == "constraints":
        return "; ".join(catalogue.constraints[each] for each in values) or "none"
    if name == "python":
        return str(value)
    choices = catalogue.criteria[name].choices
    return "; ".join(choices[each].label for each in values) or choices[catalogue.criteria[name].default].label


def _python_matters(catalogue: Catalogue, given: Mapping[str, Any], today: date) -> bool:
    """Whether a rule holds for some Python, if all else stays as it is answered."""
    try:
        answers = parse(catalogue, given)
    except FwnewError:
        return False
    return any(rule.python and holds(rule, replace(answers, python=rule.python), today) for rule in catalogue.rules)


def _ask_criterion(catalogue: Catalogue, criterion: Criterion, given: Mapping[str, Any], today: date) -> Any:
    prompts.say(criterion.why)

    def more() -> str:
        return f"\n{explain.explain(catalogue, criterion.name, today)}\n"

    if not criterion.several:
        options = [Option(choice.label, choice.name, choice.help) for choice in criterion.choices.values()]
        return prompts.select(criterion.title, options, given.get(criterion.name, criterion.default), more)
    targets = [choice for choice in criterion.choices.values() if choice.name != criterion.default]
    options = [Option(choice.label, choice.name, choice.help) for choice in targets]  # none of them is the default
    chosen = given.get(criterion.name, ())
    return prompts.select_several(criterion.title, options, [chosen] if isinstance(chosen, str) else chosen, more=more)


def _ask_weights(catalogue: Catalogue, given: Mapping[str, Any]) -> dict[str, int]:
    """Ask how much each question matters, one that is chosen after the other, until that is all."""
    weights = {name: int(given.get(name, 1)) for name in catalogue.criteria}
    levels = [Option(words, weight) for weight, words in HOW_MUCH.items()]
    at = next(iter(weights))
    while True:
        lines = table((name, HOW_MUCH[weight]) for name, weight in weights.items())
        options = [
            Option(line, name, catalogue.criteria[name].title) for line, name in zip(lines, weights, strict=True)
        ]
        at = prompts.select("What matters more, or less?", [*options, Option("That is all", DONE)], at, lambda: WEIGH)
        if at == DONE:
            return weights
        try:
            weights[at] = prompts.select(f"How much does {at} matter?", levels, weights[at], lambda: WEIGH)
        except Back:
            continue
        at = DONE
