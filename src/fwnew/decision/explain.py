"""A decision in words, for people."""

import textwrap
from collections.abc import Iterable, Iterator
from datetime import date

from fwnew.decision.decide import CLEAR, LEAN, hardest
from fwnew.decision.model import (
    EITHER,
    INFEASIBLE,
    NAMES,
    PYTORCH,
    TENSORFLOW,
    Catalogue,
    Decision,
    Evidence,
    Outcome,
    Part,
    Reason,
    Route,
)
from fwnew.text import table

CLOSE = LEAN + (CLEAR - LEAN) / 3
WIDTH = 79
LABEL = 43  # where the labels of the reasons begin
FLIP = 25  # where begins what would change something
VETO = 28  # where the reasons of the rules begin


def text(catalogue: Catalogue, decision: Decision, today: date) -> str:
    """Everything on one screen or two: verdict, reasons, rules, flips, routes, evidence."""
    return "\n\n".join(block for block in (summary(catalogue, decision), evidence(catalogue, decision, today)) if block)


def summary(catalogue: Catalogue, decision: Decision) -> str:
    """The same without the evidence."""
    blocks = [
        "\n".join(textwrap.wrap(verdict(decision), WIDTH)),
        vetoes(decision),
        reasons(catalogue, decision),
        flips(catalogue, decision),
        routes(catalogue, decision),
    ]
    return "\n\n".join(block for block in blocks if block)


def standing(outcome: Outcome) -> str:
    """Where the answers lead so far, in a few words."""
    if outcome.recommendation in (EITHER, INFEASIBLE):
        return f"{outcome.recommendation} (score {float(outcome.score):+.2f})"
    return f"{NAMES[outcome.recommendation]}, {outcome.strength} (score {float(outcome.score):+.2f})"


def taken(decision: Decision, framework: str) -> str:
    """What became of the recommendation, in a sentence."""
    name = NAMES.get(framework, framework)
    if decision.recommendation == framework:
        return f"{name} was taken."
    if decision.recommendation == EITHER:
        return f"Of the two, {name} was taken."
    return f"Overruled: {name} was taken all the same."


def verdict(decision: Decision) -> str:
    """The recommendation, its strength and what they mean, in a sentence or two."""
    score = f"score {float(decision.score):+.2f}, from -1 for TensorFlow to +1 for PyTorch"
    if decision.recommendation == INFEASIBLE:
        return "Infeasible: what you need excludes both frameworks. Relax one of these:"
    if decision.recommendation == EITHER:
        return f"Either: nothing here decides ({score}). Prototype both, and take the one that the team likes better."
    name = NAMES[decision.recommendation]
    if decision.strength == "forced":
        return f"{name}, forced: the other framework cannot do it."
    close = "; a close call" if decision.strength == "lean" and abs(decision.score) < CLOSE else ""
    return f"{name}, {decision.strength}{close} ({score})."


def explain(catalogue: Catalogue, criterion: str, today: date) -> str:
    """One criterion: why it is asked, what each answer scores, and the evidence for it."""
    asked = catalogue.criteria[criterion]
    lines = [*textwrap.wrap(f"{asked.title} {asked.why}", WIDTH), ""]
    lines += table(
        [
            (choice.name, f"{choice.score:+d}" if choice.score else "0", choice.label)
            for choice in asked.choices.values()
        ]
    )
    if asked.several:
        lines += [
            "",
            "Of several, the target with the fewest maintained routes decides; of equal ones the greater score.",
        ]
    if asked.one_sided:
        lines += ["", *textwrap.wrap(asked.one_sided.strip(), WIDTH)]
    cited = dict.fromkeys(id_ for choice in asked.choices.values() for id_ in choice.evidence)
    return "\n".join([*lines, "", *facts((catalogue.evidence[id_] for id_ in cited), today)])


def facts(evidence: Iterable[Evidence], today: date) -> Iterator[str]:
    """A line or two for each fact: grade, age, claim, address."""
    for fact in evidence:
        age = f"checked {fact.checked}" + (", STALE" if fact.stale(today) else "")
        counts = ", counts for nothing" if fact.grade == "U" else ""
        yield from _wrapped(f"{fact.id}: {fact.claim}", "  ")
        yield from _wrapped(f"grade {fact.grade}{counts}, {age}, {fact.publisher}", "    ")
        yield from [f"    {fact.url}"] if fact.url else []


def listing(catalogue: Catalogue, what: str, today: date, *, stale: bool) -> Iterator[str]:
    """The whole evidence, or the state of each part."""
    found, parts = chosen(catalogue, today, stale=stale)
    if what == "evidence":
        yield from facts(found, today)
    else:
        yield from table([(part.name, part.status, part.instead) for part in parts]) if parts else ()
    if stale and not found:
        yield "nothing is stale"


def chosen(catalogue: Catalogue, today: date, *, stale: bool) -> tuple[list[Evidence], list[Part]]:
    """All facts and parts; or those facts that are stale, and the parts whose state rests on one."""
    found = [fact for fact in catalogue.evidence.values() if not stale or fact.stale(today)]
    ids = {fact.id for fact in found}
    return found, [part for part in catalogue.parts.values() if not stale or ids & set(part.evidence)]


def as_of(catalogue: Catalogue) -> date:
    """When the evidence was last looked at: the day of the fact that was not for longest."""
    return min(fact.checked for fact in catalogue.evidence.values())


def vetoes(decision: Decision) -> str:
    if not decision.vetoes:
        return ""
    lines = ["rules that no weight outvotes"]
    for relaxed in decision.vetoes:
        text = relaxed.because
        if decision.recommendation == INFEASIBLE:
            vetoed = {rule.vetoes for rule in decision.vetoes if rule is not relaxed}
            left = "still infeasible" if len(vetoed) == 2 else NAMES[_other(*vetoed)]
            text += f" (without it: {left})"
        lines += _beside(f"  {relaxed.id}  excludes {NAMES[relaxed.vetoes]}:".ljust(VETO), text)
    return "\n".join(lines)


def _other(framework: str) -> str:
    return TENSORFLOW if framework == PYTORCH else PYTORCH


def reasons(catalogue: Catalogue, decision: Decision) -> str:
    """The signed bars, one criterion after another."""
    rows, labels = [], []
    for reason in decision.reasons:
        points = int(reason.weight * reason.score)
        left, right = "-" * -min(points, 0), "+" * max(points, 0)
        product = f"{reason.weight} x {reason.score:+d} = {points:+d}" if reason.score else "0"
        rows.append((f"  {reason.criterion}", f"{left:>6}|{right:<6}", f"{product:<11}"))
        labels.append(label(catalogue, reason))
    lines = ["what speaks for TensorFlow (-) and for PyTorch (+), weight times score"]
    for row, text in zip(table(rows), labels, strict=True):
        lines += _beside(row.ljust(LABEL), text)
    return "\n".join(lines)


def label(catalogue: Catalogue, reason: Reason) -> str:
    criterion = catalogue.criteria[reason.criterion]
    text = "; ".join(criterion.choices[name].label for name in reason.answer)
    if len(reason.answer) > 1:
        text += f" (the hardest decides: {criterion.choices[hardest(catalogue, reason.answer)].label})"
    return text


def flips(catalogue: Catalogue, decision: Decision) -> str:
    if not decision.flips:
        return "nothing in a single answer or weight would change this"
    changes = dict[str, dict[str, list[str]]]()
    for flip in decision.flips:
        what = f"weight of {flip.criterion}" if flip.kind == "weight" else flip.criterion
        changes.setdefault(what, {}).setdefault(NAMES[flip.becomes], []).append(flip.to)
    lines = ["what would change it, alone"]
    for what, becomes in changes.items():
        text = "; ".join(f"{', '.join(to)} -> {name}" for name, to in becomes.items())
        lines += _beside(f"  {what}".ljust(FLIP), text)
    return "\n".join(lines)


def routes(catalogue: Catalogue, decision: Decision) -> str:
    lines = []
    for route, target, framework in decision.routes:
        place = catalogue.criteria["deployment"].choices[target].label
        if route is None:
            lines += _wrapped(f"{place}, {NAMES[framework]}: no way whose parts may be used", "  ")
            continue
        server = f", served by {route.server}" if route.server else ""
        made = "fwnew makes the export" if route.generated else "fwnew does not make this export yet"
        lines += _wrapped(f"{place}, {NAMES[framework]}: {route.export} -> {route.runtime}{server} ({made})", "  ")
        for note in (route.note, *warnings(catalogue, route)):
            lines += _wrapped(note, "    ")
    return "\n".join(["the way to each target", *lines]) if lines else ""


def warnings(catalogue: Catalogue, route: Route) -> Iterator[str]:
    for part in (catalogue.parts[id_] for id_ in route.parts):
        if part.status != "active":
            yield f"{part.name} is {part.status}" + (f"; instead: {part.instead}" if part.instead else "")


def evidence(catalogue: Catalogue, decision: Decision, today: date) -> str:
    cited = [id_ for rule in decision.vetoes for id_ in rule.evidence]
    cited += [id_ for reason in decision.reasons if reason.score and reason.weight for id_ in reason.evidence]
    cited += [
        id_
        for route, _, _ in decision.routes
        if route
        for part in route.parts
        for id_ in catalogue.parts[part].evidence
    ]
    found = facts((catalogue.evidence[id_] for id_ in dict.fromkeys(cited)), today)
    return "\n".join([f"evidence, as of {as_of(catalogue)}", *found]) if cited else ""


def _beside(start: str, text: str) -> list[str]:
    """Text in a column of its own."""
    first, *more = textwrap.wrap(text, WIDTH - len(start))
    return [f"{start}{first}", *(f"{'':<{len(start)}}{line}" for line in more)]


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ")
