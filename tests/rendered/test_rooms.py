"""The templates as they are written: their rooms, and what joins them."""

import itertools
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jinja2 import TemplatesNotFound

from fwnew.errors import UsageError
from fwnew.questions.questions import load, resolve
from tests.harness.variants import plan
from tests.kit.rendered import Rendered
from tests.kit.templates import ROOT, Templates

TASK_WORDS = (
    r"\b(?:images?|pixels?|photos?|digits?|channels|logits?|softmax|labels?|classes|class_accuracy|accuracy"
    r"|classif\w*|argmax|NCHW|NHWC)\b"
)
"""No file of a loop, an export, a server or what else tasks share may have one."""


def test_every_file_of_the_templates_is_in_some_variant(templates: Templates, rendered: Rendered) -> None:
    assert rendered
    folders = [path for path in (templates.root / "templates").iterdir() if path.name != "questions"]
    assert {path for folder in folders for path in folder.rglob("*") if path.is_file()} == templates.used


def test_a_destination_is_a_line_that_names_itself(templates: Templates) -> None:
    """Its content is a room's, and the room calls it what the project does."""
    for file in (templates.root / "templates" / "project").rglob("*.jinja"):
        plain = re.sub(r"\{% if [^%]*%\}(.*?)\{% endif %\}", r"\1", file.relative_to(templates.root).as_posix())
        path = plain.removeprefix("templates/project/").removeprefix("src/{{ package }}/").removesuffix(".jinja")
        text = file.read_text("utf-8")
        if path == "README.md":
            assert len(text.splitlines()) <= 8
        elif path not in ("LICENSE", "{{ _copier_conf.answers_file }}"):
            named = path.removeprefix(".") if path == ".gitignore" else path  # git would obey it here
            assert text == f"{{% include rooms | map('replace', '*', '{named}') | list %}}\n"


def test_the_templates_read_as_what_they_make(templates: Templates) -> None:
    """No condition is inside of another one, and fewer than one line in ten of a README's sections is Jinja."""
    texts = {path: path.read_text("utf-8") for path in (templates.root / "templates").rglob("*") if path.is_file()}
    for path, text in texts.items():
        depth = itertools.accumulate(1 if word == "if" else -1 for word in re.findall(r"\{%-? *(if|endif)\b", text))
        assert max(depth, default=0) <= 1, path
    lines = [line for path, text in texts.items() if path.parent.name == "readme" for line in text.splitlines()]
    assert len(lines) > 10 * sum("{%" in line for line in lines) > 0


def test_python_without_values_is_written_as_it_stands(templates: Templates) -> None:
    """It is a template for Jinja all the same, which may find something of its own in it, such as `{{0.1f}}`."""
    files = list((templates.root / "templates").rglob("*.py"))
    assert len(files) > 20
    for path in files:
        text = path.read_text("utf-8")
        assert templates.environment.from_string(text).render() == text, path


def test_a_file_that_no_room_has_is_an_error(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    shutil.copy(ROOT / "copier.yml", tmp_path)
    room = tmp_path / "templates" / "pytorch" / "checkpoint.py"
    room.rename(room.with_name("chekpoint.py"))
    with pytest.raises(TemplatesNotFound, match=r"checkpoint\.py"):
        Templates(tmp_path).render(next(row for row in plan.read()[0] if row.answers["framework"] == "pytorch"))


def test_only_the_rooms_of_a_task_know_its_words() -> None:
    for room in ("pytorch", "tensorflow", "shared"):
        for path in (ROOT / "templates" / room).rglob("*.py*"):
            found = re.findall(TASK_WORDS, path.read_text("utf-8"), re.IGNORECASE)
            assert not found, f"{path.relative_to(ROOT)} says {found}"


@pytest.mark.parametrize(
    ("kind", "left", "refused"),
    [
        ("frameworks", "[pytorch]", {"framework": "tensorflow"}),
        ("exports", "[torch_export, saved_model]", {"exports": ["onnx"]}),
        ("servers", "[triton]", {"serving": ["embedded"]}),
        ("loops", "[compiled]", {"loop": "standard"}),
    ],
)
def test_what_a_task_cannot_be_combined_with_is_refused_and_is_no_default(
    tmp_path: Path, kind: str, left: str, refused: Mapping[str, Any]
) -> None:
    shutil.copytree(ROOT / "templates" / "questions", tmp_path / "templates" / "questions")
    shutil.copy(ROOT / "copier.yml", tmp_path)
    file = tmp_path / "templates" / "questions" / "task.yml"
    file.write_text(re.sub(rf"^( +{kind}:) .*$", rf"\1 {left}", file.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
    questions = load(tmp_path, "demo")
    assert resolve(questions, {}).values
    said = {"frameworks": "is for the other framework", "loops": "not for this start"}
    with pytest.raises(UsageError, match=said.get(kind, "not for this task")):
        resolve(questions, refused)
