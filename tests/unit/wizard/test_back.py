"""Escape leads back, and whoever gives up finds nothing written."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kit.project_files import recorded
from tests.kit.terminal import CTRL_C, CTRL_D, ENTER, ESC, Start, Terminal
from tests.kit.wizard import (
    CONSTRAINTS,
    FIRST,
    FOLDER,
    FRAMEWORK,
    GOAL,
    PROJECT,
    REVIEW,
    START,
    TEAM,
    accept,
    guided,
    project,
    quick,
    weights,
)


def test_escape_leads_back_through_all_that_was_asked(start: Start, work: Path) -> None:
    at = start("new", "demo").choose(START, "Guided")
    at.asks(GOAL).press(ENTER)
    at.asks(TEAM).press(ESC)
    at.asks(GOAL).press(ESC)
    quick(at)  # from guided to quick
    at.asks("Project name").press(ESC)
    at.choose(FRAMEWORK, "TensorFlow")
    at.asks("Project name").enter("other")
    at.asks("Python package: other").press(ESC)
    at.asks("Project name: other").press(ENTER)
    accept(at, *PROJECT[1:]).asks("A server").press("n")
    at.asks(REVIEW).press(ESC)
    at.asks("A server").press("y")
    accept(at, "Port of the server")
    at.asks(REVIEW).press(ESC)
    at.asks("Port of the server").press(ESC)
    at.asks("A server").press("n")
    at.asks(REVIEW).press(ESC)
    at.asks("A server").press("y")  # not the port, which did not apply any more
    accept(at, "Port of the server", REVIEW)
    assert at.ends() == 0, at.printed
    answers = recorded(work / "demo")
    assert (answers["project_name"], answers["framework"], answers["serve"]) == ("other", "tensorflow", True)


def test_another_folder_after_escape_changes_what_is_suggested(start: Start, work: Path) -> None:
    at = start()
    at.asks(FOLDER).press(ESC).shows(FIRST)
    at.asks(FOLDER).enter("one-app")
    quick(at)
    at.asks("Project name: one-app").press(ENTER)
    at.asks("Python package: one_app").press(ESC)
    at.asks("Project name").press(ESC)
    at.asks(FRAMEWORK).press(ESC)
    at.asks(START).press(ESC)
    at.asks(f"{FOLDER}: one-app").enter("two-app")
    quick(at)
    at.asks("Project name: two-app").press(ENTER)
    at.asks("Python package: two_app").press(ENTER)
    accept(at, *PROJECT[2:]).asks("A server").press("n")
    assert at.choose(REVIEW, "Create").ends() == 0, at.printed
    assert (os.listdir(work), recorded(work / "two-app")["package"]) == (["two-app"], "two_app")


@pytest.mark.parametrize(
    ("arguments", "question"),
    [(["new", "demo"], START), ([], FOLDER), (["decide"], GOAL)],
    ids=["folder given", "folder asked for", "decide"],
)
def test_escape_at_the_first_question_says_that_it_is(start: Start, arguments: list[str], question: str) -> None:
    at = start(*arguments)
    at.asks(question).press(ESC).shows(f"{FIRST}: you cannot go back. Ctrl-C cancels.")
    at.asks(question).press(CTRL_C)
    assert at.ends() == 130


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
@pytest.mark.parametrize(
    "lead",
    [
        lambda at: at.asks(FOLDER),
        lambda at: at.asks(FOLDER).enter("demo").asks(START),
        lambda at: at.asks(FOLDER).enter("demo").choose(START, "Guided").asks(GOAL),
        lambda at: guided(at.asks(FOLDER).enter("demo"), CONSTRAINTS).asks(CONSTRAINTS),
        lambda at: weights(at.asks(FOLDER).enter("demo")),
        lambda at: quick(at.asks(FOLDER).enter("demo")).asks("Project name: demo"),
        lambda at: project(quick(at.asks(FOLDER).enter("demo"))).asks(REVIEW),
    ],
    ids=["the folder", "the start", "a question", "the constraints", "the weights", "a line", "the review"],
)
def test_whoever_gives_up_finds_nothing_written(
    start: Start, work: Path, lead: Callable[[Terminal], Terminal], key: str
) -> None:
    at = lead(start()).press(key)
    assert at.ends() == 130
    assert "cancelled, nothing was written" in at.printed
    assert os.listdir(work) == []


def test_the_review_can_be_cancelled(start: Start, work: Path) -> None:
    at = project(quick(start("new", "demo"))).choose(REVIEW, "Cancel")
    assert (at.ends(), os.listdir(work)) == (130, [])
