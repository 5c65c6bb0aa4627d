"""The decision: hard rules first, then a weighted sum in exact fractions, then what would flip it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction

from fwnew.decision.model import (
    EITHER,
    INFEASIBLE,
    PYTORCH,
    TENSORFLOW,
    Answers,
    Catalogue,
    Criterion,
    Decision,
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

WORST = ("active", "maintenance", "beta", "stagnant", "deprecated", "unmaintained")


def decide(catalogue: Catalogue, answers: Answers, today: date) -> Decision:
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
    )


def outcome(catalogue: Catalogue, answers: Answers, today: date) -> Outcome:
    """The recommendation and its strength alone."""
    score = weighed(catalogue, answers)
    vetoes = tuple(rule for rule in catalogue.rules if holds(rule, answers, today))
    vetoed = {rule.vetoes for rule in vetoes}
    if len(vetoed) == 2:
        return Outcome(INFEASIBLE, INFEASIBLE, score, vetoes)
    if vetoed:
        return Outcome(PYTORCH if TENSORFLOW in vetoed else TENSORFLOW, "forced", score, vetoes)
    if abs(score) < LEAN:
        return Outcome(EITHER, EITHER, score)
    return Outcome(PYTORCH if score > 0 else TENSORFLOW, "clear" if abs(score) >= CLEAR else "lean", score)


def weighed(catalogue: Catalogue, answers: Answers) -> Fraction:
    """D; 0 when nothing matters."""
    total = sum(answers.weights.values())
    points = sum(answers.weights[name] * scored(catalogue, c, answers) for name, c in catalogue.criteria.items())
    return Fraction(points) / (2 * total) if total else Fraction(0)


def scored(catalogue: Catalogue, criterion: Criterion, answers: Answers) -> int:
    """The score of a criterion's answer; of several targets the hardest decides."""
    chosen = answers.choices[criterion.name]
    return (
        criterion.choices[hardest(catalogue, chosen)].score if criterion.several else criterion.choices[chosen[0]].score
    )


def hardest(catalogue: Catalogue, targets: tuple[str, ...]) -> str:
    """The target with the fewest maintained routes; of equal ones that with the greater score, then the first."""
    choices = catalogue.criteria["deployment"].choices

    def maintained(route: Route) -> bool:
        return all(catalogue.parts[part].status == "active" for part in route.parts)

    def ease(target: str) -> tuple[int, int, int]:
        ways = sum(route.target == target and maintained(route) for route in catalogue.routes)
        return ways, -abs(choices[target].score), list(choices).index(target)

    return min(targets, key=ease)


def holds(rule: Rule, answers: Answers, today: date) -> bool:
    return (
        (rule.answer is None or rule.answer[1] in answers.choices[rule.answer[0]])
        and (rule.constraint is None or rule.constraint in answers.constraints)
        and (rule.python is None or rule.python == answers.python)
        and (rule.expires is None or today < rule.expires)
    )


def reasons(catalogue: Catalogue, answers: Answers) -> tuple[Reason, ...]:
    """What each criterion contributes, the greatest first."""
    found = []
    for name, criterion in catalogue.criteria.items():
        chosen = answers.choices[name]
        counted = (hardest(catalogue, chosen),) if criterion.several else chosen
        evidence = criterion.choices[counted[0]].evidence
        found.append(Reason(name, chosen, answers.weights[name], scored(catalogue, criterion, answers), evidence))
    return tuple(sorted(found, key=lambda reason: abs(reason.weight * reason.score), reverse=True))


def flips(catalogue: Catalogue, answers: Answers, today: date) -> Iterator[Flip]:
    """What leads elsewhere alone: every change of one answer, and the nearest change of each weight."""
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


def balance(catalogue: Catalogue, answers: Answers, name: str) -> set[Fraction]:
    """The weight of a criterion at which D is 0, if it lies within 0 and 3."""
    score = scored(catalogue, catalogue.criteria[name], answers)
    if not score:
        return set()
    rest = sum(answers.weights[o] * scored(catalogue, c, answers) for o, c in catalogue.criteria.items() if o != name)
    weight = Fraction(-rest) / score
    return {weight} if 0 <= weight <= max(WEIGHTS) else set()


def changes(catalogue: Catalogue, answers: Answers) -> Iterator[tuple[str, str, str, Answers]]:
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


def routes(catalogue: Catalogue, answers: Answers, recommendation: str) -> Iterator[tuple[Route | None, str, str]]:
    """For each target the way that may be used, in the recommended framework, or in both when there is none."""
    unwanted = set[str]().union(*(LEFT_OUT.get(name, ()) for name in answers.constraints))
    frameworks = [recommendation] if recommendation in (PYTORCH, TENSORFLOW) else [PYTORCH, TENSORFLOW]
    targets = [t for t in answers.choices["deployment"] if t != catalogue.criteria["deployment"].default]
    for target in targets:
        for framework in frameworks:
            ways = [r for r in catalogue.routes if (r.target, r.framework) == (target, framework)]
            usable = [r for r in ways if status(catalogue, r) not in unwanted]
            yield (usable[0] if usable else None), target, framework


def status(catalogue: Catalogue, route: Route) -> str:
    """That of its weakest part."""
    return max((catalogue.parts[part].status for part in route.parts), key=WORST.index)
