"""Answers that make no sense, on the command line and in a file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwnew.errors import UsageError
from fwnew.questions.given import read_file
from tests.kit.commands import Fwnew, refused

from .conftest import Refuses


@pytest.mark.parametrize(
    ("answer", "error", "hint"),
    [
        ("framwork=pytorch", "the template has no question 'framwork'", "did you mean 'framework'?"),
        ("framework=pytroch", "framework: there is no 'pytroch'",
         "did you mean 'pytorch'? choose from pytorch, tensorflow"),
        ("framework=jax", "framework: there is no 'jax'", "choose from pytorch, tensorflow"),
        ("exports=saved_model", "exports: 'saved_model' is a TensorFlow format", "choose from onnx, torchscript"),
        ("serve=maybe", "serve: 'maybe' is not true or false", "give another with --data serve=VALUE"),
        ("port=80", "port: the other answers leave no room for this question", "leave out port"),
        ("reserved=x", "reserved: the template derives this value from other answers", "leave out reserved"),
        ("serve", "'serve' is not KEY=VALUE", "write for example --data license=MIT"),
    ],
)  # fmt: skip
def test_an_answer_that_makes_no_sense_is_refused(
    refuses: Refuses, template: Callable[..., Path], answer: str, error: str, hint: str
) -> None:
    refuses(["demo", "--template", str(template()), "--data", answer], error, hint)


A_FILE = "name a file of answers, such as a project's .copier-answers.yml"
NO_YAML = "the answers file answers.yml is neither YAML nor JSON: "


@pytest.mark.parametrize(
    ("content", "error", "hint"),
    [
        (None, "the answers file answers.yml cannot be read: No such file or directory", A_FILE),
        (b"\x89PNG\xff", "the answers file answers.yml cannot be read: it is not UTF-8 text", A_FILE),
        (b"\0\1", NO_YAML + "special characters are not allowed", A_FILE),
        (b"", "the answers file answers.yml holds no answers", "write one `question: answer` a line"),
        (b"a: [1\nb: {", NO_YAML + "line 2, column 2: expected ',' or ']', but got ':'", A_FILE),
        (b"a: 1\n\tb: 2", NO_YAML + "line 2, column 1: found character '\\t' that cannot start any token", A_FILE),
        (b"author: 2024-99-99", NO_YAML + "month must be in 1..12", A_FILE),
        (b"serve: !!int x", NO_YAML + "invalid literal for int() with base 10: 'x'", A_FILE),
        (b"[" * 20000, NO_YAML + "it is nested too deeply", A_FILE),
        (b"!!python/object/apply:os.system [touch owned]",
         NO_YAML + "line 1, column 1: could not determine a constructor for the tag "
         "'tag:yaml.org,2002:python/object/apply:os.system'", A_FILE),
        (b"framework: [pytorch]", "framework: ['pytorch'] is not text (in YAML, put it in quotes)",
         "give another with --data framework=VALUE"),
    ],
    ids=lambda value: value[:12].decode("latin-1") if isinstance(value, bytes) else None,
)  # fmt: skip
def test_a_file_without_usable_answers_is_one_sentence(
    refuses: Refuses, work: Path, content: bytes | None, error: str, hint: str
) -> None:
    if content is not None:
        (work / "answers.yml").write_bytes(content)
    refuses(["demo", "--answers", "answers.yml"], error, hint)


def test_a_folder_is_no_file_of_answers(refuses: Refuses, work: Path) -> None:
    (work / "answers").mkdir()
    refuses(["demo", "--answers", "answers"], "the answers file answers cannot be read: Is a directory", A_FILE)


def test_an_answer_that_contains_itself_a_billion_times_is_refused(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    lines = ["author: &a0 [x]", *(f"exports: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40))]
    (work / "answers.yml").write_text("\n".join(lines))
    result = fwnew("new", "demo", "--answers", "answers.yml")
    refused(result)
    assert len(result.err) < 1000


@given(st.one_of(st.binary(), st.text("a:[]{}-!&*'\"0|> \n\t").map(str.encode)))
def test_a_file_of_whatever_holds_answers_or_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "answers").write_bytes(content)
    message = ""
    try:
        assert all(isinstance(name, str) for name in read_file(tmp_path / "answers"))
    except UsageError as error:
        message = error.message
    assert "\n" not in message
