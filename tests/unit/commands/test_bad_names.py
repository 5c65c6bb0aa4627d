"""Names that no project or package can have, as the real questions judge them."""

import keyword
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kit import project_files
from tests.kit.commands import Fwnew, refused
from tests.kit.project_files import recorded

from .conftest import Refuses

PROJECT_NAME = (
    "project_name: use 1 to 60 ASCII letters, digits, '-', '_' or '.', with a letter or digit at both ends",
    "give another with --data project_name=VALUE",
)
PACKAGE = (
    "package: use 1 to 60 lower-case letters, digits or '_', starting with a letter",
    "give another with --data package=VALUE",
)


@pytest.fixture
def real_questions(template: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The small templates with the real `copier.yml`."""
    monkeypatch.setenv("FWNEW_TEMPLATE", str(template("real", **project_files.real_questions())))


@pytest.mark.usefixtures("real_questions")
@pytest.mark.parametrize(
    ("name", "error", "hint"),
    [
        ("torch", "project_name: 'torch' is the name of a package that the project depends on", PROJECT_NAME[1]),
        ("Scikit.Learn", "project_name: 'Scikit.Learn' is the name of a package that the project depends on",
         PROJECT_NAME[1]),
        ("test", "package: 'test' would hide a module of Python's standard library", PACKAGE[1]),
        ("class", "package: 'class' is a Python keyword", PACKAGE[1]),
        ("x" * 200, *PROJECT_NAME),
    ],
)  # fmt: skip
def test_an_impossible_name_is_refused_as_a_folder_and_as_an_answer(
    refuses: Refuses, name: str, error: str, hint: str
) -> None:
    refuses(["--defaults", "--", name], error, hint)
    refuses(["demo", "--data", f"project_name={name}"], error, hint)


@pytest.mark.usefixtures("real_questions")
@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("clothes app", "clothes-app"),
        ("Kätzchen", "Katzchen"),
        ("Straße", "Strasse"),
        ("犬", "my-project"),
        ("犬 und Katze", "und-Katze"),
        ("-demo", "demo"),
        ("--data", "data"),
        ("{{ demo }}", "demo"),
        ("$(touch x)", "touch-x"),
    ],
)
def test_a_folder_no_project_can_be_called_after_gives_a_name_near_by(
    fwnew: Fwnew, work: Path, folder: str, name: str
) -> None:
    result = fwnew("new", "--defaults", "--no-git", "--", folder)
    assert result.code == 0, result.err
    said = " ".join(result.out.split())
    assert f"note: a project cannot be called '{folder}', so this one is called {name}" in said
    assert recorded(work / folder)["project_name"] == name
    assert os.listdir(work) == [folder]


@pytest.mark.usefixtures("real_questions")
@pytest.mark.parametrize("name", ["ümlaut", "数据", "my demo", "-demo", "--data", "demo.", "{{ demo }}", "$(touch x)"])
def test_a_name_that_is_given_is_taken_as_it_is_or_refused(refuses: Refuses, name: str) -> None:
    refuses(["demo", "--data", f"project_name={name}"], *PROJECT_NAME)


@pytest.mark.usefixtures("real_questions")
@pytest.mark.parametrize("name", ["a/b", "../b", "/tmp/b", "a\\b", "", ".", ".."])
def test_a_project_name_is_no_path(refuses: Refuses, name: str) -> None:
    refuses(["demo", "--data", f"project_name={name}"], *PROJECT_NAME)


@pytest.mark.usefixtures("real_questions")
@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("torch", "package: 'torch' would hide a package that the project depends on"),
        ("tests", "package: 'tests' would hide a package that the project depends on"),
        ("json", "package: 'json' would hide a module of Python's standard library"),
        ("lambda", "package: 'lambda' is a Python keyword"),
        *[(name, PACKAGE[0]) for name in ("Demo", "1st", "_x", "a-b", "a/b", "../b", "é", "a b", "-x", "", "x" * 200)],
    ],
)
def test_a_package_that_cannot_be_imported_is_refused(refuses: Refuses, name: str, error: str) -> None:
    refuses(["demo", "--data", f"package={name}"], error, PACKAGE[1])


@pytest.mark.usefixtures("real_questions")
@settings(max_examples=50)
@given(st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=70).filter(lambda name: name.strip(".")))
def test_every_folder_name_makes_an_importable_package_or_is_refused(fwnew: Fwnew, work: Path, name: str) -> None:
    result = fwnew("new", "--defaults", "--no-git", "--", name)
    if result.code == 0:
        package = recorded(work / name)["package"]
        assert package.isidentifier()
        assert not keyword.iskeyword(package)
        assert package not in sys.stdlib_module_names
        shutil.rmtree(work / name)
    else:
        refused(result)
        assert [line.partition(": ")[0] for line in result.err.splitlines()] == ["error", "hint"]
    assert os.listdir(work) == []
