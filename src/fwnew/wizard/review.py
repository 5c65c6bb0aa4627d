"""The review: every answer in the words of its question, before the project is created."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fwnew.decision.answers import as_data
from fwnew.decision.model import EITHER, INFEASIBLE, NAMES, Catalogue, Decision
from fwnew.questions.question import Question
from fwnew.questions.questions import Answers, Questions
from fwnew.terminal import prompts
from fwnew.terminal.blocks import Block, Table, Text, Tree, show
from fwnew.terminal.layout import columns, table
from fwnew.terminal.parts import Back, Option
from fwnew.wizard import ask_decision
from fwnew.wizard.ask_project import ProjectQuestions, has_choice, notes
from fwnew.wizard.state import State

CREATE, MORE, FILES, CHANGE, CANCEL = "create", "more", "files", "change", "cancel"
REVIEW = """
Create writes the project. Show its files lists what it would write.
Change asks one question again, and those whose answers become impossible.
"""
CHANGES = """
Each is a question that you can answer again. Suggestions that you accepted
may change with it. Esc changes nothing.
"""


@dataclass(frozen=True)
class Row:
    """One answer: the id of its question, a name, and the answer in words."""

    id: str
    name: str
    value: str
    essential: bool = True


def review(
    known: Catalogue, project: ProjectQuestions, decision: Decision | None, files: Callable[[], Tree], state: State
) -> State:
    """Show all answers, and ask what to do with them.

    Raises Back, or KeyboardInterrupt when the person cancels.
    """
    answers = project.answers(state)
    rows = rows_of(known, project, decision, answers, state)
    more = [row for row in rows if not row.essential]
    while True:
        print()
        show(*overview(project.questions, rows, answers))
        print()
        wish = prompts.select("Create this project?", _options(more, state), CREATE, lambda: REVIEW)
        if wish == CANCEL:
            raise KeyboardInterrupt
        if wish == CREATE:
            return replace(state, created=True)
        if wish == MORE:
            return replace(state, more=True)
        if wish == FILES:
            print()
            show(files())
            print()
            continue
        try:
            changing = prompts.select("Which answer?", _lines(rows), more=lambda: CHANGES)
        except Back:
            continue
        return replace(state, changing=changing, asked=tuple(name for name in state.asked if name in answers.values))


def _options(more: list[Row], state: State) -> list[Option]:
    options = [Option("Create it", CREATE), Option("Show its files", FILES), Option("Change an answer", CHANGE)]
    if more and not state.more:
        options.append(Option("More options", MORE, f"asks for {', '.join(row.name.lower() for row in more)}"))
    return [*options, Option("Cancel", CANCEL)]


def _lines(rows: list[Row]) -> list[Option]:
    """Return each row as a choice, no wider than the screen."""
    room = columns() - 5
    lines = [line if len(line) <= room else f"{line[: room - 1]}…" for line in table((r.name, r.value) for r in rows)]
    return [Option(line, row.id) for line, row in zip(lines, rows, strict=True)]


def overview(questions: Questions, rows: list[Row], answers: Answers) -> list[Block]:
    """Return the folder, the framework and the project's answers; those that few people change share a line."""
    shown = [(row.name, row.value) for row in rows if row.essential and not row.id.startswith("decide.")]
    rest = [f"{row.name}: {row.value}" for row in rows if not row.essential]
    blocks: list[Block] = [Table([*shown, *([("Also", "; ".join(rest))] if rest else [])])]
    return [*blocks, *(Text(note, "quiet") for note in notes(questions, answers))]


def rows_of(
    known: Catalogue, project: ProjectQuestions, decision: Decision | None, answers: Answers, state: State
) -> list[Row]:
    """Return a row for every answer that leaves a choice."""
    decided = as_data(decision.answers) if decision else {}
    rows = [Row("dest", "Folder", state.dest)]
    for name, value in decided.items():
        shown = ask_decision.label(known, name, value)
        rows.append(Row(f"decide.{name}", ask_decision.title(known, name), shown))
    for name, value in answers.values.items():
        entry = project.questions.find(name)
        question = Question(entry, project.questions.environment, answers.context) if entry else None
        if question and (name in project.before or has_choice(question)):
            said = in_words(question, value)
            if name == "framework" and decision:
                said += f" ({_standing(decision, str(value))})"
            rows.append(
                Row(
                    f"project.{name}", short(question.label), said, name == "framework" or project.is_asked(name, state)
                )
            )
    return rows


def _standing(decision: Decision, framework: str) -> str:
    if decision.recommendation == framework:
        return "recommended"
    if decision.recommendation in (EITHER, INFEASIBLE):
        return "either would do" if decision.recommendation == EITHER else "what you need excludes both"
    return f"{NAMES[decision.recommendation]} is recommended"


def in_words(question: Question, value: Any) -> str:
    """Return an answer by the labels of its choices."""
    labels: Mapping[Any, str] = {str(choice.value): short(choice.label) for choice in question.choices}
    values = value if isinstance(value, list) else [value]
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(labels.get(str(each), str(each)) for each in values) or "none"


def short(label: str) -> str:
    """Return a label without its explanation."""
    return label.partition(",")[0].partition(" (")[0].strip() or label
