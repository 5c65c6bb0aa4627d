"""The model of variants says what the questions say, and nothing of its own."""

import itertools
import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fwnew.errors import UsageError
from fwnew.questions import questions
from fwnew.questions.question import Question
from fwnew.questions.questions import Questions
from tests.harness.variants import model as variants
from tests.harness.variants import synthetic
from tests.harness.variants.model import ABSENT, Levels, Variants
from tests.kit import ROOT

MAX = 3_000
CONDITIONAL = """
    size:
      type: str
      choices: [small, large]
    derived:
      type: str
      when: false
      default: "{{ 'big' if size == 'large' else 'little' }}"
    title:
      type: str
      default: "{{ derived }} thing"
    fast:
      type: bool
      default: false
      when: "{{ title == 'big thing' }}"
    colour:
      type: str
      choices: "{{ '[red, green]' if size == 'small' else '[green, blue]' }}"
      validator: "{% if fast and colour == 'blue' %}too fast for blue{% endif %}"
    parts:
      type: str
      multiselect: true
      choices: [wheel, sail, wing]
      when: "{{ colour != 'red' }}"
      validator: "{% if parts | length != 2 %}choose two{% endif %}"
    level:
      type: int
      choices: [1, 2, 3]
"""


STRENGTHS = [("conditional", 1), ("conditional", 2), ("conditional", 3), ("fwnew", 1), ("fwnew", 2)]


@pytest.fixture(params=["conditional", "fwnew"])
def asked(request: pytest.FixtureRequest, build_file_tree: Callable[..., Path], tmp_path: Path) -> Questions:
    """Questions that depend on each other in every way, and those of the real templates."""
    if request.param == "fwnew":
        return questions.load(ROOT, "demo")
    return questions.load(build_file_tree(tmp_path, {"copier.yml": CONDITIONAL}), "demo")


def accepted(asked: Questions, levels: Levels, model: Variants) -> bool:
    """Whether the questions take the answers that these levels stand for, all of them and no others."""
    absent = {(factor.question, levels[place] is ABSENT) for place, factor in enumerate(model.factors)}
    if len(absent) > len({question for question, _ in absent}):
        return False  # one choice of a question that is asked, another of the same that is not
    answers = model.variant(levels).answers
    factors = {factor.question for factor in model.factors}
    try:
        taken = questions.resolve(asked, answers).values
    except UsageError:
        return False
    return {name: value for name, value in taken.items() if name in factors} == answers


def combinations(model: Variants) -> Iterator[Levels]:
    """Every combination of levels, valid or not; of too many, as many at random."""
    factors = [factor.levels for factor in model.factors]
    draw = random.Random(0)
    few = math.prod(map(len, factors)) <= MAX
    for levels in itertools.product(*factors) if few else (map(draw.choice, factors) for _ in range(MAX)):
        yield dict(enumerate(levels))


def test_the_variants_are_exactly_the_answers_that_the_questions_take(asked: Questions) -> None:
    model = variants.read(asked)
    verdicts = set()
    for levels in combinations(model):
        verdicts.add(model.feasible(levels))
        assert model.feasible(levels) == accepted(asked, levels, model), levels
    assert verdicts == {True, False}


@pytest.mark.parametrize(("asked", "strength"), STRENGTHS, indirect=["asked"])
def test_a_covering_holds_every_feasible_combination_and_nothing_invalid(asked: Questions, strength: int) -> None:
    model = variants.read(asked)
    rows = model.cover(strength)
    assert all(model.feasible(levels) for levels in rows)
    covered = {frozenset(some) for levels in rows for some in itertools.combinations(levels.items(), strength)}
    for places in itertools.combinations(range(len(model.factors)), strength):
        for levels in itertools.product(*(model.factors[place].levels for place in places)):
            given = dict(zip(places, levels, strict=True))
            assert (frozenset(given.items()) in covered) == model.feasible(given)
    assert len(rows) < sum(1 for _ in itertools.islice(model.every(), len(rows) + 1))


@pytest.mark.parametrize("asked", ["conditional"], indirect=True)
def test_a_combination_is_feasible_if_some_variant_has_it(asked: Questions) -> None:
    model = variants.read(asked)
    every = [set(levels.items()) for levels in model.every()]
    for (i, x), (j, y) in itertools.combinations(enumerate(model.factors), 2):
        for a, b in itertools.product(x.levels, y.levels):
            assert model.feasible({i: a, j: b}) == any({(i, a), (j, b)} <= levels for levels in every)


def test_text_is_no_factor_and_a_derived_value_neither(asked: Questions) -> None:
    hidden = {question.name for question in asked.items if question.hidden}
    names = {factor.question for factor in variants.read(asked).factors}
    assert not names & (hidden | {"title", "project_name", "package", "description", "author"})


def test_a_question_that_is_not_asked_has_no_answer(build_file_tree: Callable[..., Path], tmp_path: Path) -> None:
    text = "server:\n  type: bool\nport:\n  type: int\n  choices: [80, 81]\n  when: '{{ server }}'\n"
    model = variants.read(questions.load(build_file_tree(tmp_path, {"copier.yml": text}), "demo"))
    assert model.factors[1].levels == (80, 81, ABSENT)
    answers = [dict(model.variant(levels).answers) for levels in model.every()]
    assert answers == [{"server": False}, {"server": True, "port": 80}, {"server": True, "port": 81}]


def test_a_sample_is_the_same_every_time_and_hardly_repeats_itself(
    build_file_tree: Callable[..., Path], tmp_path: Path
) -> None:
    text = "".join(f"q{i}:\n  type: str\n  choices: [a, b, c]\n" for i in range(7))
    model = variants.read(questions.load(build_file_tree(tmp_path, {"copier.yml": text}), "demo"))
    assert model.sample(500) == model.sample(500)
    assert len({tuple(levels.items()) for levels in model.sample(500)}) > 400


def test_a_variant_has_the_same_id_in_every_model(asked: Questions) -> None:
    model = variants.read(asked)
    many = {tuple(levels.items()): model.variant(levels).id for levels in (*model.cover(2), *model.sample(500))}
    assert len(set(many.values())) == len(many)
    assert variants.Variant({"b": 1, "a": [2]}).id == variants.Variant({"a": [2], "b": 1}).id


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Questions:
    folder = tmp_path_factory.mktemp("large")
    (folder / "copier.yml").write_text(synthetic.copier_yml(), "utf-8")
    return questions.load(folder, "demo")


def test_sixty_factors_are_read_without_trying_what_does_not_matter(
    large: Questions, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered = []
    render = Question._render

    def counted(self: Question, *texts: Any, **extra: Any) -> Any:
        rendered.append(self.name)
        return render(self, *texts, **extra)

    monkeypatch.setattr(Question, "_render", counted)
    model = variants.read(large)
    assert (len(model.factors), len(synthetic.TASKS)) == (60, 7)
    assert len(rendered) < 100_000  # the subsets of 13 exports, 8,192, are tried once; those of other questions never


def test_of_sixty_factors_the_model_says_what_the_questions_say(large: Questions) -> None:
    model = variants.read(large)
    drawn = model.sample(100, seed=1)
    assert all(accepted(large, levels, model) for levels in drawn)
    draw = random.Random(0)
    verdicts = []
    for levels in drawn:
        place = draw.randrange(len(model.factors))
        other = {**levels, place: draw.choice(model.factors[place].levels)}
        verdicts.append(model.feasible(other))
        assert verdicts[-1] == accepted(large, other, model)
    assert set(verdicts) == {True, False}
