"""People, each with what they would answer, and what fwnew must tell them."""

import json
import re
from typing import Any

import pytest

from tests.kit.commands import Fwnew

ANY = {"pytorch": {"lean", "clear"}, "tensorflow": {"lean", "clear"}}
PERSONAS = [
    (
        "student with new architectures for a paper",
        "goal=research weights.goal=3 flexibility=dynamic weights.flexibility=3 pretrained=vision "
        "maintenance=research_group",
        {("pytorch", "clear")},
    ),
    ("beginner", "goal=learning weights.goal=3", {("pytorch", "lean"), ("pytorch", "clear")}),
    (
        "Android image classifier by a Keras team",
        "goal=production team=keras weights.team=3 deployment=android weights.deployment=3 pretrained=vision "
        "maintenance=small_team",
        {("tensorflow", "lean"), ("tensorflow", "clear")},
    ),
    (
        "the same by a PyTorch team",
        "goal=production team=pytorch weights.team=3 deployment=android weights.deployment=3 pretrained=vision "
        "maintenance=small_team",
        {("pytorch", "lean")},
    ),
    (
        "inference in a browser only",
        "deployment=browser weights.deployment=3",
        {("pytorch", "lean"), ("pytorch", "clear")},
    ),
    ("training in a browser", "deployment=browser_training", {("tensorflow", "forced")}),
    (
        "microcontroller, neutral team",
        "deployment=microcontroller weights.deployment=3",
        {("tensorflow", "lean"), ("tensorflow", "clear")},
    ),
    (
        "microcontroller without beta parts",
        "deployment=microcontroller weights.deployment=3 constraints=no_beta",
        {("tensorflow", "forced")},
    ),
    ("fine-tunes a language model from the Hub", "pretrained=hugging_face", {("pytorch", "forced")}),
    ("extends TFX pipelines", "deployment=tf_estate", {("tensorflow", "forced")}),
    ("both of these", "pretrained=hugging_face deployment=tf_estate", {("infeasible", "infeasible")}),
    (
        "REST vision service",
        "goal=production weights.goal=2 deployment=server pretrained=vision maintenance=company weights.maintenance=3",
        {("pytorch", "lean"), ("either", "either")},
    ),
    (
        "platform team of a company with Keras skills",
        "goal=production weights.goal=2 team=keras weights.team=2 flexibility=fixed weights.flexibility=2 "
        "deployment=server maintenance=company weights.maintenance=2",
        {("tensorflow", "lean"), ("tensorflow", "clear")},
    ),
    (
        "server, Android and web by a Keras team",
        "team=keras weights.team=3 deployment=server,android,browser weights.deployment=3",
        {("tensorflow", "lean"), ("tensorflow", "clear")},
    ),
    (
        "Keras team in research, Android later",
        "goal=research weights.goal=2 team=keras weights.team=3 flexibility=dynamic deployment=android "
        "weights.deployment=2",
        {("either", "either")},
    ),
    (
        "serves a Hugging Face model as it is",
        "goal=production deployment=server pretrained=hugging_face_as_is",
        {("pytorch", "forced")},
    ),
    (
        "the same, a Keras team",
        "goal=production team=keras weights.team=3 deployment=server pretrained=hugging_face_as_is",
        {("pytorch", "forced")},
    ),
    (
        "browser training without unmaintained parts",
        "deployment=browser_training constraints=no_unmaintained",
        {("infeasible", "infeasible")},
    ),
    (
        "new team, iOS and Android",
        "goal=production deployment=android,ios weights.deployment=3 maintenance=small_team",
        {("either", "either")},
    ),
    ("new team, phones, in the words of older records", "goal=production deployment=mobile", {("either", "either")}),
    (
        "Jetson in production, engineers of systems, a fixed model",
        "goal=production team=systems flexibility=fixed deployment=jetson weights.flexibility=3",
        {("either", "either"), ("pytorch", "lean")},
    ),
    (
        "the same where the Jetson decides",
        "goal=production team=systems flexibility=fixed deployment=jetson weights.deployment=3",
        {("pytorch", "lean")},
    ),
    ("a microcontroller, and nothing else said", "deployment=microcontroller", {("tensorflow", "lean")}),
    ("a Keras team, and nothing else said", "team=keras", {("tensorflow", "lean")}),
    ("TFX on Python 3.14", "deployment=tf_estate python=3.14", {("infeasible", "infeasible")}),
    (
        "TPU, without beta and unmaintained parts",
        "constraints=tpu,no_beta,no_unmaintained",
        {("infeasible", "infeasible")},
    ),
    ("TPU, without beta parts", "constraints=tpu,no_beta", {("tensorflow", "forced")}),
    ("TPU", "goal=research constraints=tpu", {("pytorch", "lean"), ("pytorch", "clear"), ("either", "either")}),
    (
        "time series in a Java shop",
        "goal=production team=systems deployment=cross_framework maintenance=company weights.deployment=2",
        {("either", "either"), ("pytorch", "lean")},
    ),
]


def words(answers: str) -> list[str]:
    return [part for word in answers.split() for part in ("--data", word)]


@pytest.mark.parametrize(("who", "answers", "expected"), PERSONAS, ids=[who for who, _, _ in PERSONAS])
def test_a_persona_is_told_what_it_should_be(
    fwnew: Fwnew, who: str, answers: str, expected: set[tuple[str, str]]
) -> None:
    result = fwnew("decide", *words(answers), "--json")
    assert result.code == 0, result
    assert (result.json["recommendation"], result.json["strength"]) in expected


def route(fwnew: Fwnew, answers: str) -> dict[str, Any]:
    (found,) = fwnew("decide", *words(answers), "--json").json["route"]
    return found


def test_the_ways_to_their_targets_are_todays(fwnew: Fwnew) -> None:
    people = {who: answers for who, answers, _ in PERSONAS}
    assert route(fwnew, people["Android image classifier by a Keras team"])["runtime"].startswith("LiteRT")
    assert route(fwnew, people["the same by a PyTorch team"])["runtime"] == "ExecuTorch"
    assert route(fwnew, people["inference in a browser only"])["runtime"] == "ONNX Runtime Web"
    assert route(fwnew, people["training in a browser"])["status"] == "stagnant"
    result = fwnew("decide", *words(people["REST vision service"]), "--json")
    assert "torchserve" not in json.dumps(result.json["route"]).lower()


def test_who_trains_on_tpus_is_told_of_jax(fwnew: Fwnew) -> None:
    tpu = words({who: answers for who, answers, _ in PERSONAS}["TPU"])
    assert any("JAX" in note["says"] for note in fwnew("decide", *tpu, "--json").json["notes"])
    says = "You train on TPUs: look at JAX first, by itself or below Keras 3."
    assert says in " ".join(fwnew("decide", *tpu).out.split())
    assert says in " ".join(fwnew("decide", *tpu, "--markdown").out.split())
    assert "TPU" not in fwnew("decide", "--data", "goal=research").out


def test_whoever_cannot_have_it_is_told_what_to_relax(fwnew: Fwnew) -> None:
    people = {who: answers for who, answers, _ in PERSONAS}
    out = fwnew("decide", *words(people["browser training without unmaintained parts"])).out
    assert "TensorFlow is excluded: it has no supported route" in " ".join(out.split())
    relax = out.partition("relax one of these:\n")[2].partition("\n\n")[0]
    assert re.search(r"deployment +without browser_training -> ", relax)
    assert re.search(r"constraints +without no_unmaintained -> TensorFlow", relax)


def test_whoever_runs_a_language_model_as_it_is_is_told_of_servers_for_it(fwnew: Fwnew) -> None:
    serves = words({who: answers for who, answers, _ in PERSONAS}["serves a Hugging Face model as it is"])
    out = " ".join(fwnew("decide", *serves).out.split())
    assert "vLLM" in out
    assert "fwnew does not make the export for this yet: A server" in out
    (way,) = fwnew("decide", *serves, "--json").json["route"]
    assert (way["generated"], way["made"]) == (False, "no")


def test_a_keras_team_on_pytorch_is_told_that_keras_runs_on_it(fwnew: Fwnew) -> None:
    assert "Keras 3 also runs on PyTorch" in fwnew("decide", *words("team=keras constraints=windows_gpu")).out
    assert "TensorFlow itself is in maintenance" in fwnew("decide", *words("team=keras")).out


def test_a_beta_route_goes_with_no_beta(fwnew: Fwnew) -> None:
    assert "experimental" in fwnew("decide", "--explain", *words("team=pytorch deployment=android goal=research")).out
    ways = fwnew("decide", *words("pretrained=hugging_face deployment=android constraints=no_beta"), "--json").json
    assert [way["runtime"] for way in ways["route"]] == ["ExecuTorch"]


def test_what_no_project_of_fwnew_does_is_said(fwnew: Fwnew) -> None:
    for answers in ("pretrained=hugging_face", "pretrained=keras_hub"):
        assert "do not load" in " ".join(fwnew("decide", *words(answers)).out.split())
    as_is = " ".join(fwnew("decide", *words("pretrained=hugging_face_as_is")).out.split())
    assert "to run one as it is needs no training: take the recommendation alone" in as_is
    out = " ".join(fwnew("decide", "--defaults").out.split())
    assert "For tables, detection, audio or others, take the recommendation alone." in out


def test_equally_hard_targets_that_pull_both_ways_count_for_neither(fwnew: Fwnew) -> None:
    first, second = (
        fwnew("decide", "--explain", *words(f"deployment={two}")).out for two in ("android,ios", "ios,android")
    )
    assert first == second
    assert "equally hard, and they pull both ways" in " ".join(first.split())


def test_a_narrow_lead_is_called_close(fwnew: Fwnew) -> None:
    people = {who: answers for who, answers, _ in PERSONAS}
    assert "a close call" in fwnew("decide", *words(people["the same by a PyTorch team"])).out
