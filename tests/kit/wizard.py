"""The questions of the wizard by their titles, and the ways through them that several tests take."""

import re
import shlex

from fwnew.decision.catalogue import load as known
from tests.kit.terminal import ENTER, Terminal

FOLDER, START = "Folder for the new project", "How do you want to start"
GOAL, TEAM, WHERE, CONSTRAINTS = "What is it for", "What does the team know", "Where will it run", "Hard constraints"
PYTHON, FRAMEWORK, REVIEW, CHANGE = "Which Python", "Framework", "Create this project", "Which answer"
WEIGHTS, DONE, FIRST = "What matters more, or less", "That is all", "This is the first question"
PHONES = next(choice for choice in known().criteria["deployment"].choices.values() if choice.score == -1)
"""A target that speaks for TensorFlow, whatever the catalogue calls it."""


DECISION = [*(criterion.title for criterion in known().criteria.values()), CONSTRAINTS]
PRESETS = {name: preset.label for name, preset in known().presets.items()}
PROJECT = ["Project name", "Python package", "Author", "Export formats"]


def accept(at: Terminal, *titles: str) -> Terminal:
    """Answer these questions by Enter."""
    for title in titles:
        at.asks(title).press(ENTER)
    return at


def quick(at: Terminal, framework: str = "PyTorch") -> Terminal:
    """Begin with a framework."""
    return at.choose(START, "Quick").choose(FRAMEWORK, framework)


def guided(at: Terminal, *later: str) -> Terminal:
    """Answer the questions that decide, for a Keras team and PHONES, up to those that are left out."""
    at.choose(START, "Guided")
    answers = {TEAM: "Keras", WHERE: PHONES.label, CONSTRAINTS: "no beta"}
    for title in DECISION[: len(DECISION) - len(later)]:
        label = next((label for start, label in answers.items() if title.startswith(start)), "")
        if title.startswith((WHERE, CONSTRAINTS)):
            at.tick(title, label)
        else:
            at.choose(title, label)
    return at


def weights(at: Terminal) -> Terminal:
    """Begin with a preset, and say what matters more."""
    return at.choose(START, PRESETS["learning"]).choose(FRAMEWORK, "Say what matters more").asks(WEIGHTS)


def project(at: Terminal, *, server: str = "n") -> Terminal:
    """Accept what is suggested for the project."""
    return accept(at, *PROJECT).asks("A server").press(server)


def change(at: Terminal, answer: str) -> Terminal:
    return at.choose(REVIEW, "Change an answer").choose(CHANGE, answer)


def replayed(printed: str) -> list[str]:
    """The words of the command that is printed last, put together again where the terminal broke its lines."""
    command = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|[\r\n]", "", printed.split("to repeat this:")[-1])
    return shlex.split(command)[1:]
