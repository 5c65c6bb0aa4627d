"""From an answer to the decision to a whole project of fwnew's own templates, through the command line."""

import shlex
import shutil
from pathlib import Path

import pytest

from tests.kit import ROOT
from tests.kit.commands import Fwnew, refused
from tests.kit.project_files import RECORD, files, recorded


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The templates of this checkout, as fwnew's template."""
    folder = tmp_path / "real"
    shutil.copytree(ROOT / "templates", folder / "templates")
    shutil.copy(ROOT / "copier.yml", folder)
    monkeypatch.setenv("FWNEW_TEMPLATE", str(folder))
    return folder


@pytest.mark.parametrize(
    ("pretrained", "task", "library"),
    [("vision", "image-classification", "timm"), ("hugging_face", "text-classification", "transformers")],
)
def test_a_decision_for_pretrained_models_makes_a_project_that_starts_from_them(
    fwnew: Fwnew, real: Path, work: Path, pretrained: str, task: str, library: str
) -> None:
    result = fwnew("new", "demo", "--defaults", "--decide", f"pretrained={pretrained}", "--json")
    assert result.code == 0, result
    found = recorded(work / "demo")
    assert (found["framework"], found["task"], found["start"]) == ("pytorch", task, "pretrained")
    assert f"{library}>=" in (work / "demo" / "pyproject.toml").read_text()
    assert f"task={task}, start=pretrained" in (work / "demo" / RECORD).read_text()
    revisited = fwnew("decide", "--revisit", "demo")
    assert f"It suggests for a project: task={task}, start=pretrained." in " ".join(revisited.out.split())
    (work / "demo").rename(work / "first")
    assert fwnew(*shlex.split(result.json["replay"])[1:]).code == 0
    assert files(work / "demo") == files(work / "first")


def test_models_that_are_run_as_they_are_lead_to_no_start(fwnew: Fwnew, real: Path, work: Path) -> None:
    fwnew("new", "demo", "--decide", "pretrained=hugging_face_as_is")
    assert recorded(work / "demo")["start"] == "scratch"


def test_what_is_given_wins_over_what_follows(fwnew: Fwnew, real: Path, work: Path) -> None:
    given = ("--data", "task=image-classification", "--data", "start=scratch")
    result = fwnew("new", "demo", "--decide", "pretrained=hugging_face", *given)
    assert (recorded(work / "demo")["task"], recorded(work / "demo")["start"]) == ("image-classification", "scratch")
    assert "left out" not in result.said


TASKS = """
framework: {type: str, choices: [pytorch, tensorflow], default: pytorch}
task:
  type: str
  choices:
    Images: image-classification
    Texts:
      value: text-classification
      validator: "{% if framework != 'pytorch' %}is for the other framework{% endif %}"
  default: image-classification
start:
  type: str
  choices:
    Nothing: scratch
    Backbone: {value: pretrained, validator: "{% if task != 'text-classification' %}is not for this task{% endif %}"}
  default: scratch
exports:
  type: str
  multiselect: true
  choices:
    ONNX: onnx
    SavedModel: saved_model
    TFLite: {value: tflite, validator: "{% if task == 'image-classification' %}is not for this task{% endif %}"}
  default: [saved_model]
"""
"""A template whose tasks have less."""


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "copier.yml").write_text(TASKS)
    (folder / "{{ _copier_conf.answers_file }}.jinja").write_text("{{ _copier_answers | to_nice_yaml }}")
    monkeypatch.setenv("FWNEW_TEMPLATE", str(folder))
    return folder


@pytest.mark.parametrize(
    ("said", "answers", "sentences"),
    [
        ("deployment=android,browser", {"exports": ["onnx"]}, ["exports=tflite"]),
        ("pretrained=vision", {"start": "scratch"}, ["start=pretrained"]),
        ("pretrained=hugging_face", {"task": "image-classification"}, ["task=text-classification", "start=pretrained"]),
    ],
)
def test_a_suggestion_that_other_answers_exclude_is_left_out_with_a_sentence(
    fwnew: Fwnew, small: Path, work: Path, said: str, answers: dict[str, object], sentences: list[str]
) -> None:
    result = fwnew("new", "demo", "--framework", "tensorflow", "--decide", said)
    assert result.code == 0, result
    found = recorded(work / "demo")
    assert {name: found[name] for name in answers} == answers
    shown = " ".join(result.out.split())
    record = (work / "demo" / RECORD).read_text()
    for sentence in sentences:
        assert f"note: {sentence}, which the decision suggests, is left out: it is " in shown
        assert f"{sentence}, which the decision suggests, is left out: it is " in record


def test_what_is_given_and_impossible_is_refused_whatever_is_decided(fwnew: Fwnew, small: Path) -> None:
    given = ("--framework", "tensorflow", "--data", "task=text-classification")
    result = fwnew("new", "demo", "--decide", "pretrained=hugging_face", *given)
    refused(result, "error: task: 'text-classification' is for the other framework", "hint: ")
