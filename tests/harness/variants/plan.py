"""Which variants become real projects, and which are rendered: computed once, committed as rows.json.

`python -m tests.harness.variants.plan` computes them anew. It is needed when the questions change, and a test says so.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from fwnew.questions.question import MISSING
from fwnew.questions.questions import Questions, load
from tests.harness.variants import model
from tests.harness.variants.model import Levels, Variant, Variants
from tests.kit import ROOT

FILE = Path(__file__).with_name("rows.json")
KINDS = ("framework", "task", "start", "loop")
"""Each combination of their choices is run."""

CROSSED = ("exports", "serving")
"""Each choice of theirs is run with each choice of the kinds; of all other questions once in each framework."""

Level = tuple[int, object]
"""A level of a factor, after the factor's place."""

Wanted = set[tuple[Level, Level]]
"""Pairs that no row has yet."""


def digest(questions: Questions) -> str:
    """Another one when what can be answered is another; the words of the questions do not matter."""
    fields = [
        (q.name, q.kind, q.multiselect, q.when, q.validator, q.choices, None if q.default is MISSING else q.default)
        for q in questions.items
    ]
    return hashlib.sha256(repr(fields).encode()).hexdigest()[:16]


def read() -> tuple[list[Variant], list[Variant]]:
    """The variants that are run, and those that are rendered beside them."""
    content = json.loads(FILE.read_text("utf-8"))
    run, rendered = ([Variant(row["answers"]) for row in content[name]] for name in ("run", "rendered"))
    return run, rendered


def full(rows: Sequence[Variant]) -> set[str]:
    """The ids of the rows that run everything, one for each framework, task, start and loop."""
    first: dict[tuple[object, ...], str] = {}
    for row in rows:
        first.setdefault(tuple(row.answers.get(name) for name in KINDS), row.id)
    return set(first.values())


def compute(questions: Questions) -> str:
    """The plan for these questions, as JSON."""
    variants = model.read(questions)
    rows = {"run": run(variants), "rendered": variants.cover(2)}
    found = {name: [variants.variant(levels) for levels in levelled] for name, levelled in rows.items()}
    lists = {
        name: ",\n".join(json.dumps({"id": row.id, "answers": row.answers}) for row in found[name]) for name in found
    }
    parts = [f'"digest": "{digest(questions)}"', *(f'"{name}": [\n{rows}\n]' for name, rows in lists.items())]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def run(variants: Variants) -> list[Levels]:
    """Rows with every combination of the kinds, and with every pair that CROSSED says."""
    kinds = {factor.question: place for place, factor in enumerate(variants.factors) if factor.question in KINDS}
    others = {place: factor for place, factor in enumerate(variants.factors) if factor.question not in KINDS}
    wanted: Wanted = {
        ((kind, one), (place, level))
        for question, kind in kinds.items()
        for one in variants.factors[kind].levels
        for place, factor in others.items()
        if question == "framework" or factor.question in CROSSED
        for level in factor.levels
        if question == "framework" or level is not False  # that something is missing is nothing to cross
        if variants.feasible({kind: one, place: level})
    }
    used: Counter[Level] = Counter()
    order = [*kinds.values(), *others]
    combinations = (
        dict(zip(kinds.values(), levels, strict=True))
        for levels in product(*(variants.factors[kind].levels for kind in kinds.values()))
    )
    rows = [fill(variants, each, order, wanted, used) for each in combinations if variants.feasible(each)]
    while wanted:
        rows.append(fill(variants, dict(min(wanted, key=repr)), order, wanted, used))
    return rows


def fill(variants: Variants, given: Levels, order: Sequence[int], wanted: Wanted, used: Counter[Level]) -> Levels:
    """A whole row with the given levels, whose others are those that are wanted most, or were used least."""
    for place in order:
        if place not in given:
            levels = [(place, level) for level in variants.factors[place].levels]
            missing = {level: sum((pair, level) in wanted for pair in given.items()) for level in levels}
            ranked = sorted(levels, key=lambda level: (-missing[level], level[1] is False, used[level]))
            given = next(row for place, level in ranked if variants.feasible(row := {**given, place: level}))
    used.update(given.items())
    wanted -= set(product(given.items(), given.items()))
    return {place: given[place] for place in sorted(given)}


if __name__ == "__main__":
    FILE.write_text(compute(load(ROOT, "demo")), "utf-8")
