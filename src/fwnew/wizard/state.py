"""The answers so far, and how the review shows them."""

from dataclasses import dataclass, field
from typing import Any

from fwnew.decision import explain
from fwnew.decision.answers import as_data
from fwnew.decision.model import Catalogue, Decision
from fwnew.questions.questions import Answers, Questions
from fwnew.wizard.ask_decision import label
from fwnew.wizard.ask_project import Given, has_choice

# What no question of a template is called: those that begin with `_` are settings.
FOLDER = "_folder"
DECISION = "_decision."  # before the name of one of its answers: `python` is a question of both
REVIEW = """
Create writes the project with these answers; Show its files lists it before.
Change asks one question again, and what that makes impossible elsewhere.
"""
CHANGES = """
Each is a question that you can answer again: the folder, what decided, and
then the project's. What you only accepted as it was suggested follows a
change. Esc changes nothing.
"""


@dataclass
class State:
    """The answers so far."""

    dest: str = ""
    start: str = ""
    decided: dict[str, Any] = field(default_factory=dict)
    taken_back: dict[str, Any] = field(default_factory=dict)
    decision: Decision | None = None
    settled: dict[str, Any] = field(default_factory=dict)
    given: Given = field(default_factory=Given)
    answers: Answers = field(default_factory=lambda: Answers({}, {}, {}))

    @property
    def recommendation(self) -> str:
        """What is recommended; nothing where nothing was decided."""
        return self.decision.recommendation if self.decision else ""


def overview(known: Catalogue, questions: Questions, state: State) -> list[tuple[str, str]]:
    """The answers to the project's questions, and the decision beside its framework: it fits on a small screen."""
    decision, shown = state.decision, list[tuple[str, str]]()
    for id_, name, value in rows(known, questions, state):
        if decision and id_ == "framework":
            shown.append((name, f"{value}; recommended: {explain.short_verdict(decision)}"))
        elif not id_.startswith(DECISION):
            shown.append((name, value))
    return shown


def rows(known: Catalogue, questions: Questions, state: State) -> list[tuple[str, str, str]]:
    """Every answer that could be another: its id, its name, and the answer in words."""
    decided = as_data(state.decision.answers) if state.decision else {}
    found = [(FOLDER, "folder", state.dest)]
    for name, value in decided.items():
        shown = "must run on" if name == "python" else name  # the project has a question of that name, too
        found.append((f"{DECISION}{name}", shown, label(known, name, value)))
    for name, value in state.answers.values.items():
        if has_choice(questions, state.answers, name):
            found.append((name, name, ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)))
    return found
