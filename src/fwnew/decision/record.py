"""A decision for programs, as JSON, and for a repository, as an architecture decision record (MADR 4.0)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from fwnew.decision.answers import as_data
from fwnew.decision.decide import status
from fwnew.decision.deployment import made, routes, warnings
from fwnew.decision.evidence import as_of, chosen, evidence, starts_on
from fwnew.decision.explain import flips, label, notes, reasons, taken, verdict, vetoes
from fwnew.decision.model import NAMES, Catalogue, Decision, Evidence, Route
from fwnew.decision.suggest import follows, suggestions
from fwnew.terminal.blocks import Block, filed

SCHEMA = 1
DECIDED, GIVEN, DEFAULT = "decided", "given", "default"
"""Where a framework comes from: the questions, an option, or the template."""

OPTIONS = "## Considered options\n\n* PyTorch\n* TensorFlow, with Keras 3"
REVIEW = timedelta(days=365)


def as_json(catalogue: Catalogue, decision: Decision) -> dict[str, Any]:
    """The contract of `fwnew decide --json`."""
    return {
        "schema": SCHEMA,
        "recommendation": decision.recommendation,
        "strength": decision.strength,
        "score": round(float(decision.score), 4),
        "reasons": [
            {
                "criterion": reason.criterion,
                "answer": list(reason.answer),
                "weight": int(reason.weight),
                "score": reason.score,
                "evidence": list(reason.evidence),
            }
            for reason in decision.reasons
        ],
        "vetoes": [
            {"rule": rule.id, "vetoes": rule.vetoes, "because": rule.because, "evidence": list(rule.evidence)}
            for rule in decision.vetoes
        ],
        "flips": [vars(flip) for flip in decision.flips],
        "route": [_route_json(catalogue, decision, *route) for route in decision.routes],
        "suggests": suggestions(catalogue, decision),
        "notes": [{"says": note.says, "evidence": list(note.evidence)} for note in decision.notes],
        "evidence_as_of": as_of(catalogue).isoformat(),
        "answers": as_data(decision.answers),
    }


def record(
    catalogue: Catalogue,
    decision: Decision,
    today: date,
    framework: str | None = None,
    left_out: Sequence[str] = (),
) -> str:
    """An architecture decision record in the form of MADR 4.0, with front matter that programs can read.

    `framework` is the one that was taken, whatever was recommended; `left_out` says what its project could not take.
    """
    front = {
        "schema": SCHEMA,
        "status": "accepted" if framework else "proposed",
        "date": today.isoformat(),
        "origin": DECIDED,
        "framework": framework,
        "recommendation": decision.recommendation,
        "strength": decision.strength,
        "score": str(decision.score),
        "evidence_as_of": as_of(catalogue).isoformat(),
        "review": (today + REVIEW).isoformat(),
        "answers": as_data(decision.answers),
        "scores": {reason.criterion: reason.score for reason in decision.reasons},
    }
    drivers = [
        f"* {catalogue.criteria[reason.criterion].title} {label(catalogue, reason)} (weight {reason.weight})"
        for reason in decision.reasons
    ]
    drivers += [f"* {catalogue.constraints[name]}" for name in sorted(decision.answers.constraints)]
    sections = [
        *_head(front),
        "## Decision drivers\n\n" + "\n".join(drivers),
        OPTIONS,
        f"## Decision outcome\n\n{verdict(decision)}",
        taken(decision, framework) if framework else "",
        " ".join([follows(catalogue, decision, framework or ""), *left_out]).strip(),
        _fenced(notes(decision)),
        _fenced(vetoes(decision)),
        _fenced([reasons(catalogue, decision)]),
        "### Confirmation\n\nTrain, debug and export a first model, and ask the export for answers elsewhere.",
        f"## More information\n\nReview by {front['review']}.",
        _fenced(flips(catalogue, decision)),
        _fenced(routes(catalogue, decision)),
        _fenced(evidence(catalogue, decision, today)),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def record_undecided(framework: str, origin: str, today: date) -> str:
    """The record of a framework that was given, or is the default: the questions were not asked."""
    front = {
        "schema": SCHEMA,
        "status": "accepted",
        "date": today.isoformat(),
        "origin": origin,
        "framework": framework,
    }
    why = "it was given" if origin == GIVEN else "it is the default of the template"
    sections = [
        *_head(front),
        OPTIONS,
        f"## Decision outcome\n\n{NAMES.get(framework, framework)}: {why}. Nobody was asked what decides.",
        "## More information\n\n`fwnew decide` asks, and with `--markdown` it prints a record to put in place of this.",
    ]
    return "\n\n".join(sections) + "\n"


def listing(catalogue: Catalogue, what: str, today: date, *, stale: bool) -> list[dict[str, Any]]:
    """The evidence, the state of each part, or the starts of each task, as `fwnew catalogue --json` prints them."""
    found, parts = chosen(catalogue, today, stale=stale)
    if what == "evidence":
        return [_fact_json(fact, today) for fact in found]
    if what == "lifecycle":
        return [{**vars(part), "evidence": list(part.evidence)} for part in parts]
    known = {
        part.id: {**vars(part), "evidence": [_fact_json(catalogue.evidence[id_], today) for id_ in part.evidence]}
        for part in catalogue.parts.values()
    }
    return [{**vars(start), "parts": [known[id_] for id_ in start.parts]} for start in starts_on(catalogue, parts)]


def _fact_json(fact: Evidence, today: date) -> dict[str, Any]:
    return {**vars(fact), "checked": fact.checked.isoformat(), "stale": fact.stale(today)}


def _head(front: dict[str, Any]) -> list[str]:
    import yaml

    return [
        f"---\n{yaml.safe_dump(front, sort_keys=False)}---",
        "# PyTorch or TensorFlow",
        "## Context and problem statement\n\nThe project needs one deep-learning framework, and a reason for it.",
    ]


def _route_json(
    catalogue: Catalogue, decision: Decision, route: Route | None, target: str, framework: str
) -> dict[str, Any]:
    fields = {"target": target, "framework": framework}
    if route is None:
        none = {"export": None, "runtime": None, "server": None, "status": None, "generated": False, "made": "no"}
        return {**fields, **none, "note": "no supported route"}
    done = made(catalogue, decision, route)
    said = [route.note, *warnings(catalogue, route)]
    return {
        **fields,
        "export": route.export,
        "runtime": route.runtime,
        "server": route.server or None,
        "status": status(catalogue, route),
        "generated": done == "run",
        "made": done,
        "note": "; ".join(note for note in said if note),
    }


def _fenced(blocks: list[Block]) -> str:
    return f"```text\n{filed(*blocks)}\n```" if blocks else ""
