"""The catalogue that comes with fwnew is whole, and one that is not is refused by name."""

import copy
import datetime
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import fwnew
from fwnew.decision import catalogue
from fwnew.errors import FwnewError
from tests.kit import ROOT

REAL = datetime.date  # the other tests have a day of their own
FOLDER = Path(fwnew.__file__).parent / "decision" / "facts"


@pytest.fixture
def texts() -> dict[str, Any]:
    return {name: tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8")) for name in catalogue.FILES}


def test_the_catalogue_contradicts_itself_nowhere() -> None:
    assert list(catalogue.problems(catalogue.load())) == []


def test_every_fact_has_a_date_that_is_not_in_the_future_and_is_used() -> None:
    known = catalogue.load()
    assert all(fact.checked <= REAL.today() for fact in known.evidence.values())
    used = {
        id_ for criterion in known.criteria.values() for choice in criterion.choices.values() for id_ in choice.evidence
    }
    used |= {id_ for criterion in known.criteria.values() for id_ in criterion.context}
    used |= {id_ for rule in (*known.rules, *known.notes) for id_ in rule.evidence}
    used |= {id_ for part in known.parts.values() for id_ in part.evidence}
    assert used == set(known.evidence)


def test_no_score_rests_on_old_figures_or_on_nothing_that_can_be_verified() -> None:
    known = catalogue.load()
    for criterion in known.criteria.values():
        for choice in criterion.choices.values():
            assert not choice.score or any(known.evidence[id_].bears() for id_ in choice.evidence)
    assert not known.evidence["he-conferences"].bears()
    assert known.evidence["he-conferences"].stale(known.evidence["he-conferences"].checked)


def test_the_usual_advice_is_answered_from_the_catalogue_alone() -> None:
    page = (ROOT / "docs" / "claims.md").read_text("utf-8")
    links = re.findall(r"\]\((https://[^)]+)\)", page)
    assert len(links) > 40
    assert {link for link in links if link not in {fact.url for fact in catalogue.load().evidence.values()}} == set()


CHECKED = {
    ("pytorch", "onnx", "ONNX Runtime"),
    ("tensorflow", "onnx", "ONNX Runtime"),
    ("tensorflow", "saved_model", "TensorFlow"),
    ("tensorflow", "tflite", "LiteRT (ai-edge-litert)"),
}
"""What the end-to-end tests load in the runtime itself, by `verify`."""


def test_a_route_is_said_to_be_run_only_where_a_test_runs_its_runtime() -> None:
    known = catalogue.load()
    run = {(route.framework, route.export, route.runtime) for route in known.routes if route.made == "run"}
    assert run <= CHECKED
    assert not {route.target for route in known.routes if route.made == "run"} & {"browser", "microcontroller"}


def test_every_part_is_on_some_route_or_is_named_as_what_not_to_take() -> None:
    known = catalogue.load()
    on_routes = {part for route in known.routes for part in route.parts}
    assert all(part.instead or part.status == "active" for id_, part in known.parts.items() if id_ not in on_routes)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda t: t["questions"]["goal"]["choices"]["research"].update(evidence=["nothing"]), "evidence nothing"),
        (lambda t: t["questions"]["goal"]["choices"]["research"].update(evidence=[]), "scores without evidence"),
        (lambda t: t["questions"]["goal"]["choices"]["research"].update(score=3), "has the score 3"),
        (lambda t: t["questions"]["goal"].update(default="fun"), "has the default fun"),
        (lambda t: t["questions"]["goal"].pop("one_sided"), "leans one way"),
        (lambda t: t["questions"]["team"].pop("title"), "title"),
        (lambda t: t["evidence"]["tfx"].pop("checked"), "checked"),
        (lambda t: t["evidence"]["tfx"].update(grade="C"), "tfx has no grade"),
        (lambda t: t["evidence"]["tfx"].pop("url"), "no address"),
        (lambda t: t["rules"]["rule"][0].update(answers=["pretrained=bert"]), "H1 names an answer"),
        (lambda t: t["rules"]["rule"][2].update(constraints=["no_fun"]), "H3 names a constraint"),
        (lambda t: t["rules"]["rule"][5].update(python="2.7"), "H7 names a Python"),
        (lambda t: t["lifecycle"]["parts"]["tfx"].update(status="fine"), "tfx has the status fine"),
        (lambda t: t["lifecycle"]["route"][0].update(parts=["glue"]), "a route to server"),
        (lambda t: t["lifecycle"]["route"].pop(), "tf_estate has no route"),
        (lambda t: t["lifecycle"]["route"][0].update(made="perhaps"), "is made 'perhaps'"),
        (lambda t: t["tasks"]["text-classification"]["scratch"].update(jax=["keras"]), "scratch of text"),
        (lambda t: t["tasks"]["text-classification"]["scratch"]["pytorch"].append("glue"), "names what there is not"),
        (lambda t: t["questions"]["goal"].update(context=["nothing"]), "goal names the evidence nothing"),
        (lambda t: t["questions"]["deployment"]["renamed"].update(old=["pager"]), "renames an answer"),
        (lambda t: t["rules"]["note"][0].update(constraints=["gpu"]), "a note names a constraint"),
    ],
)
def test_a_spoilt_catalogue_is_refused(texts: dict[str, Any], spoil: Callable[[Any], Any], says: str) -> None:
    spoil(texts)
    with pytest.raises(FwnewError, match=says):
        catalogue.build(texts)


def test_what_could_not_be_verified_scores_0(texts: dict[str, Any]) -> None:
    spoilt = copy.deepcopy(texts)
    spoilt["evidence"]["fastai"]["grade"] = "U"
    assert catalogue.build(texts).criteria["goal"].choices["learning"].score == 1
    assert catalogue.build(spoilt).criteria["goal"].choices["learning"].score == 0


def test_figures_that_are_old_score_0(texts: dict[str, Any]) -> None:
    texts["evidence"]["fastai"]["measured"] = "2023"
    assert catalogue.build(texts).criteria["goal"].choices["learning"].score == 0
