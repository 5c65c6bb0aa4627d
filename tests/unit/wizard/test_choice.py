"""The questions that decide, and the recommendation that they lead to."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fwnew.decision.answers import parse
from fwnew.decision.brief import brief
from fwnew.decision.catalogue import load as known
from fwnew.decision.decide import decide
from fwnew.terminal.blocks import plain
from fwnew.wizard.ask_decision import names
from tests.kit.commands import Fwnew
from tests.kit.project_files import front
from tests.kit.terminal import ENTER, ESC, Start
from tests.kit.wizard import (
    CONSTRAINTS,
    DECISION,
    DONE,
    FRAMEWORK,
    GOAL,
    PHONES,
    PRESETS,
    PYTHON,
    REVIEW,
    START,
    TEAM,
    WEIGHTS,
    WHERE,
    accept,
    guided,
    project,
    replayed,
)


def test_guided_says_how_many_questions_it_asks_and_asks_as_many(start: Start) -> None:
    at = start("new", "demo").asks(START)
    at.shows(f"Guided: {len(DECISION)} questions decide")
    at.press(ENTER)
    assert accept(at, *DECISION).asks(FRAMEWORK)
    assert PYTHON not in at.printed
    assert WEIGHTS not in at.printed


def test_python_is_asked_where_a_rule_may_need_it_and_on_the_way_back(start: Start) -> None:
    at = guided(start("new", "demo")).choose(PYTHON, "3.14")
    at.asks(FRAMEWORK).press(ESC)
    at.asks(PYTHON).until(lambda: "3.14" in at.pointed, "the answer that was given").press(ESC)
    at.tick(CONSTRAINTS, "no beta")  # not ticked any more: the question for Python goes
    at.asks(FRAMEWORK).press(ESC)
    at.asks(CONSTRAINTS).press(ESC)
    at.asks(DECISION[-2]).press(ESC)
    at.asks(DECISION[-3])


def test_every_rule_that_names_a_python_has_answers_that_ask_for_it() -> None:
    today, catalogue = date.today(), known()
    for rule in catalogue.rules:
        if rule.python and not (rule.expires and rule.expires <= today):
            given = {"constraints": list(rule.constraints), **dict(rule.answers)}
            assert "python" in names(catalogue, given, today), rule.id
    assert "weights" not in names(catalogue, {}, today)


def test_a_gauge_moves_with_the_answers(start: Start) -> None:
    at = start("new", "demo").choose(START, "Guided")
    middle, right, left = (re.compile(f"TensorFlow {line} PyTorch") for line in ("─+■─+", "─+┼─*■─*", "─*■─*┼─+"))
    at.asks(GOAL).until(lambda: middle.search(at.prompt) is not None, "the mark in the middle")
    at.choose(GOAL, "Research").asks(TEAM).until(lambda: right.search(at.prompt) is not None, "the mark at the right")
    at.choose(TEAM, "Keras").asks(DECISION[2])
    at.until(lambda: middle.search(at.prompt) is not None, "the mark in the middle")
    at.press(ENTER).tick(WHERE, PHONES.label).asks(DECISION[4])
    at.until(lambda: left.search(at.prompt) is not None, "the mark at the left")
    assert "score" not in at.printed


def test_the_recommendation_with_its_reasons_is_whole_on_the_screen(start: Start) -> None:
    at = guided(start("new", "demo")).choose(PYTHON).asks(FRAMEWORK)
    at.shows("Say what matters more")
    assert "Recommended: TensorFlow" in at.screen
    assert "The team knows Keras" in at.screen
    at.press("?").until(lambda: "The evidence: fwnew decide --explain" in at.screen, "where the evidence is")
    assert "would change it" in at.printed
    assert "from -1 for TensorFlow to +1 for PyTorch" in " ".join(at.printed.split())


SCREENS = {
    **{name: dict(preset.answers) for name, preset in known().presets.items()},
    **{
        f"to {target}": {"team": "keras", "goal": "production", "maintenance": "company", "deployment": [target]}
        for target in known().criteria["deployment"].choices
    },
    "hugging_face": {"pretrained": "hugging_face"},
}


@pytest.mark.parametrize("answers", SCREENS.values(), ids=SCREENS)
def test_every_recommendation_fits_on_a_screen_with_its_question(answers: dict[str, Any]) -> None:
    decision = decide(known(), parse(known(), answers), date.today())
    shown = plain(*brief(known(), decision)).splitlines()
    frame = 2 + 2  # above and below what is recommended, and an empty line on either side
    question = 8  # its title, three choices, what the last one says of itself, the keys, and lines between them
    assert len(shown) + frame + question <= 24


def test_the_longest_recommendation_is_whole_and_more_is_a_key_away(start: Start) -> None:
    given = {"TEAM": "keras", "GOAL": "production", "MAINTENANCE": "company", "DEPLOYMENT": "tf_estate"}
    at = start("new", "demo", **{f"FWNEW_DECIDE_{name}": answer for name, answer in given.items()})
    accept(at, START, *DECISION, PYTHON).asks(FRAMEWORK)
    at.point("Say what matters more").until(lambda: "then see what" in at.prompt, "its help")
    at.shows("Recommended: TensorFlow, the only one possible")
    at.shows("PyTorch is excluded: TFX pipelines and SavedModels")
    assert "how the model gets to each target" not in at.printed
    at.press("?").until(lambda: "The evidence: fwnew decide --explain" in at.screen, "where the evidence is")
    assert "how the model gets to each target" in at.printed


def test_what_matters_more_is_said_and_undone_at_the_framework(start: Start, work: Path) -> None:
    at = start("new", "demo").choose(START, PRESETS["learning"]).asks(FRAMEWORK)
    at.until(lambda: "Say what matters more" in at.prompt, "all of it")
    before = at.prompt
    at.choose(FRAMEWORK, "Say what matters more").choose(WEIGHTS, "goal")
    at.asks("How much does goal matter").until(lambda: "decisive" in at.pointed, "its weight").press(ESC)
    at.asks(WEIGHTS).press(ESC)
    at.until(lambda: at.prompt == before, "the question for the framework")
    at.choose(FRAMEWORK, "Say what matters more").choose(WEIGHTS, "goal")
    at.choose("How much does goal matter", "normal").choose(WEIGHTS, DONE)
    at.until(lambda: FRAMEWORK in at.prompt and at.prompt != before, "another recommendation").press(ENTER)
    assert project(at).choose(REVIEW, "Create").ends() == 0, at.printed
    assert set(front(work / "demo")["answers"]["weights"].values()) == {1}


def test_a_question_mark_shows_what_answers_score_on_one_screen(start: Start) -> None:
    at = start("decide").asks(GOAL).press("?").shows("The evidence: fwnew catalogue goal")
    assert re.search(r"research\s+\+2", at.screen)
    at.asks(GOAL)


def test_decide_asks_the_same_and_prints_the_command_that_answers(start: Start, fwnew: Fwnew) -> None:
    at = start("decide").choose(GOAL).choose(TEAM, "Keras")
    for title in DECISION[2:]:
        at.tick(title, PHONES.label) if title.startswith(WHERE) else accept(at, title)
    assert at.ends() == 0, at.printed
    again = fwnew(*replayed(at.printed), "--json").json
    assert (again["answers"]["team"], again["answers"]["deployment"]) == ("keras", PHONES.name)
