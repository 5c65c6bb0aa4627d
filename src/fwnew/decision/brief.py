"""A decision in brief: the recommendation and its strongest reasons, in plain words."""

from fwnew.decision.decide import hardest, strongest
from fwnew.decision.deployment import made
from fwnew.decision.explain import is_close, notes, relax, undecided
from fwnew.decision.model import (
    EITHER,
    INFEASIBLE,
    NAMES,
    PYTORCH,
    TENSORFLOW,
    Catalogue,
    Decision,
    Outcome,
    Reason,
)
from fwnew.decision.suggest import reaching_more
from fwnew.terminal.blocks import Block, Bullets, Panel
from fwnew.terminal.gauge import Gauge

IN_BRIEF = 2
"""Reasons that are named where there is room for the strongest only."""
MARGINS = {"lean": "by a small margin", "clear": "clearly", "forced": "the only one possible"}


def brief(catalogue: Catalogue, decision: Decision) -> list[Block]:
    """The recommendation with its strongest reasons, and what should be known beside it."""
    blocks: list[Block] = [panel(catalogue, decision)]
    if decision.recommendation == INFEASIBLE:
        blocks.append(relax(decision))
    return [*blocks, *notes(decision, missing_exports(catalogue, decision))]


def panel(catalogue: Catalogue, decision: Decision) -> Panel:
    """What is recommended, and the strongest reasons for it and against it."""
    inside: list[Block] = [*([] if decision.recommendation == INFEASIBLE else [gauge(decision)])]
    inside.append(Bullets(strongest_reasons(catalogue, decision)))
    return Panel(headline(decision), inside)


def headline(decision: Decision) -> str:
    """The recommendation and its strength, in a few words."""
    if decision.recommendation == INFEASIBLE:
        return "Neither framework can do all of it"
    if decision.recommendation == EITHER:
        return "Either framework would do"
    margin = "a close call" if is_close(decision) else MARGINS[decision.strength]
    return f"Recommended: {NAMES[decision.recommendation]}, {margin}"


def gauge(outcome: Outcome) -> Gauge:
    """Where the answers stand between the frameworks; at the end of the line where rules decide."""
    if outcome.strength == "forced":
        return Gauge(1.0 if outcome.recommendation == PYTORCH else -1.0)
    return Gauge(float(outcome.score))


def strongest_reasons(catalogue: Catalogue, decision: Decision) -> list[str]:
    """A sentence for each of the strongest reasons for what is recommended, and one for the strongest against it."""
    if decision.vetoes:
        rules = {rule.vetoes: rule.because for rule in decision.vetoes}
        return [f"{NAMES[excluded]} is excluded: {because}." for excluded, because in rules.items()]
    if decision.recommendation == EITHER:
        return _why_either(catalogue, decision)
    side = 1 if decision.recommendation == PYTORCH else -1
    counted = [reason for reason in decision.reasons if reason.weight * reason.score]
    speaking = {
        ahead: [
            because
            for reason in counted
            if (reason.score * side > 0) is ahead
            for because in _because(catalogue, reason)
        ]
        for ahead in (True, False)
    }
    return [*speaking[True][:IN_BRIEF], *(f"Against it: {because}" for because in speaking[False][:1])]


def _why_either(catalogue: Catalogue, decision: Decision) -> list[str]:
    """Why neither framework is ahead, and what to do about it."""
    reasons = list[str]()
    for side, name in ((1, PYTORCH), (-1, TENSORFLOW)):
        ahead = [reason for reason in decision.reasons if reason.weight * reason.score * side > 0]
        reasons += [
            f"For {NAMES[name]}: {because}" for reason in ahead[:1] for because in _because(catalogue, reason)[:1]
        ]
    if len(reasons) < 2:  # two say themselves that they balance
        why = "the targets pull both ways" if _pull_both_ways(catalogue, decision) else undecided(decision)
        reasons.insert(0, f"{why[0].upper()}{why[1:]}.")
    if better := reaching_more(catalogue, decision):
        return [*reasons, f"fwnew makes more of the exports that you need with {NAMES[better]}: begin with that."]
    return [*reasons, "Use the one that your team knows, or try both."]


def _pull_both_ways(catalogue: Catalogue, decision: Decision) -> bool:
    """Return whether nothing but the targets scores, and they speak for both frameworks."""
    if any(reason.score and reason.weight for reason in decision.reasons):
        return False
    targets = strongest(catalogue, hardest(catalogue, decision.answers.choices["deployment"]))
    return len({catalogue.criteria["deployment"].choices[name].score for name in targets}) > 1


def _because(catalogue: Catalogue, reason: Reason) -> list[str]:
    """Why an answer scores; of several targets, those that decide."""
    criterion = catalogue.criteria[reason.criterion]
    chosen = reason.answer
    if criterion.several:
        chosen = strongest(catalogue, hardest(catalogue, chosen))
    return [criterion.choices[name].because for name in chosen if criterion.choices[name].score]


def missing_exports(catalogue: Catalogue, decision: Decision) -> list[str]:
    """A sentence for each framework that names the targets for which a project makes no export yet."""
    places, lacking = catalogue.criteria["deployment"].choices, dict[str, list[str]]()
    for route, target, framework in decision.routes:
        if route and made(catalogue, decision, route) == "no":
            lacking.setdefault(framework, []).append(places[target].label)
    return [
        f"With {NAMES[framework]}, fwnew does not make the export for this yet: {'; '.join(labels)}."
        for framework, labels in lacking.items()
    ]
