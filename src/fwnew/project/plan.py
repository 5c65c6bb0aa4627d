"""What will be made: the answers of a project, and where its framework comes from."""

import datetime
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fwnew.decision import brief, explain
from fwnew.decision.answers import parse
from fwnew.decision.catalogue import load
from fwnew.decision.decide import decide
from fwnew.decision.model import INFEASIBLE, NAMES, PYTORCH, TENSORFLOW, Decision
from fwnew.decision.record import DECIDED, DEFAULT, GIVEN, record, record_undecided
from fwnew.decision.revisit import PLACE
from fwnew.decision.suggest import suggestions
from fwnew.errors import FwnewError, UsageError
from fwnew.questions.given import VARIABLE, from_machine
from fwnew.questions.question import Question
from fwnew.questions.questions import Answers, Questions, resolve
from fwnew.terminal.blocks import plain


@dataclass(frozen=True)
class Plan:
    """The answers, and how the framework among them came to be; no origin where the template asks for none."""

    answers: Answers
    origin: str = ""
    decision: Decision | None = None

    @property
    def framework(self) -> str:
        return str(self.answers.values.get("framework", ""))


def plan(questions: Questions, given: Mapping[str, Any], decided: Mapping[str, Any]) -> Plan:
    """Answer everything by what was given to the project's questions and to the decision.

    Raises UsageError for a wrong answer, and FwnewError when no framework can do what is needed.
    """
    suggested = from_machine(questions)
    decision = None
    if decided:
        if not asks_framework(questions):
            raise UsageError("the template leaves no framework to decide on", "leave out the answers to the decision")
        known = load()
        decision = decide(known, parse(known, decided), datetime.date.today())
        if decision.recommendation == INFEASIBLE and "framework" not in given:
            hint = "relax one of these, or overrule them with --framework"
            raise FwnewError("what is needed excludes both frameworks", hint, details=plain(*explain.vetoes(decision)))
        suggested |= suggestions(known, decision, given.get("framework"))
    if misplaced := next((name for name in given if name in load().criteria and not questions.find(name)), None):
        hint = f"it is a question of the decision: --decide {misplaced}={given[misplaced]}"
        raise UsageError(f"the template has no question '{misplaced}'", hint)
    try:
        answers = resolve(questions, given, suggested)
    except UsageError as error:
        raise _blamed(error) from error
    return Plan(answers, _origin(questions, given, decision), decision)


def asks_framework(questions: Questions) -> bool:
    """Whether the template leaves the choice between the two frameworks."""
    question = questions.find("framework")
    if question is None:
        return False
    offered = {choice.value for choice in Question(question, questions.environment, {}).choices}
    return {PYTORCH, TENSORFLOW} <= offered


def records(plan: Plan) -> dict[str, str]:
    """The files that a project gets beside those of its template: the record of its framework."""
    if not plan.origin:
        return {}
    today = datetime.date.today()
    text = (
        record(load(), plan.decision, today, plan.framework)
        if plan.decision
        else record_undecided(plan.framework, plan.origin, today)
    )
    return {PLACE.as_posix(): text}


def about_framework(plan: Plan) -> str:
    """Where the framework comes from, in a line; nothing where it was simply given."""
    name = NAMES.get(plan.framework, plan.framework)
    if plan.decision:
        return f"{brief.headline(plan.decision)}. {explain.taken(plan.decision, plan.framework)}"
    if plan.origin == DEFAULT:
        return (
            f"You did not say what you need, so this is {name}, the default. `fwnew decide` asks, and recommends one."
        )
    return ""


def _origin(questions: Questions, given: Mapping[str, Any], decision: Decision | None) -> str:
    if not asks_framework(questions):
        return ""
    return DECIDED if decision else GIVEN if "framework" in given else DEFAULT


def _blamed(error: UsageError) -> UsageError:
    """The error with the variable that the answer comes from, if it comes from one."""
    variable = f"{VARIABLE}{error.question.upper()}"
    if not error.question or os.environ.get(variable, error.message + variable) not in error.message:
        return error
    return UsageError(error.message, f"the variable {variable} says so; {error.hint}", question=error.question)
