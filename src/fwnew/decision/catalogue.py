"""The catalogue: six files that come with fwnew, read and checked."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from fwnew.decision.model import (
    PYTORCH,
    TENSORFLOW,
    Catalogue,
    Condition,
    Criterion,
    CriterionChoice,
    Evidence,
    Note,
    Part,
    Preset,
    Route,
    Rule,
    Start,
)
from fwnew.errors import FwnewError

FILES = ("questions", "rules", "evidence", "lifecycle", "tasks", "presets")
GRADES = ("A", "B", "J", "U")
MADE = ("run", "written", "no")
STATUSES = ("active", "beta", "maintenance", "stagnant", "deprecated", "unmaintained")


@cache
def load() -> Catalogue:
    """The catalogue that comes with fwnew."""
    folder = files("fwnew.decision") / "facts"
    return build({name: tomllib.loads((folder / f"{name}.toml").read_text("utf-8")) for name in FILES})


def build(texts: Mapping[str, Any]) -> Catalogue:
    """A catalogue from its six files.

    Raises FwnewError when one names what there is not, lacks a field, or has a value out of range.
    """
    try:
        evidence = {id_: Evidence(id=id_, **fields) for id_, fields in texts["evidence"].items()}
        known = {id_ for id_, fact in evidence.items() if fact.bears()}
        criteria = {name: _criterion(name, fields, known) for name, fields in texts["questions"].items()}
        lifecycle = texts["lifecycle"]
        catalogue = Catalogue(
            criteria=criteria,
            constraints=texts["rules"]["constraints"],
            pythons=tuple(texts["rules"]["pythons"]["values"]),
            rules=tuple(Rule(**_conditional(fields)) for fields in texts["rules"]["rule"]),
            notes=tuple(Note(**_conditional(fields)) for fields in texts["rules"]["note"]),
            evidence=evidence,
            parts={id_: Part(id=id_, **_tuples(fields)) for id_, fields in lifecycle["parts"].items()},
            routes=tuple(Route(**_tuples(fields)) for fields in lifecycle["route"]),
            starts=tuple(_starts(texts["tasks"])),
            presets={name: Preset(name, **fields) for name, fields in texts["presets"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FwnewError(f"the catalogue cannot be read: {error}", "install fwnew again") from error
    if wrong := list(problems(catalogue)):
        raise FwnewError(f"the catalogue contradicts itself: {wrong[0]}", "install fwnew again")
    return catalogue


def problems(catalogue: Catalogue) -> Iterable[str]:
    """What is wrong with a catalogue, one sentence each."""
    named = [("rule " + rule.id, rule.evidence) for rule in catalogue.rules]
    named += [("part " + part.id, part.evidence) for part in catalogue.parts.values()]
    named += [(f"the note '{note.says}'", note.evidence) for note in catalogue.notes]
    for criterion in catalogue.criteria.values():
        choices = criterion.choices.values()
        renamed = {name for names in criterion.renamed.values() for name in names}
        named.append((criterion.name, criterion.context))
        named += [(f"{criterion.name}={choice.name}", choice.evidence) for choice in choices]
        for choice in choices:
            if choice.score and not choice.because:
                yield f"{criterion.name}={choice.name} scores and does not say why"
        if criterion.default not in criterion.choices:
            yield f"{criterion.name} has the default {criterion.default}, which does not exist"
        if criterion.renamed.keys() & criterion.choices.keys() or not renamed <= criterion.choices.keys():
            yield f"{criterion.name} renames an answer that exists, or renames one to what does not"
        for choice in choices:
            if choice.score not in range(-2, 3):
                yield f"{criterion.name}={choice.name} has the score {choice.score}"
            if choice.score and not choice.evidence:
                yield f"{criterion.name}={choice.name} scores without evidence"
        signs = {choice.score > 0 for choice in choices if choice.score}
        if len(signs) < 2 and not criterion.one_sided:
            yield f"{criterion.name} leans one way over all its answers and does not say why"
    for place, ids in named:
        for id_ in ids:
            if id_ not in catalogue.evidence:
                yield f"{place} names the evidence {id_}, which does not exist"
    for fact in catalogue.evidence.values():
        if fact.grade not in GRADES or (fact.grade in ("A", "B") and not fact.url):
            yield f"the evidence {fact.id} has no grade or no address"
    for part in catalogue.parts.values():
        if part.status not in STATUSES:
            yield f"the part {part.id} has the status {part.status}"
    for start in catalogue.starts:
        if start.framework not in (PYTORCH, TENSORFLOW) or set(start.parts) - catalogue.parts.keys():
            yield f"the start {start.start} of {start.task} names what there is not"
    conditions: list[tuple[str, Condition]] = [(f"the rule {rule.id}", rule) for rule in catalogue.rules]
    conditions += [("a note", note) for note in catalogue.notes]
    for place, condition in conditions:
        if any(choice not in catalogue.criteria[name].choices for name, choice in condition.answers):
            yield f"{place} names an answer that does not exist"
        if set(condition.constraints) - catalogue.constraints.keys():
            yield f"{place} names a constraint that does not exist"
        if condition.python and condition.python not in catalogue.pythons:
            yield f"{place} names a Python that is not listed"
    targets = catalogue.criteria["deployment"]
    for route in catalogue.routes:
        if route.target not in targets.choices or set(route.parts) - catalogue.parts.keys():
            yield f"a route to {route.target} names what there is not"
        if route.made not in MADE:
            yield f"a route to {route.target} is made '{route.made}'"
    for target in targets.choices.keys() - {targets.default} - {route.target for route in catalogue.routes}:
        yield f"the target {target} has no route"


def _criterion(name: str, fields: dict[str, Any], known: set[str]) -> Criterion:
    choices = {}
    for choice, entry in fields["choices"].items():
        evidence = tuple(entry.get("evidence", ()))
        score = entry["score"] if not evidence or known & set(evidence) else 0  # unverified or old: counts for nothing
        choices[choice] = CriterionChoice(choice, **{**entry, "score": score, "evidence": evidence})
    renamed = {old: tuple(new) for old, new in fields.get("renamed", {}).items()}
    return Criterion(name, **{**_tuples(fields), "choices": choices, "renamed": renamed})


def _starts(tasks: Mapping[str, Any]) -> Iterator[Start]:
    """The starts of all tasks: in the file, the parts stand below the task, the start and the framework."""
    for task, starts in tasks.items():
        for start, frameworks in starts.items():
            for framework, parts in frameworks.items():
                yield Start(task, start, framework, tuple(parts))


def _conditional(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a rule or a note, whose `answers` are written as `question=choice`."""
    return {**_tuples(fields), "answers": tuple(tuple(answer.split("=")) for answer in fields.get("answers", ()))}


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
