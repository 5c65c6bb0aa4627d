"""`fwnew decide` and `fwnew catalogue`, through the command line."""

import datetime
import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from fwnew.decision import answers, catalogue, decide, explain, record
from fwnew.terminal.blocks import plain
from tests.kit import ROOT
from tests.kit.commands import Fwnew, refused
from tests.kit.terminal import Terminal


def test_the_json_has_the_promised_form(fwnew: Fwnew) -> None:
    arguments = ("--data", "deployment=android", "--data", "constraints=windows_gpu", "--data", "weights.team=0")
    found = fwnew("decide", *arguments, "--json").json
    assert (found["schema"], found["recommendation"], found["strength"]) == (1, "pytorch", "forced")
    assert {"score", "reasons", "vetoes", "flips", "route", "notes", "evidence_as_of"} <= found.keys()
    assert set(found["reasons"][0]) == {"criterion", "answer", "weight", "score", "evidence"}
    assert set(found["vetoes"][0]) == {"rule", "vetoes", "because", "evidence"}
    assert set(found["flips"][0]) == {"criterion", "kind", "to", "becomes"}
    expected = {"target", "framework", "export", "runtime", "server", "status", "generated", "made", "note"}
    assert set(found["route"][0]) == expected


def test_the_defaults_decide_nothing_and_say_how_to_prototype_both(fwnew: Fwnew) -> None:
    result = fwnew("decide", "--defaults")
    assert result.code == 0
    assert result.out.startswith("Either framework would do\n")
    assert "  fwnew new demo-pytorch --framework pytorch --decide goal=undecided\n" in result.out
    assert "  fwnew new demo-tensorflow --framework tensorflow --decide goal=undecided\n" in result.out


def test_infeasible_names_the_two_rules_and_what_relaxing_each_gives(fwnew: Fwnew) -> None:
    out = fwnew("decide", "-d", "pretrained=hugging_face", "-d", "deployment=tf_estate").out
    assert "TensorFlow is excluded: Transformers 5 trains with PyTorch only." in out
    assert "PyTorch is excluded: TFX pipelines and SavedModels" in out
    assert "would change it" not in out  # the relaxations say it
    relax = " ".join(out.partition("relax one of these:")[2].partition("\n\n")[0].split())
    assert relax == "deployment without tf_estate -> PyTorch pretrained vision, keras_hub, none -> TensorFlow"


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ("team=new", "no answer favours one of the frameworks"),
        ("deployment=ios", "too little speaks for PyTorch to decide"),
        ("deployment=android,ios", "the targets pull both ways"),
        ("deployment=ios maintenance=research_group team=keras", "For TensorFlow: The team knows Keras"),
    ],
)
def test_either_says_why(fwnew: Fwnew, answers: str, says: str) -> None:
    out = fwnew("decide", *(part for word in answers.split() for part in ("-d", word))).out
    assert out.startswith("Either framework would do\n")
    assert says.lower() in " ".join(out.split()).lower()


def test_decide_takes_answers_by_the_name_that_new_has_for_them(fwnew: Fwnew) -> None:
    assert fwnew("decide", "--decide", "goal=research").out == fwnew("decide", "--data", "goal=research").out


def test_what_follows_for_a_project_is_said_to_people_and_to_programs(fwnew: Fwnew) -> None:
    words = ("decide", "-d", "pretrained=hugging_face", "-d", "deployment=server")
    suggests = {"framework": "pytorch", "exports": ["onnx"], "task": "text-classification", "start": "pretrained"}
    assert fwnew(*words, "--json").json["suggests"] == suggests
    sentence = "It suggests for a project: exports=onnx, task=text-classification, start=pretrained."
    for option in ("--explain", "--markdown"):
        assert sentence in " ".join(fwnew(*words, option).out.split())


def test_a_weight_that_only_dilutes_is_not_shown(fwnew: Fwnew) -> None:
    words = ("decide", "-d", "team=keras", "-d", "deployment=server")
    diluting = {flip["criterion"] for flip in fwnew(*words, "--json").json["flips"] if flip["kind"] == "weight"}
    assert "deployment" in diluting
    assert "weight of deployment" not in fwnew(*words, "--explain").out
    assert "weight of team" in fwnew(*words, "--explain").out


@pytest.mark.parametrize(
    "arguments",
    [
        ["--defaults"],
        ["-d", "deployment=server,android,ios,browser,microcontroller"],
        ["-d", "deployment=tf_estate,browser_training", "-d", "pretrained=hugging_face", "-d", "constraints=no_beta"],
    ],
)
def test_nothing_is_wider_than_80_columns_but_an_address_or_a_command(fwnew: Fwnew, arguments: list[str]) -> None:
    lines = fwnew("decide", *arguments).out.splitlines()
    assert [line for line in lines if len(line) > 80 and not re.match(" *(https://|fwnew )", line)] == []


def test_a_file_gives_the_same_as_words_and_words_win(fwnew: Fwnew, work: Path) -> None:
    (work / "answers.yml").write_text("goal: research\ndeployment: [server, android]\nweights: {goal: 3}\n")
    by_words = ["-d", "goal=research", "-d", "deployment=server,android", "-d", "weights.goal=3"]
    assert fwnew("decide", "--answers", "answers.yml", "--json").out == fwnew("decide", *by_words, "--json").out
    over = fwnew("decide", "--answers", "answers.yml", "-d", "weights.goal=0", "-d", "weights.team=2", "--json").json
    assert (over["answers"]["weights"]["goal"], over["answers"]["weights"]["team"]) == (0, 2)


def test_the_record_has_front_matter_that_gives_the_decision_again(fwnew: Fwnew, work: Path) -> None:
    words = ["-d", "team=keras", "-d", "weights.team=3", "-d", "constraints=no_beta", "-d", "python=3.13"]
    out = fwnew("decide", *words, "--markdown").out
    front = yaml.safe_load(out.split("---")[1])
    assert (front["schema"], front["recommendation"], front["strength"]) == (1, "tensorflow", "clear")
    (work / "old.yml").write_text(yaml.safe_dump(front["answers"]))
    assert fwnew("decide", "--answers", "old.yml", "--json").out == fwnew("decide", *words, "--json").out
    for heading in (
        "## Context and problem statement",
        "## Decision drivers",
        "## Decision outcome",
        "### Confirmation",
    ):
        assert heading in out


def test_a_criterion_is_explained_with_its_evidence(fwnew: Fwnew) -> None:
    out = fwnew("catalogue", "deployment").out
    assert "microcontroller" in out
    assert "tflite-micro:" in out
    assert "the target with the fewest maintained routes decides" in out
    assert "mobile means android, ios" in out
    assert "docs/claims.md" in out


def test_every_question_is_a_topic_of_the_catalogue(fwnew: Fwnew) -> None:
    for name, criterion in catalogue.load().criteria.items():
        assert fwnew("catalogue", name).out.startswith(criterion.title)


def test_what_is_known_and_scores_nothing_is_shown(fwnew: Fwnew) -> None:
    scores, _, context = fwnew("catalogue", "goal").out.partition("known, and scoring nothing")
    assert "transformers-v5:" in scores
    assert "market-share:" in context
    assert "grade U, counts for nothing" in context


def test_stale_facts_are_flagged_wherever_they_are_shown(fwnew: Fwnew, monkeypatch: pytest.MonkeyPatch) -> None:
    known = catalogue.load()
    old = min(fact.checked for fact in known.evidence.values())

    class Later(datetime.date):
        @classmethod
        def today(cls) -> datetime.date:
            return old + datetime.timedelta(days=181)

    assert fwnew("catalogue", "evidence", "--stale").out.count("checked") == 1  # figures of 2021
    monkeypatch.setattr(datetime, "date", Later)
    assert "STALE" in fwnew("catalogue", "evidence", "--stale").out
    assert "STALE" in fwnew("decide", "-d", "goal=research", "--explain").out
    assert "STALE" in fwnew("catalogue", "goal").out


def test_the_catalogue_is_there_for_programs_too(fwnew: Fwnew) -> None:
    facts = fwnew("catalogue", "--json").json["evidence"]
    assert {"id", "claim", "url", "publisher", "published", "measured", "checked", "grade", "stale"} == set(facts[0])
    parts = fwnew("catalogue", "lifecycle", "--json").json["lifecycle"]
    (torchserve,) = [part for part in parts if part["id"] == "torchserve"]
    assert torchserve["status"] == "unmaintained"
    assert [fact["id"] for fact in fwnew("catalogue", "--stale", "--json").json["evidence"]] == ["he-conferences"]


def test_the_lifecycle_names_successors(fwnew: Fwnew) -> None:
    lines = fwnew("catalogue", "lifecycle").out.splitlines()
    (torchserve,) = [line for line in lines if line.startswith("TorchServe")]
    assert "unmaintained" in torchserve
    assert "KServe" in torchserve


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["-d", "gaol=research"], "the decision has no question 'gaol'", "did you mean 'goal'?"),
        (["-d", "goal=reserch"], "goal: there is no 'reserch'", "did you mean 'research'?"),
        (["-d", "goal"], "'goal' is not KEY=VALUE", "goal=research"),
        (["-d", "weights.goal=4"], "weights.goal: there is no weight 4", "3 decisive"),
        (["-d", "weights.goal=high"], "weights.goal: there is no weight high", "3 decisive"),
        (["-d", "weights.gaol=1"], "weights.gaol: there is no 'gaol'", "did you mean 'goal'?"),
        (["-d", "goal=research", "-d", "goal=learning"], "goal is given twice", "once"),
        (["-d", "deployment=server,undecided"], "contradict each other", "leave one out"),
        (["-d", "deployment=sever"], "deployment: there is no 'sever'", "did you mean 'server'?"),
        (["-d", "constraints=no_bta"], "constraints: there is no 'no_bta'", "did you mean 'no_beta'?"),
        (["-d", "python=2.7"], "python: there is no '2.7'", "3.14"),
        (["--revisit", ".", "--explain"], "--revisit takes its answers from the project", "leave out"),
        (["--revisit", ".", "-d", "goal=research"], "--revisit takes its answers from the project", "leave out"),
        (["--answers", "missing.yml"], "missing.yml cannot be read: No such file", "YAML"),
        (["--defaults", "--json", "--markdown"], "cannot be combined", "one of them"),
        ([], "cannot prompt: this is not a terminal", "--defaults"),
        (["--json"], "cannot prompt: --json was given", "--defaults"),
    ],
)
def test_a_wrong_answer_is_one_sentence_and_a_hint(fwnew: Fwnew, arguments: list[str], message: str, hint: str) -> None:
    result = fwnew("decide", *arguments)
    refused(result)
    first, second = result.err.splitlines()
    assert message in first
    assert second.startswith("hint: ")
    assert hint in second


@pytest.mark.parametrize(
    "text",
    [
        "- goal",
        "goal: [research, learning]",
        "weights: 3",
        "goal: {a: 1}",
        "deployment: 3",
        "1: 2",
        "goal: [",
        "\x00",
        "weights: {goal: true}",
    ],
)
def test_a_broken_file_of_answers_is_one_sentence(fwnew: Fwnew, work: Path, text: str) -> None:
    (work / "answers.yml").write_text(text)
    result = fwnew("decide", "--answers", "answers.yml")
    refused(result)
    assert len(result.err.splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["evidnce"], "did you mean 'evidence'?"),
        (["gaol"], "did you mean 'goal'?"),
        (["goal", "--json"], "takes neither --stale nor --json"),
    ],
)
def test_what_the_catalogue_does_not_have_is_refused(fwnew: Fwnew, arguments: list[str], says: str) -> None:
    refused(fwnew("catalogue", *arguments), says)


SITUATIONS = [*(preset.answers for preset in catalogue.load().presets.values()), *(
    {"team": "keras", "goal": "research", "pretrained": "hugging_face", "deployment": [target]}
    for target in catalogue.load().criteria["deployment"].choices
), {"constraints": ["no_beta", "tpu"], "deployment": ["android", "ios", "browser"]}]  # fmt: skip


@pytest.mark.parametrize("answers", SITUATIONS)
def test_a_decision_in_brief_fits_on_a_screen(fwnew: Fwnew, work: Path, answers: dict[str, Any]) -> None:
    (work / "answers.json").write_text(json.dumps(dict(answers)))
    out = fwnew("decide", "--answers", "answers.json").out
    assert len(out.splitlines()) <= 24


def test_deciding_imports_no_copier_and_no_yaml() -> None:
    heavy = ["copier", "rich", "questionary", "jinja2", "yaml", "packaging"]  # Typer itself imports pydantic
    code = (
        "import sys, json\nsys.argv = ['fwnew', 'decide', '--defaults', '--json']\nfrom fwnew.cli import app\n"
        f"app(standalone_mode=False)\nprint(json.dumps([name for name in {heavy} if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_the_picture_in_the_readme_shows_what_is_printed(work: Path) -> None:
    picture = (ROOT / "docs" / "images" / "decide.svg").read_text("utf-8")
    texts = [html.unescape(text).replace("\xa0", " ") for text in re.findall(r"<text [^>]*>([^<]+)</text>", picture)]
    title, *shown = [text for text in texts if text.strip()]
    screen = Terminal(work, *title.split()[1:], variables={}).shows("to repeat this").screen
    assert len(shown) > 15
    assert "".join("".join(shown).split()) == "".join(screen.split())


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("FWNEW_DECIDE_GOAL", "x", "goal: there is no 'x'"),
        ("FWNEW_DECIDE_GAOL", "research", "the decision has no question 'gaol'"),
        ("FWNEW_DECIDE_WEIGHTS_GOAL", "9", "weights.goal: there is no weight 9"),
    ],
)
def test_a_variable_that_is_wrong_is_named(
    fwnew: Fwnew, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    monkeypatch.setenv(variable, value)
    result = fwnew("decide", "--defaults")
    assert (result.code, result.err.splitlines()[0]) == (2, f"error: the variable {variable} is wrong: {says}")


def test_variables_answer_and_words_win(fwnew: Fwnew, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("GOAL", "research"), ("DEPLOYMENT", "mobile"), ("WEIGHTS_GOAL", "3"), ("WEIGHTS_TEAM", "2")):
        monkeypatch.setenv(f"FWNEW_DECIDE_{name}", value)
    monkeypatch.setenv("FWNEW_DECIDE_TEAM", "typo")  # of no account here
    answers = fwnew("decide", "-d", "weights.goal=2", "-d", "team=keras", "--json").json["answers"]
    assert (answers["goal"], answers["team"], answers["deployment"]) == ("research", "keras", ["android", "ios"])
    assert (answers["weights"]["goal"], answers["weights"]["team"]) == (2, 2)


def test_explain_shows_how_the_points_make_the_score(fwnew: Fwnew) -> None:
    given = ("goal=research", "team=keras", "deployment=android", "weights.team=2")
    out = fwnew("decide", *(part for word in given for part in ("-d", word)), "--explain").out
    assert "sum -3, of at most 14 either way: score -0.21;" in out
    assert out.count("(default)") == 3
    changes = out.partition("any one of these would change it:")[2].partition("how the model")[0]
    order = [line.split()[0] for line in changes.splitlines() if line[:3].strip()]
    assert order.index("team") < order.index("flexibility") < order.index("weight")  # given, default, weight


def test_a_record_is_the_same_on_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    known, day = catalogue.load(), datetime.date(2026, 1, 1)
    decision = decide.decide(known, answers.parse(known, {"goal": "research", "deployment": "android"}), day)
    texts, shown = set(), set()
    for columns in (40, 120):
        monkeypatch.setattr("os.get_terminal_size", lambda size=columns: os.terminal_size((size, 24)))
        texts.add(record.record(known, decision, day))
        shown.add(plain(*explain.details(known, decision)))
    assert (len(texts), len(shown)) == (1, 2)
