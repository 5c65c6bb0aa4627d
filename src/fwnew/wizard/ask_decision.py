"""The questions that decide on a framework, one step each; a gauge shows where the answers lead."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from fwnew.decision import brief, explain
from fwnew.decision.answers import from_environment, parse
from fwnew.decision.decide import WEIGHTS, decide, holds, outcome
from fwnew.decision.model import Catalogue, Criterion, Decision, DecisionAnswers, Outcome
from fwnew.errors import FwnewError
from fwnew.terminal import prompts
from fwnew.terminal.blocks import Text, plain
from fwnew.terminal.layout import table
from fwnew.terminal.parts import PLAIN, About, Back, Option
from fwnew.wizard.state import State, Step, walk

DONE = ""
HOW_MUCH = dict(zip(WEIGHTS, ("does not matter", "normal", "matters more", "decisive"), strict=True))
CONSTRAINTS = "What you select must hold, whatever else you answer. Most people select nothing."
PYTHON = "Only a version that one of the frameworks does not support yet makes a difference."
WEIGH = "All questions count alike, until you say that one matters more or less."


def ask_decision(catalogue: Catalogue, today: date) -> DecisionAnswers:
    """Ask only the questions that decide, and return the answers.

    Raises UsageError for a wrong variable, and KeyboardInterrupt when the person cancels.
    """
    prompts.introduce()
    given = from_environment(catalogue)
    start = State(decision_answers=from_the_start(given), remembered=as_remembered(given))
    end = walk(start, lambda state: next_question(catalogue, today, state))
    return parse(catalogue, end.decision_answers)


def next_question(catalogue: Catalogue, today: date, state: State) -> Step | None:
    """Return the step that asks the first unanswered question, or None."""
    for name in names(catalogue, state.decision_answers, today):
        if name not in state.decision_answers:
            return partial(ask, catalogue, today, name)
    return None


def ask(catalogue: Catalogue, today: date, name: str, state: State) -> State:
    """Ask one of the questions; Enter repeats the previous answer."""
    answers = state.decision_answers
    asked = names(catalogue, answers, today)
    step = "" if state.changing or name not in asked else f"{asked.index(name) + 1} of {len(asked)}"
    before = {key.removeprefix("decide."): v for key, v in state.remembered.items() if key.startswith("decide.")}
    about = About(step, why(catalogue, name), brief.gauge(so_far(catalogue, answers, today)))
    value = ask_one(catalogue, name, {**before, **answers}, about)
    return replace(state, decision_answers={**answers, name: value}, changing="")


def names(catalogue: Catalogue, given: Mapping[str, Any], today: date) -> list[str]:
    """Return the questions that everyone is asked after these answers, in order: `weights` is not among them."""
    return [*catalogue.criteria, "constraints", *(["python"] if _python_matters(catalogue, given, today) else [])]


def from_the_start(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers to questions that not everyone is asked: these answers count from the start."""
    return {name: given[name] for name in ("weights", "python") if name in given}


def as_remembered(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return answers from variables, as a state remembers them."""
    return {f"decide.{name}": value for name, value in given.items()}


def so_far(catalogue: Catalogue, given: Mapping[str, Any], today: date) -> Outcome:
    """Return where the answers lead, with defaults for the missing ones."""
    return outcome(catalogue, parse(catalogue, given), today)


def decided(catalogue: Catalogue, given: Mapping[str, Any], today: date) -> Decision:
    """Return the decision for these answers."""
    return decide(catalogue, parse(catalogue, given), today)


def why(catalogue: Catalogue, name: str) -> str:
    """Return why a question is asked, in a line."""
    said = {"constraints": CONSTRAINTS, "python": PYTHON, "weights": WEIGH}
    return said.get(name) or catalogue.criteria[name].why


def title(catalogue: Catalogue, name: str) -> str:
    """Return the title of a question."""
    titles = {
        "constraints": "Hard constraints",
        "python": "Which Python must it run on?",
        "weights": "What matters more",
    }
    return titles.get(name) or catalogue.criteria[name].title


def ask_one(catalogue: Catalogue, name: str, given: Mapping[str, Any], about: About = PLAIN) -> Any:
    """Ask one of the questions; Enter repeats its answer in `given`.

    Raises Back, or KeyboardInterrupt when the person cancels.
    """
    if name == "constraints":
        options = [Option(label, id_) for id_, label in catalogue.constraints.items()]
        return prompts.select_several(
            title(catalogue, name), options, given.get(name, ()), more=lambda: CONSTRAINTS, about=about
        )
    if name == "python":
        options = [Option("Any", "any"), *(Option(python, python) for python in catalogue.pythons)]
        return prompts.select(title(catalogue, name), options, given.get(name, "any"), lambda: PYTHON, about)
    if name == "weights":
        return _ask_weights(catalogue, given.get(name) or {})
    return _ask_criterion(catalogue.criteria[name], given, about)


def label(catalogue: Catalogue, name: str, value: Any) -> str:
    """Return an answer in the words of its question."""
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
    """Return whether some Python version would make a rule hold, with these answers."""
    try:
        answers = parse(catalogue, given)
    except FwnewError:
        return False
    return any(rule.python and holds(rule, replace(answers, python=rule.python), today) for rule in catalogue.rules)


def _ask_criterion(criterion: Criterion, given: Mapping[str, Any], about: About) -> Any:
    def more() -> str:
        where = Text(f"The evidence: fwnew catalogue {criterion.name}")
        return f"\n{plain(*explain.scores(criterion), where)}\n"

    if not criterion.several:
        options = [Option(choice.label, choice.name, choice.help) for choice in criterion.choices.values()]
        chosen = given.get(criterion.name, criterion.default)
        return prompts.select(criterion.title, options, chosen, more, about)
    targets = [choice for choice in criterion.choices.values() if choice.name != criterion.default]
    options = [Option(choice.label, choice.name, choice.help) for choice in targets]  # to select none is the default
    chosen = given.get(criterion.name, ())
    several = [chosen] if isinstance(chosen, str) else chosen
    return prompts.select_several(criterion.title, options, several, more=more, about=about)


def _ask_weights(catalogue: Catalogue, given: Mapping[str, Any]) -> dict[str, int]:
    """Ask how much each question matters, one after the other, until the person says that is all."""
    weights = {name: int(given.get(name, 1)) for name in catalogue.criteria}
    levels = [Option(words, weight) for weight, words in HOW_MUCH.items()]
    about, at = About(why=WEIGH), next(iter(weights))
    while True:
        lines = table((name, HOW_MUCH[weight]) for name, weight in weights.items())
        options = [
            Option(line, name, catalogue.criteria[name].title) for line, name in zip(lines, weights, strict=True)
        ]
        at = prompts.select(
            "What matters more, or less?", [*options, Option("That is all", DONE)], at, lambda: WEIGH, about
        )
        if at == DONE:
            return weights
        try:
            weights[at] = prompts.select(f"How much does {at} matter?", levels, weights[at])
        except Back:
            continue
        at = DONE
