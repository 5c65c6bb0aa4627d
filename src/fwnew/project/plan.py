"""The plan of a new project: its answers, and where its framework comes from."""

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
from fwnew.decision.suggest import leading, suggestions
from fwnew.errors import FwnewError, UsageError
from fwnew.questions.given import VARIABLE, from_machine
from fwnew.questions.question import MISSING, Question
from fwnew.questions.questions import Answers, Questions, resolve
from fwnew.terminal.blocks import plain


@dataclass(frozen=True)
class Plan:
    """The answers, and the origin of the framework among them: empty if the template does not offer both.

    `left_out` has a sentence for each suggestion of the decision that the other answers exclude.
    """

    answers: Answers
    origin: str = ""
    decision: Decision | None = None
    left_out: tuple[str, ...] = ()

    @property
    def framework(self) -> str:
        return str(self.answers.values.get("framework", ""))


def plan(questions: Questions, given: Mapping[str, Any], decided: Mapping[str, Any]) -> Plan:
    """Answer all questions, from the answers given to the project's questions and to the decision.

    Raises UsageError for a wrong answer, and FwnewError when no framework can do what is needed.
    """
    decision, follows = None, dict[str, Any]()
    if decided:
        if not asks_framework(questions):
            raise UsageError("the template offers no choice of framework", "leave out the answers to the decision")
        known = load()
        decision = decide(known, parse(known, decided), datetime.date.today())
        if decision.recommendation == INFEASIBLE and "framework" not in given:
            hint = "relax one of these, or overrule them with --framework"
            raise FwnewError("what is needed excludes both frameworks", hint, details=plain(*explain.vetoes(decision)))
        framework = given.get("framework") or leading(known, decision) or _default(questions, "framework")
        follows = suggestions(known, decision, str(framework).casefold())
    if misplaced := next((name for name in given if name in load().criteria and not questions.find(name)), None):
        hint = f"it is a question of the decision: --decide {misplaced}={given[misplaced]}"
        raise UsageError(f"the template has no question '{misplaced}'", hint)
    try:
        answers = resolve(questions, given, {**from_machine(questions), **follows})
    except UsageError as error:
        raise _blamed(error) from error
    return Plan(answers, _origin(questions, given, decision), decision, left_out(questions, answers, follows))


def asks_framework(questions: Questions) -> bool:
    """Return whether the template offers both frameworks."""
    question = questions.find("framework")
    if question is None:
        return False
    offered = {choice.value for choice in Question(question, questions.environment, {}).choices}
    return {PYTORCH, TENSORFLOW} <= offered


def left_out(questions: Questions, answers: Answers, suggested: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a sentence for each suggestion that the other answers exclude."""
    found = list[str]()
    for name, value in suggested.items():
        entry = questions.find(name)
        question = Question(entry, questions.environment, answers.context) if entry else None
        for each in value if isinstance(value, list) else [value]:
            if question and (why := question.refusal(each)):
                found.append(f"{name}={each}, which the decision suggests, is left out: it {why}.")
    return tuple(found)


def _default(questions: Questions, name: str) -> Any:
    """Return the template's own answer to a question."""
    question = questions.placed(name)
    return question.default if question else MISSING


def records(plan: Plan) -> dict[str, str]:
    """Return the files that fwnew adds to those of the template: the record of the framework."""
    if not plan.origin:
        return {}
    today = datetime.date.today()
    text = (
        record(load(), plan.decision, today, plan.framework, plan.left_out)
        if plan.decision
        else record_undecided(plan.framework, plan.origin, today)
    )
    return {PLACE.as_posix(): text}


def about_framework(plan: Plan) -> str:
    """Return a line on where the framework comes from; empty if it was simply given."""
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
    """Return the error, with the variable that the wrong answer comes from, if any."""
    variable = f"{VARIABLE}{error.question.upper()}"
    if not error.question or os.environ.get(variable, error.message + variable) not in error.message:
        return error
    return UsageError(error.message, f"check the variable {variable}; {error.hint}", question=error.question)
