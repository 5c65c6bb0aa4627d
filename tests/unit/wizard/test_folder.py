"""The questions for the folder and for the names that follow from it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kit.project_files import real_questions
from tests.kit.terminal import ENTER, Start
from tests.kit.wizard import FOLDER, REVIEW, accept, project, quick


def test_a_wrong_name_is_corrected_at_the_folder_where_help_is_given(start: Start, work: Path) -> None:
    (work / "full").mkdir()
    (work / "full" / "thesis.txt").touch()
    at = start()
    at.asks(FOLDER).press("?").shows("such as digits-demo, or a path").asks(FOLDER)
    at.press(ENTER).shows("name a folder, such as digits-demo")
    at.enter("''").asks(f"{FOLDER}: ''").enter("~/~me").shows("cannot begin with '~'")
    assert "DEST" not in at.printed
    at.enter("what?").shows("not every system allows '?' in a folder name")
    at.asks(f"{FOLDER}: what?").enter("full").shows("is not empty")
    at.asks(f"{FOLDER}: full").enter("demo")
    assert project(quick(at)).choose(REVIEW, "Create").ends() == 0, at.printed
    assert sorted(os.listdir(work)) == ["demo", "full"]


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("~/demo", "{home}/demo"),
        ("demo/", "{work}/demo"),
        ("'clothes app'", "{work}/clothes app"),
        ('"{work}/demo"', "{work}/demo"),
        ("  clothes\\ app  ", "{work}/clothes app"),
        ("'~/demo/'", "{home}/demo"),
    ],
)
def test_a_path_is_taken_as_it_was_pasted(start: Start, work: Path, home: Path, typed: str, place: str) -> None:
    at = start()
    at.asks(FOLDER).enter(typed.format(work=work, home=home))
    assert project(quick(at)).choose(REVIEW, "Create").ends() == 0, at.printed
    assert (Path(place.format(work=work, home=home)) / "README.md").is_file()
    assert not list(work.glob("*[~'\"]*"))


@pytest.mark.parametrize(
    ("folder", "name"),
    [("clothes app", "clothes-app"), ("Kätzchen", "Katzchen"), ("犬", "my-project"), ("torch", "my-project")],
)
def test_a_folder_suggests_a_name_that_a_project_can_have(
    start: Start, build_file_tree: Callable[..., Path], tmp_path: Path, folder: str, name: str
) -> None:
    at = start("new", folder, FWNEW_TEMPLATE=str(build_file_tree(tmp_path / "asked", real_questions())))
    quick(at.choose("Task")).asks(f"Project name: {name}")


def test_a_question_mark_shows_what_the_template_says_of_its_question(
    start: Start, build_file_tree: Callable[..., Path], tmp_path: Path
) -> None:
    at = start("new", "demo", FWNEW_TEMPLATE=str(build_file_tree(tmp_path / "asked", real_questions())))
    accept(quick(at.choose("Task")), "Start").asks("Export formats").press("?").shows("--data exports=VALUE")
    at.shows("Not offered: SavedModel, for TensorFlow Serving (is a TensorFlow format)")
    accept(at, "Export formats", "Servers", "Where it trains").choose(REVIEW, "More options")
    at.asks("Project name: demo").press("?").shows("--data project_name=VALUE")
    at.shows("such as digits-demo")
    at.asks("Project name: demo").enter("what-for?").shows("use 1 to 60 ASCII letters").enter("demo")
    at.asks("Python package").press(ENTER)
    at.asks("One line").enter("Is it a cat? Or a dog?").asks("Author")
