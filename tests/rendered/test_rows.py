"""The rows that are run and rendered: they are of today's questions, hold every choice, and are what Copier writes."""

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

from fwnew.project import render
from fwnew.questions.questions import resolve
from tests.harness.variants import plan
from tests.harness.variants.model import Variant
from tests.kit.templates import AWKWARD, Templates


def test_the_plan_is_of_todays_questions(templates: Templates) -> None:
    planned = json.loads(plan.FILE.read_text("utf-8"))["digest"]
    assert planned == plan.digest(templates.questions), "run `python -m tests.harness.variants.plan`, and commit it"


def test_the_planned_rows_hold_every_choice_that_they_must(templates: Templates) -> None:
    """Every choice of the crossed questions is run with every choice of the kinds, every other choice in each
    framework; every pair of all choices is rendered."""
    run, rendered = ([levelled(templates, row) for row in rows] for rows in plan.read())
    factors = templates.variants.factors
    kinds = {place for place, factor in enumerate(factors) if factor.question in plan.KINDS}
    crossed = {place for place, factor in enumerate(factors) if factor.question in plan.CROSSED}
    framework = next(place for place, factor in enumerate(factors) if factor.question == "framework")
    uncovered = 0
    for (i, x), (j, y) in itertools.combinations(enumerate(factors), 2):
        named = framework in (i, j)
        crosses = (i in kinds and j in crossed) or (j in kinds and i in crossed)
        for pair in ({(i, a), (j, b)} for a in x.levels for b in y.levels):
            if not templates.variants.feasible(dict(pair)):
                uncovered += 1
                continue
            must_run = named or (crosses and False not in dict(pair).values())
            assert any(pair <= row for row in rendered), pair
            assert not must_run or any(pair <= row for row in run), pair
    assert uncovered


def levelled(templates: Templates, variant: Variant) -> set[tuple[int, Any]]:
    """The level of each factor that a variant has."""
    found = set()
    for place, factor in enumerate(templates.variants.factors):
        answer = variant.answers.get(factor.question)
        held = answer if factor.choice is None or answer is None else factor.choice in answer
        found.add((place, held))
    return found


def test_each_framework_task_start_and_loop_has_one_row_that_runs_everything(templates: Templates) -> None:
    run, _ = plan.read()
    everything = plan.full(run)
    chosen = [kind(row) for row in run if row.id in everything]
    assert sorted(chosen) == sorted({kind(row) for row in templates.every()})


def kind(row: Variant) -> tuple[str, ...]:
    return tuple(str(row.answers.get(name)) for name in plan.KINDS)


def test_copier_writes_what_is_checked_here(templates: Templates, tmp_path: Path) -> None:
    template = tmp_path / "template"  # a plain folder, without the repository's versions
    shutil.copytree(templates.root / "templates", template / "templates")
    shutil.copy(templates.root / "copier.yml", template)
    for variant in plan.read()[0][:4]:
        answers = resolve(templates.questions, {**variant.answers, **AWKWARD})
        folder = tmp_path / variant.id
        render.run_copier(str(template), None, answers, folder)
        written = {path: (folder / path).read_text("utf-8") for path in render.tree(folder)}
        assert written == templates.render(variant, str(template), **AWKWARD)
