"""The decision: hard rules first, then a weighted sum in exact fractions, then what would flip it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction

from fwnew.decision.model import (
    EITHER,
    INFEASIBLE,
    PYTORCH,
    TENSORFLOW,
    Catalogue,
    Condition,
    Criterion,
    Decision,
    DecisionAnswers,
    Flip,
    Outcome,
    Reason,
    Route,
    Rule,
)

LEAN, CLEAR = Fraction(15, 100), Fraction(35, 100)
"""Below the first a score says nothing, from the second on it is clear. Policy, not measurement."""

WEIGHTS = range(4)
"""0 does not matter, 1 normal, 2 matters, 3 decisive."""

LEFT_OUT = {
    "no_beta": {"beta"},
    "no_unmaintained": {"stagnant", "deprecated", "unmaintained"},
}
"""Which states of a part a constraint leaves out of the routes."""

NO_ROUTE = "H6"
"""The rule that follows from the routes: a framework without a route to a target that may be used is excluded."""

WORST = ("active", "maintenance", "beta", "stagnant", "deprecated", "unmaintained")


def decide(catalogue: Catalogue, answers: DecisionAnswers, today: date) -> Decision:
    """The recommendation for these answers, with its reasons, flips and routes.

    The score is D = Σ w·s / (2 Σ w) over the criteria, w the weight and s the score of the answer.
    """
    found = outcome(catalogue, answers, today)
    return Decision(
        **vars(found),
        answers=answers,
        reasons=reasons(catalogue, answers),
        flips=tuple(flips(catalogue, answers, today)),
        routes=tuple(routes(catalogue, answers, found.recommendation)),
        notes=tuple(
            note for note in catalogue.notes if is_met(note, answers) and note.framework in (None, found.recommendation)
        ),
    )


def outcome(catalogue: Catalogue, answers: DecisionAnswers, today: date) -> Outcome:
    """The recommendation and its strength alone."""
    score = weighed(catalogue, answers)
    vetoes = tuple(excluding(catalogue, answers, today))
    vetoed = {rule.vetoes for rule in vetoes}
    if len(vetoed) == 2:
        return Outcome(INFEASIBLE, INFEASIBLE, score, vetoes)
    if vetoed:
        return Outcome(PYTORCH if TENSORFLOW in vetoed else TENSORFLOW, "forced", score, vetoes)
    if abs(score) < LEAN:
        return Outcome(EITHER, EITHER, score)
    return Outcome(PYTORCH if score > 0 else TENSORFLOW, "clear" if abs(score) >= CLEAR else "lean", score)


def weighed(catalogue: Catalogue, answers: DecisionAnswers) -> Fraction:
    """D; 0 when nothing matters."""
    total = sum(answers.weights.values())
    points = sum(answers.weights[name] * scored(catalogue, c, answers) for name, c in catalogue.criteria.items())
    return Fraction(points) / (2 * total) if total else Fraction(0)


def scored(catalogue: Catalogue, criterion: Criterion, answers: DecisionAnswers) -> int:
    """The score of a criterion's answer; of several targets the hardest decides, and 0 if such pull both ways."""
    chosen = answers.choices[criterion.name]
    counted = strongest(catalogue, hardest(catalogue, chosen)) if criterion.several else chosen
    scores = {criterion.choices[name].score for name in counted}
    return scores.pop() if len(scores) == 1 else 0


def hardest(catalogue: Catalogue, targets: tuple[str, ...]) -> tuple[str, ...]:
    """The targets with the fewest maintained routes; several if they are equally hard."""

    def maintained(target: str) -> int:
        ways = (route for route in catalogue.routes if route.target == target)
        return sum(status(catalogue, route) == "active" for route in ways)

    return _least(targets, maintained)


def strongest(catalogue: Catalogue, targets: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the targets whose score says most, for either framework."""
    choices = catalogue.criteria["deployment"].choices
    return _least(targets, lambda target: -abs(choices[target].score))


def _least(targets: tuple[str, ...], key: Callable[[str], int]) -> tuple[str, ...]:
    keys = {target: key(target) for target in targets}
    return tuple(target for target in targets if keys[target] == min(keys.values()))


def excluding(catalogue: Catalogue, answers: DecisionAnswers, today: date) -> Iterator[Rule]:
    """The rules that hold, and one for each target to which a framework has no route that may be used."""
    rules = [rule for rule in catalogue.rules if holds(rule, answers, today)]
    yield from rules
    said = {(rule.vetoes, answer) for rule in rules for answer in rule.answers}
    for route, target, framework in routes(catalogue, answers, EITHER):
        if route is None and (framework, ("deployment", target)) not in said:
            yield _no_route(catalogue, answers, target, framework)


def _no_route(catalogue: Catalogue, answers: DecisionAnswers, target: str, framework: str) -> Rule:
    place = catalogue.criteria["deployment"].choices[target].label
    weak = {
        part.id: part
        for route in catalogue.routes
        if (route.target, route.framework) == (target, framework)
        for part in (catalogue.parts[id_] for id_ in route.parts)
        if part.status in left_out(answers)
    }
    why = "; ".join(f"{part.name} is {part.status}" for part in weak.values())
    evidence = dict.fromkeys(id_ for part in weak.values() for id_ in part.evidence)
    because = f"it has no supported route to '{place}'" + (f": {why}" if why else "")
    need = (("deployment", target),)
    return Rule(id=NO_ROUTE, vetoes=framework, because=because, evidence=tuple(evidence), answers=need)


def holds(rule: Rule, answers: DecisionAnswers, today: date) -> bool:
    return is_met(rule, answers) and (rule.expires is None or today < rule.expires)


def is_met(condition: Condition, answers: DecisionAnswers) -> bool:
    """Whether all that it names was given."""
    return (
        all(choice in answers.choices[name] for name, choice in condition.answers)
        and answers.constraints.issuperset(condition.constraints)
        and condition.python in (None, answers.python)
    )


def reasons(catalogue: Catalogue, answers: DecisionAnswers) -> tuple[Reason, ...]:
    """What each criterion contributes, the greatest first."""
    found = []
    for name, criterion in catalogue.criteria.items():
        chosen = answers.choices[name]
        counted = strongest(catalogue, hardest(catalogue, chosen)) if criterion.several else chosen
        evidence = dict.fromkeys(id_ for choice in counted for id_ in criterion.choices[choice].evidence)
        score = scored(catalogue, criterion, answers)
        found.append(Reason(name, chosen, answers.weights[name], score, tuple(evidence)))
    return tuple(sorted(found, key=lambda reason: abs(reason.weight * reason.score), reverse=True))


def flips(catalogue: Catalogue, answers: DecisionAnswers, today: date) -> Iterator[Flip]:
    """What leads elsewhere alone: every change of one answer, and for each weight the nearest whole one that does.

    The weight at which D is 0 is taken instead where it is nearer.
    """
    now = outcome(catalogue, answers, today).recommendation
    for name in catalogue.criteria:
        weights = {Fraction(weight) for weight in WEIGHTS} | balance(catalogue, answers, name)
        for weight in sorted(weights, key=lambda weight: abs(weight - answers.weights[name])):
            other = replace(answers, weights={**answers.weights, name: weight})
            becomes = outcome(catalogue, other, today).recommendation
            if becomes != now:
                yield Flip(name, "weight", str(weight), becomes)
                break
    for criterion, kind, to, other in changes(catalogue, answers):
        becomes = outcome(catalogue, other, today).recommendation
        if becomes != now:
            yield Flip(criterion, kind, to, becomes)


def balance(catalogue: Catalogue, answers: DecisionAnswers, name: str) -> set[Fraction]:
    """The weight of a criterion at which D is 0, if it lies within 0 and 3."""
    score = scored(catalogue, catalogue.criteria[name], answers)
    if not score:
        return set()
    rest = sum(answers.weights[o] * scored(catalogue, c, answers) for o, c in catalogue.criteria.items() if o != name)
    weight = Fraction(-rest) / score
    return {weight} if 0 <= weight <= max(WEIGHTS) else set()


def relaxations(decision: Decision) -> Iterator[Flip]:
    """Of an infeasible decision's flips, those that take back one answer or constraint that excludes a framework."""
    needs = {answer for rule in decision.vetoes for answer in rule.answers}
    undone = {("deployment", f"without {choice}") for question, choice in needs if question == "deployment"}
    undone |= {("constraints", f"without {name}") for name in decision.answers.constraints}
    undone |= {("python", "any")}
    questions = {question for question, _ in needs} - {"deployment"}
    for flip in decision.flips:
        if flip.kind == "answer" and ((flip.criterion, flip.to) in undone or flip.criterion in questions):
            yield flip


def changes(catalogue: Catalogue, answers: DecisionAnswers) -> Iterator[tuple[str, str, str, DecisionAnswers]]:
    """Every change of one answer: another choice, a target more or less, a constraint more or less, another Python."""
    for name, criterion in catalogue.criteria.items():
        chosen = answers.choices[name]
        for choice in criterion.choices:
            if criterion.several and choice == criterion.default:
                continue
            if choice in chosen and not criterion.several:
                continue
            to = choice
            after: tuple[str, ...] = (choice,)
            if choice in chosen:
                to, after = f"without {choice}", tuple(c for c in chosen if c != choice) or (criterion.default,)
            elif criterion.several:
                after = tuple(c for c in (*chosen, choice) if c != criterion.default)
            yield name, "answer", to, replace(answers, choices={**answers.choices, name: after})
    for constraint in catalogue.constraints:
        to = f"without {constraint}" if constraint in answers.constraints else constraint
        yield "constraints", "answer", to, replace(answers, constraints=answers.constraints ^ {constraint})
    for python in (None, *catalogue.pythons):
        if python != answers.python:
            yield "python", "answer", python or "any", replace(answers, python=python)


def routes(
    catalogue: Catalogue, answers: DecisionAnswers, recommendation: str
) -> Iterator[tuple[Route | None, str, str]]:
    """For each target the way that may be used, in the recommended framework, or in both when there is none."""
    unwanted = left_out(answers)
    frameworks = [recommendation] if recommendation in (PYTORCH, TENSORFLOW) else [PYTORCH, TENSORFLOW]
    targets = [t for t in answers.choices["deployment"] if t != catalogue.criteria["deployment"].default]
    for target in targets:
        for framework in frameworks:
            ways = [r for r in catalogue.routes if (r.target, r.framework) == (target, framework)]
            usable = [r for r in ways if status(catalogue, r) not in unwanted]
            yield (usable[0] if usable else None), target, framework


def left_out(answers: DecisionAnswers) -> set[str]:
    """The states of a part that no route may have."""
    return set[str]().union(*(LEFT_OUT.get(name, ()) for name in answers.constraints))


def status(catalogue: Catalogue, route: Route) -> str:
    """That of its weakest part."""
    return max((catalogue.parts[part].status for part in route.parts), key=WORST.index)
