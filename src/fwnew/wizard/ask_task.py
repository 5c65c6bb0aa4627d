"""The question for the task, which comes before the framework: what people need depends on what they want to do."""

from dataclasses import replace

from fwnew.decision.model import NAMES, PYTORCH, TENSORFLOW
from fwnew.errors import FwnewError
from fwnew.questions.given import from_environment
from fwnew.questions.question import MISSING, Question
from fwnew.questions.questions import Questions
from fwnew.terminal import prompts
from fwnew.terminal.parts import PLAIN, About, Option
from fwnew.wizard.ask_project import chapters_of, explain
from fwnew.wizard.state import State

TASK = "task"
"""The one question of a template that is asked first; which tasks there are, and their words, the template says."""


class TaskQuestion:
    """A template's question for the task, as it stands in each framework: a task may be for one of them only."""

    def __init__(self, questions: Questions) -> None:
        self.placed = _placed(questions)
        self.said = from_environment(questions).get(TASK)
        self.labels = {c.value: c.label for each in self.placed.values() for c in each.choices if not c.refusal}

    @property
    def comes_first(self) -> bool:
        """Whether the template asks everyone for a task, of several."""
        return len(self.labels) > 1

    def is_next(self, state: State) -> bool:
        return self.comes_first and (TASK not in state.asked or state.changing == f"project.{TASK}")

    def ask(self, state: State) -> State:
        """Ask for the task; the framework is asked again where it is not for the new one.

        Raises Back, or KeyboardInterrupt when the person cancels.
        """
        question = next(iter(self.placed.values()))
        begin = self.said if self.said in self.labels else question.default
        task = prompts.select(
            question.label,
            [Option(label, value) for value, label in self.labels.items()],
            state.remembered.get(f"project.{TASK}", state.own.get(TASK, begin)),
            lambda: explain(question, self.labels),
            PLAIN if state.changing else About(why=question.details),
        )
        after = state.answered(TASK, task, MISSING)  # it stays the person's own, whatever a decision suggests later
        return after if state.framework in self.frameworks(after) else replace(after, framework="")

    def frameworks(self, state: State) -> list[str]:
        """Return the frameworks that the task is for."""
        return [name for name in (PYTORCH, TENSORFLOW) if not self.refusal(name, state)]

    def refusal(self, framework: str, state: State) -> str:
        """Return why a framework is not for the task, as a sentence; empty if it is."""
        question = self.placed.get(framework)
        if not (self.comes_first and question and TASK in state.own):
            return ""
        chosen = next((choice for choice in question.choices if choice.value == state.own[TASK]), None)
        why = chosen.refusal if chosen else ""
        return f"{NAMES[framework]} is not offered: '{state.own[TASK]}' {why}." if why else ""


def _placed(questions: Questions) -> dict[str, Question]:
    """The question in each framework; empty where a template does not ask everyone, or where it is about more."""
    chapters = chapters_of(questions)
    if chapters and not any(TASK in named for named in chapters.values()):
        return {}
    found = {name: questions.placed(TASK, {"framework": name}) for name in (PYTORCH, TENSORFLOW)}
    try:
        return {
            name: each
            for name, each in found.items()
            if each and each.applies and each.kind == "str" and each.choices and not each.entry.multiselect
        }
    except FwnewError:
        return {}  # it depends on an answer that has no default: it is asked in its place
