"""Terminals without colours, narrow ones, and those that can do nothing at all."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from fwnew.decision.catalogue import load as known
from tests.kit.project_files import front, recorded
from tests.kit.terminal import CTRL_C, ENTER, Start, Terminal
from tests.kit.wizard import (
    DECISION,
    DONE,
    FIRST,
    FOLDER,
    FRAMEWORK,
    GOAL,
    PHONES,
    PYTHON,
    REVIEW,
    START,
    TEAM,
    WEIGHTS,
    WHERE,
    guided,
)


def test_without_colours_none_are_printed(start: Start) -> None:
    at = guided(start("new", "demo")).choose(PYTHON)
    at.asks(FRAMEWORK).press(CTRL_C)
    assert at.ends() == 130
    assert re.findall(r"\x1b\[[0-9;]*[34][0-9][0-9;]*m", at.printed) == []


def test_on_a_narrow_terminal_no_word_of_a_sentence_is_broken(start: Start) -> None:
    at = start("new", "demo", columns=40)
    at.choose(START, "Guided").asks(GOAL)
    sentence = next(iter(known().criteria.values())).why
    lines = at.screen.splitlines()
    assert max(map(len, lines)) <= 40
    assert sentence in " ".join(line.strip() for line in lines)


@pytest.mark.parametrize("columns", [40, 60])
def test_on_a_narrow_terminal_the_recommendation_is_wrapped_once(start: Start, columns: int) -> None:
    at = start("new", "demo", columns=columns, lines=40).choose(START, "Production server").asks(FRAMEWORK)
    at.until(lambda: "Say what matters more" in at.prompt, "all of it")
    notes = at.screen[at.screen.index("note: ") :].split("\n\n")[0].split("note: ")[1:]
    for lines in (f"note: {note}".rstrip().splitlines() for note in notes):
        assert max(map(len, lines)) <= columns
        assert all(len(f"{line} {after.split()[0]}") > columns for line, after in pairwise(lines))


class Dumb:
    """A terminal that can do nothing, which is asked by numbers; a choice is named by its label."""

    def __init__(self, at: Terminal) -> None:
        self.at, self.seen = at, 0

    def answer(self, question: str, *labels: str, line: str = "") -> "Dumb":
        """Wait for a question; answer by the numbers of these labels, or by a line."""

        def asked() -> bool:
            return question in self.news and self.news.rstrip(" ").endswith(":")

        self.at.until(asked, f"the question '{question}'")
        numbers = [re.search(rf"(\d+)  {re.escape(label)}", self.news) for label in labels]
        assert all(numbers), f"{labels} in {self.news}"
        self.seen = len(self.at.printed)
        self.at.press(f"{line or ','.join(number[1] for number in numbers if number)}{ENTER}")
        return self

    @property
    def news(self) -> str:
        """What came since the last answer."""
        return self.at.printed[self.seen :]


def test_a_terminal_that_can_do_nothing_is_asked_by_numbers(start: Start, work: Path) -> None:
    at = start(TERM="dumb")
    dumb = Dumb(at)
    dumb.answer(FOLDER, line="<").answer(FIRST, line="?").answer("such as digits-demo", line="what?")
    dumb.answer("not every system allows '?'", line="demo")
    dumb.answer(START, "Quick").answer(FRAMEWORK, line="<").answer(START, line="<")
    dumb.answer(f"{FOLDER} [demo]").answer(START, line="?").answer("PyTorch or TensorFlow", line="<")
    dumb.answer(FOLDER).answer(START, "Guided")
    dumb.answer(GOAL, line="?").answer("The evidence: fwnew catalogue", line="99").answer("choose from 1 to")
    dumb.answer(TEAM, "Keras")
    for title in DECISION[2:]:
        dumb.answer(title, *(["A server", PHONES.label] if title.startswith(WHERE) else []))
    dumb.answer(FRAMEWORK, "Say what matters more").answer(WEIGHTS, "team").answer("How much does team", "decisive")
    dumb.answer(WEIGHTS, DONE).answer(FRAMEWORK, "TensorFlow")
    dumb.answer("Project name [demo]", line="?").answer("--data project_name=VALUE", line="torch")
    dumb.answer("'torch' is taken").answer("Python package").answer("Author").answer("Export formats", "ONNX")
    dumb.answer("A server").answer(REVIEW)
    assert at.ends() == 0, at.printed
    assert "\x1b" not in at.printed
    assert (recorded(work / "demo")["framework"], recorded(work / "demo")["exports"]) == ("tensorflow", ["onnx"])
    answers = front(work / "demo")["answers"]
    assert (set(answers["deployment"]), answers["weights"]["team"]) == ({"server", PHONES.name}, 3)


def test_on_a_dumb_terminal_only_a_command_is_wider_than_80_columns(start: Start) -> None:
    at = start("decide", TERM="dumb", columns=200)
    dumb = Dumb(at).answer(GOAL, line="?").answer("The evidence: fwnew catalogue")
    for title in DECISION[1:]:
        dumb.answer(title)
    assert at.ends() == 0, at.printed
    lines = at.printed.replace("\r", "").splitlines()
    assert [line for line in lines if len(line) > 80 and not re.match(" *(https://|fwnew )", line)] == []
