"""What a decision suggests for a project, taken by fwnew's own templates."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwnew.decision import answers, catalogue
from fwnew.decision.decide import decide
from fwnew.decision.model import PYTORCH, TENSORFLOW, Decision
from fwnew.decision.suggest import follows, suggestions
from fwnew.project.plan import left_out
from fwnew.questions.questions import load, resolve
from tests.kit import ROOT
from tests.unit.decision.test_decide import TODAY

KNOWN = catalogue.load()
QUESTIONS = load(ROOT, "demo")
TARGETS = [name for name in KNOWN.criteria["deployment"].choices if name != "undecided"]
TASKS = list(resolve(QUESTIONS, {"project_name": "demo"}).context["traits"])
IMAGES, TEXTS = "image-classification", "text-classification"


def decided(**given: Any) -> Decision:
    return decide(KNOWN, answers.parse(KNOWN, given), TODAY)


def taken(decision: Decision, suggested: str = "", **given: Any) -> dict[str, Any]:
    """The answers of a project to which this is suggested for a framework, with these given."""
    found = suggestions(KNOWN, decision, suggested)
    return dict(resolve(QUESTIONS, {"project_name": "demo", **given}, found).values)


@pytest.mark.parametrize("framework", [PYTORCH, TENSORFLOW])
@pytest.mark.parametrize("target", TARGETS)
def test_the_templates_take_whatever_a_target_suggests(target: str, framework: str) -> None:
    found = suggestions(KNOWN, decided(deployment=target), framework)
    answered = taken(decided(deployment=target), framework)
    assert {name: answered[name] for name in found} == found


@pytest.mark.parametrize(("framework", "servers"), [(PYTORCH, ["embedded"]), (TENSORFLOW, ["tf_serving"])])
def test_whoever_decides_for_a_server_gets_one(framework: str, servers: list[str]) -> None:
    assert taken(decided(deployment="server"), framework)["serving"] == servers


@pytest.mark.parametrize(
    ("pretrained", "task", "start"),
    [
        ("hugging_face", TEXTS, "pretrained"),
        ("vision", IMAGES, "pretrained"),
        ("keras_hub", IMAGES, "pretrained"),
        ("hugging_face_as_is", IMAGES, "scratch"),
        ("none", IMAGES, "scratch"),
    ],
)
def test_pretrained_models_lead_to_a_task_and_to_where_it_starts(pretrained: str, task: str, start: str) -> None:
    answered = taken(decided(pretrained=pretrained))
    assert (answered["task"], answered["start"]) == (task, start)


def test_a_task_that_is_given_wins_and_where_to_start_still_follows() -> None:
    answered = taken(decided(pretrained="hugging_face"), task=IMAGES)
    assert (answered["task"], answered["start"]) == (IMAGES, "pretrained")


@given(
    st.fixed_dictionaries(
        {
            **{
                name: st.sampled_from(list(criterion.choices))
                for name, criterion in KNOWN.criteria.items()
                if not criterion.several
            },
            "deployment": st.lists(st.sampled_from(TARGETS), unique=True),
            "constraints": st.lists(st.sampled_from(list(KNOWN.constraints)), unique=True),
        }
    ),
    st.sampled_from(["", PYTORCH, TENSORFLOW]),
    st.sampled_from([PYTORCH, TENSORFLOW, None]),
    st.sampled_from([*TASKS, None]),
)
def test_whatever_is_decided_the_project_is_one_that_the_templates_allow(
    chosen: dict[str, Any], suggested: str, framework: str | None, task: str | None
) -> None:
    """Also where a person overrules the framework, and has another task."""
    own = {name: value for name, value in (("framework", framework), ("task", task)) if value}
    found = suggestions(KNOWN, decided(**chosen), suggested)
    result = resolve(QUESTIONS, {"project_name": "demo", **own}, found)
    assert resolve(QUESTIONS, result.values).values == result.values
    assert {name: result.values[name] for name in own} == own
    said = " ".join(left_out(QUESTIONS, result, found))
    for name, value in found.items():
        for each in value if isinstance(value, list) else [value]:
            assert name in own or each in result.values[name] or f"{name}={each}, which" in said


def test_a_sentence_names_what_follows_but_the_framework() -> None:
    said = follows(KNOWN, decided(pretrained="hugging_face", deployment=["server", "local"]))
    assert said == "It suggests for a project: exports=onnx, task=text-classification, start=pretrained."
    assert follows(KNOWN, decided(goal="research")) == ""
