"""What is known, for people: each fact with its source, its grade and its age."""

from collections.abc import Iterable
from datetime import date

from fwnew.decision.model import Catalogue, Decision, Evidence, Part, Start
from fwnew.terminal.blocks import Block, Lines, Stack, Table, Text

GRADES = "grades: A a primary source, B a secondary one, J our own judgement, U unverified"
STALE = "STALE: nobody looked for 180 days, or a figure is older than two years"


def facts(title: str, evidence: Iterable[Evidence], today: date) -> Stack:
    """A few lines for each fact: claim, grade, age, address."""
    blocks: list[Block] = [Text(f"{title}:", "heading")]
    for fact in evidence:
        about = [f"grade {fact.grade}" + (", counts for nothing" if fact.grade == "U" else "")]
        about += [f"measured in {fact.measured}"] if fact.measured else []
        about += [f"checked {fact.checked}", *(["STALE"] if fact.stale(today) else []), fact.publisher]
        blocks += [Text(f"{fact.id}: {fact.claim}", indent=2), Text(", ".join(about), "quiet", indent=4)]
        blocks += [Lines([f"    {fact.url}"], style="quiet")] if fact.url else []
    return Stack(blocks)


def evidence(catalogue: Catalogue, decision: Decision, today: date) -> list[Block]:
    """The facts that a decision rests on: those of its rules, scores, routes and notes."""
    cited = [id_ for rule in decision.vetoes for id_ in rule.evidence]
    cited += [id_ for reason in decision.reasons if reason.score and reason.weight for id_ in reason.evidence]
    parts = dict.fromkeys(part for route, _, _ in decision.routes if route for part in route.parts)
    cited += [id_ for part in parts for id_ in catalogue.parts[part].evidence]
    cited += [id_ for note in decision.notes for id_ in note.evidence]
    found = (catalogue.evidence[id_] for id_ in dict.fromkeys(cited))
    return [_graded(catalogue, found, today)] if cited else []


def _graded(catalogue: Catalogue, found: Iterable[Evidence], today: date) -> Stack:
    """The facts, below what their grades mean."""
    title, *rest = facts(f"evidence, as of {as_of(catalogue)}", found, today).blocks
    return Stack([title, Text(GRADES, "quiet", indent=2), *rest])


def listing(catalogue: Catalogue, what: str, today: date, *, stale: bool) -> list[Block]:
    """The whole evidence, the state of each part, or what the projects for each task build on."""
    found, parts = chosen(catalogue, today, stale=stale)
    blocks: list[Block] = []
    if what == "tasks":
        starts = starts_on(catalogue, parts)
        parts = [part for part in parts if any(part.id in start.parts for start in starts)]
        found = [fact for fact in found if any(fact.id in part.evidence for part in parts)]
        blocks += [_builds_on(catalogue, starts)] if starts else []
    if what != "evidence" and parts:
        blocks.append(Table([(part.name, part.status, part.instead) for part in parts], ("part", "status", "instead")))
    if what != "lifecycle" and found:
        blocks.append(_graded(catalogue, found, today))
    if stale:
        blocks.append(Text(STALE if found else "Nothing is stale."))
    return blocks


def _builds_on(catalogue: Catalogue, starts: Iterable[Start]) -> Table:
    """A row for each start: how a project asks for it, and the libraries."""
    rows = [
        (start.task, start.start, start.framework, ", ".join(catalogue.parts[id_].name for id_ in start.parts))
        for start in starts
    ]
    return Table(rows, ("task", "start", "framework", "builds on"))


def starts_on(catalogue: Catalogue, parts: Iterable[Part]) -> list[Start]:
    """The starts of all tasks that build on one of these parts."""
    ids = {part.id for part in parts}
    return [start for start in catalogue.starts if ids & set(start.parts)]


def chosen(catalogue: Catalogue, today: date, *, stale: bool) -> tuple[list[Evidence], list[Part]]:
    """All facts and parts; or those facts that are stale, and the parts whose state rests on one."""
    found = [fact for fact in catalogue.evidence.values() if not stale or fact.stale(today)]
    ids = {fact.id for fact in found}
    return found, [part for part in catalogue.parts.values() if not stale or ids & set(part.evidence)]


def as_of(catalogue: Catalogue) -> date:
    """When the evidence was last looked at: the day of the fact that was not for longest."""
    return min(fact.checked for fact in catalogue.evidence.values())
