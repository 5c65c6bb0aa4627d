"""Which variants become real projects, and which are rendered: computed once, committed as rows.json.

`python -m tests.harness.variants.plan` computes them anew. It is needed when the questions change, and a test says so.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from fwnew.questions.question import MISSING
from fwnew.questions.questions import Questions, load
from tests.harness.variants import model
from tests.harness.variants.model import Levels, Variant, Variants
from tests.kit import ROOT

FILE = Path(__file__).with_name("rows.json")
CROSSED = ("framework", "task", "start", "loop", "exports", "serving")
"""Every pair of their choices is run. Of all other questions each choice is run once in each framework."""

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
        first.setdefault(tuple(row.answers.get(name) for name in ("framework", "task", "start", "loop")), row.id)
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
    """Rows with every pair of the crossed questions' choices, and with each other choice once in each framework."""
    framework = next(place for place, factor in enumerate(variants.factors) if factor.question == "framework")
    crossed = [place for place, factor in enumerate(variants.factors) if factor.question in CROSSED]
    wanted: Wanted = {
        ((framework, one), (place, level))
        for one in variants.factors[framework].levels
        for place in set(range(len(variants.factors))) - set(crossed)
        for level in variants.factors[place].levels
        if variants.feasible({framework: one, place: level})
    }
    used: Counter[Level] = Counter()
    rows = [fill(variants, given, framework, wanted, used) for given in _cover(variants, crossed)]
    while wanted:
        rows.append(fill(variants, dict(min(wanted, key=repr)), framework, wanted, used))
    return rows


def fill(variants: Variants, given: Levels, framework: int, wanted: Wanted, used: Counter[Level]) -> Levels:
    """A whole row with the given levels, whose others are those that are wanted, or were used least."""
    for place, factor in enumerate(variants.factors):
        if place not in given:
            here = [((framework, given.get(framework)), (place, level)) for level in factor.levels]
            ranked = sorted(here, key=lambda pair: (pair not in wanted, used[pair[1]]))
            rows = ({**given, place: level} for _, (_, level) in ranked)
            given = next(row for row in rows if variants.feasible(row))
    used.update(given.items())
    wanted -= {((framework, given[framework]), level) for level in given.items()}
    return {place: given[place] for place in sorted(given)}


def _cover(variants: Variants, places: Sequence[int]) -> Iterator[Levels]:
    """Rows of some factors alone, with every pair of their levels."""
    alone = {place: index for index, place in enumerate(places)}
    clauses = [{alone[p]: level for p, level in c.items()} for c in variants.clauses if c.keys() <= alone.keys()]
    for row in Variants(tuple(variants.factors[place] for place in places), tuple(clauses)).cover(2):
        yield {places[index]: level for index, level in row.items()}


if __name__ == "__main__":
    FILE.write_text(compute(load(ROOT, "demo")), "utf-8")
