"""What is known, for people: each fact with its source, its grade and its age."""

from collections.abc import Iterable, Iterator
from datetime import date

from fwnew.decision.model import Catalogue, Decision, Evidence, Part
from fwnew.terminal.layout import table, wrapped

STALE = "STALE: nobody looked for 180 days, or a figure is older than two years"


def facts(evidence: Iterable[Evidence], today: date) -> Iterator[str]:
    """A few lines for each fact: claim, grade, age, address."""
    for fact in evidence:
        about = [f"grade {fact.grade}" + (", counts for nothing" if fact.grade == "U" else "")]
        about += [f"measured in {fact.measured}"] if fact.measured else []
        about += [f"checked {fact.checked}", *(["STALE"] if fact.stale(today) else []), fact.publisher]
        yield from wrapped(f"{fact.id}: {fact.claim}", "  ")
        yield from wrapped(", ".join(about), "    ")
        yield from [f"    {fact.url}"] if fact.url else []


def evidence_text(catalogue: Catalogue, decision: Decision, today: date) -> str:
    """The facts that a decision rests on: those of its rules, scores, routes and notes."""
    cited = [id_ for rule in decision.vetoes for id_ in rule.evidence]
    cited += [id_ for reason in decision.reasons if reason.score and reason.weight for id_ in reason.evidence]
    parts = dict.fromkeys(part for route, _, _ in decision.routes if route for part in route.parts)
    cited += [id_ for part in parts for id_ in catalogue.parts[part].evidence]
    cited += [id_ for note in decision.notes for id_ in note.evidence]
    found = facts((catalogue.evidence[id_] for id_ in dict.fromkeys(cited)), today)
    return "\n".join([f"evidence, as of {as_of(catalogue)}", *found]) if cited else ""


def listing(catalogue: Catalogue, what: str, today: date, *, stale: bool) -> Iterator[str]:
    """The whole evidence, or the state of each part."""
    found, parts = chosen(catalogue, today, stale=stale)
    if what == "evidence":
        yield from facts(found, today)
    else:
        yield from table([(part.name, part.status, part.instead) for part in parts]) if parts else ()
    if stale:
        yield STALE if found else "nothing is stale"


def chosen(catalogue: Catalogue, today: date, *, stale: bool) -> tuple[list[Evidence], list[Part]]:
    """All facts and parts; or those facts that are stale, and the parts whose state rests on one."""
    found = [fact for fact in catalogue.evidence.values() if not stale or fact.stale(today)]
    ids = {fact.id for fact in found}
    return found, [part for part in catalogue.parts.values() if not stale or ids & set(part.evidence)]


def as_of(catalogue: Catalogue) -> date:
    """When the evidence was last looked at: the day of the fact that was not for longest."""
    return min(fact.checked for fact in catalogue.evidence.values())
