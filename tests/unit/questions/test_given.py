"""Answers given in advance, and the command that gives them again."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwnew.errors import UsageError
from fwnew.project.replay import shortest
from fwnew.questions.given import from_machine, gather, parse_assignments, read_file
from fwnew.questions.questions import Answers, Questions, load, resolve
from fwnew.sources import source
from fwnew.sources.address import INSTALLED
from tests.kit import ROOT

REAL = load(ROOT, "demo")
OTHER = source.Source("/team/template", "/team/template", None)
DEFAULT = source.Source(INSTALLED, "anywhere", "1.0")


@pytest.fixture
def questions(template: Callable[..., Path]) -> Questions:
    return load(template(), "demo")


def test_options_win_over_the_file_and_the_file_over_the_folder(questions: Questions, tmp_path: Path) -> None:
    file = tmp_path / "answers.yml"
    file.write_text("project_name: from-file\nframework: tensorflow\nauthor: File\n")
    given = gather(questions, "folder", file, ["author=Option"], "pytorch")
    assert given == {"project_name": "from-file", "framework": "pytorch", "author": "Option"}
    assert gather(questions, "folder") == {"project_name": "folder"}


def test_a_template_that_takes_the_folders_name_as_it_is_gets_it(questions: Questions) -> None:
    assert gather(questions, "two words") == {"project_name": "two words"}
    assert gather(REAL, "two words") == {"project_name": "two-words"}


def test_the_author_is_suggested_by_git(questions: Questions, home: Path, work: Path) -> None:
    assert from_machine(questions) == {"author": "Ada Lovelace"}
    (home / ".gitconfig").unlink()
    assert from_machine(questions) == {}


@pytest.mark.parametrize("text", ['{"author": "Ada", "_commit": "1.0"}', "author: Ada\n_src_path: x\n"])
def test_a_file_of_answers_is_yaml_or_json_without_copiers_own_keys(tmp_path: Path, text: str) -> None:
    (tmp_path / "file").write_text(text)
    assert read_file(tmp_path / "file") == {"author": "Ada"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        (b"- a", "holds no answers"),
        (b"a: [", "neither YAML nor JSON"),
        (b"\xff", "UTF-8"),
    ],
)
def test_a_file_without_answers_is_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    file = tmp_path / "answers.yml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError, match=message):
        read_file(file)


def test_an_option_may_hold_an_equals_sign() -> None:
    assert parse_assignments(["description=a=b"]) == {"description": "a=b"}


@pytest.mark.parametrize("options", [["author"], ["=x"], ["author=a", "author=b"]])
def test_an_option_that_is_no_answer_is_refused(options: list[str]) -> None:
    with pytest.raises(UsageError):
        parse_assignments(options)


def replayed(command: str, folder: str) -> tuple[list[str], dict[str, Any]]:
    words = shlex.split(command)
    options = [words[i + 1] for i, word in enumerate(words) if word == "--data"]
    return words, gather(REAL, folder, assignments=options)


def test_the_command_names_only_what_differs_and_what_the_machine_knows() -> None:
    answers = resolve(REAL, {"project_name": "demo", "author": "Ada Lovelace", "framework": "tensorflow"})
    assert shortest(REAL, answers, DEFAULT, "demo", "demo") == (
        "fwnew new demo --defaults --data 'author=Ada Lovelace' --data framework=tensorflow"
    )


def test_the_command_names_another_template_and_the_missing_repository() -> None:
    answers = resolve(REAL, {"project_name": "demo"})
    command = shortest(REAL, answers, OTHER, "-odd", "-odd", git=False)
    assert command.endswith("--template /team/template --no-git -- -odd")


TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "project_name": st.sampled_from(["demo", "other"]),
            "package": st.sampled_from(["demo", "other"]),
            "description": TEXT,
            "author": TEXT,
            "license": st.sampled_from(["MIT", "proprietary"]),
            "framework": st.sampled_from(["pytorch", "tensorflow"]),
            "exports": st.lists(st.sampled_from(["onnx", "torchscript", "torch_export", "saved_model", "tflite"])),
            "python": st.sampled_from(["3.11", "3.13"]),
        },
    )
)
def test_the_command_gives_the_same_answers_where_the_author_is_another(answers: dict[str, Any]) -> None:
    try:
        first: Answers = resolve(REAL, {"project_name": "demo", **answers})
    except UsageError:
        return
    words, given_again = replayed(shortest(REAL, first, DEFAULT, "x/demo", "demo"), "demo")
    assert words[:4] == ["fwnew", "new", "x/demo", "--defaults"]
    assert resolve(REAL, given_again, {"author": "Somebody Else"}) == first
