"""What the catalogue says of the tasks is what fwnew's own templates have."""

from typing import Any

import pytest

from fwnew.decision import catalogue
from fwnew.questions.questions import load, resolve
from tests.kit import ROOT
from tests.kit.commands import Fwnew

KNOWN = catalogue.load()
QUESTIONS = load(ROOT, "demo")
TRAITS = resolve(QUESTIONS, {"project_name": "demo"}).context["traits"]
BY_HAND = {"keras-hub"}
"""A project names it only to people who want its weights."""
ASIDE = {"django", "scikit-learn", "safetensors"}
"""They bring samples and a first comparison, or read a file; no model is made of them."""


def dependencies(task: str, start: str, framework: str, special: str = "") -> set[str]:
    """The packages that its project is installed with, or that only the rooms below `special` name."""
    given = {"project_name": "demo", "task": task, "start": start, "framework": framework}
    folders = [f for f in resolve(QUESTIONS, given).context["folders"] if f.startswith(special)]
    files = [ROOT / "templates" / f / "dependencies" / n for f in folders for n in ("project.txt", "train.txt")]
    lines = [line for file in files if file.exists() for line in file.read_text().splitlines()]
    return {line.partition(">")[0] for line in lines} | ({"tensorflow"} if framework == "tensorflow" else set())


def packages(part: str) -> set[str]:
    """A part's names on PyPI, from the addresses of its evidence."""
    urls = [KNOWN.evidence[id_].url for id_ in KNOWN.parts[part].evidence]
    return {url.split("/")[4] for url in urls if url.startswith("https://pypi.org/project/")}


def test_it_has_every_start_of_every_task_in_its_frameworks_and_no_other() -> None:
    offered = {
        (task, start, framework)
        for task, traits in TRAITS.items()
        for start, about in traits["starts"].items()
        for framework in about.get("frameworks", traits["frameworks"])
    }
    assert {(each.task, each.start, each.framework) for each in KNOWN.starts} == offered
    assert len(KNOWN.starts) == len(offered)


@pytest.mark.parametrize("start", KNOWN.starts, ids=lambda s: f"{s.task}-{s.start}-{s.framework}")
def test_a_project_is_installed_with_the_libraries_that_it_is_said_to_build_on(start: Any) -> None:
    key = (start.task, start.start, start.framework)
    named = [packages(part) for part in start.parts]
    assert all(each & (dependencies(*key) | BY_HAND) for each in named)
    special = dependencies(*key, special="tasks/")
    assert special - ASIDE <= set().union(*named)


def test_the_catalogue_lists_them_with_how_alive_each_is_and_since_when_that_is_known(fwnew: Fwnew) -> None:
    out = fwnew("catalogue", "tasks").out
    rows = [" ".join(line.split()) for line in out.splitlines()]
    assert "text-classification pretrained pytorch PyTorch, Transformers, Tokenizers" in rows
    assert "TensorFlow maintenance Keras 3, on any backend" in rows
    assert "tokenizers: Hugging Face's Tokenizers" in out
    assert "checked 2026-11-28" in out
    assert "TorchServe" not in out


def test_programs_get_each_start_with_its_parts_and_their_evidence(fwnew: Fwnew) -> None:
    tasks = fwnew("catalogue", "tasks", "--json").json["tasks"]
    assert {each["task"] for each in tasks} == set(TRAITS)
    (found,) = [each for each in tasks if (each["start"], each["framework"]) == ("pretrained", "pytorch")
                and each["task"] == "image-classification"]  # fmt: skip
    timm = next(part for part in found["parts"] if part["id"] == "timm")
    assert (timm["status"], timm["evidence"][0]["published"]) == ("active", "2026-11")


def test_where_nothing_is_stale_no_task_rests_on_what_is(fwnew: Fwnew) -> None:
    assert fwnew("catalogue", "tasks", "--stale", "--json").json["tasks"] == []
    assert fwnew("catalogue", "tasks", "--stale").out == "Nothing is stale.\n"
