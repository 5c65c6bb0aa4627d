"""The interview: from the first question to a plan that the person has reviewed; until then, any answer can change."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

from fwnew.decision import brief, explain
from fwnew.decision.answers import as_data, from_environment, merge, parse
from fwnew.decision.catalogue import load
from fwnew.decision.model import INFEASIBLE, NAMES, PYTORCH, TENSORFLOW, Decision
from fwnew.decision.record import DECIDED, GIVEN
from fwnew.decision.suggest import reaching_more, suggestions
from fwnew.project.plan import Plan, asks_framework, left_out
from fwnew.project.target import target_of
from fwnew.questions.given import from_machine, gather
from fwnew.questions.questions import Questions
from fwnew.terminal import prompts
from fwnew.terminal.blocks import Text, Tree, plain, show
from fwnew.terminal.parts import About, Back, Option
from fwnew.wizard import ask_decision
from fwnew.wizard.ask_project import ProjectQuestions, ask_destination, refuse_wrong_variables
from fwnew.wizard.ask_task import TASK, TaskQuestion
from fwnew.wizard.review import review
from fwnew.wizard.state import State, Step, walk

GUIDED, QUICK = "guided", "quick"
WEIGHTS = "weights"
START = """
Guided asks what you want to do, and recommends PyTorch or TensorFlow.
Quick takes the framework that you name.
The others are common sets of answers: they lead to a recommendation at once.
"""


class Interview:
    """Everything that the questions of a new project depend on, apart from the answers."""

    def __init__(self, dest: str | None, questions: Questions, preview: Callable[[str, Plan], Sequence[str]]) -> None:
        """Prepare the questions; without a `dest`, the first one asks for the folder.

        Raises UsageError for a wrong variable.
        """
        self.known, self.today = load(), datetime.date.today()
        self.decides = asks_framework(questions)
        self.variables = from_environment(self.known) if self.decides else {}
        refuse_wrong_variables(questions)
        self.questions, self.preview, self.dest = questions, preview, dest
        self.task = TaskQuestion(questions)
        self.in_folder = cache(lambda name: questions.in_folder(name))  # Jinja compiles each question once per folder

    def run(self) -> tuple[str, Plan]:
        """Ask all questions, and return the folder and the plan.

        Raises KeyboardInterrupt when the person cancels.
        """
        prompts.introduce()
        remembered = ask_decision.as_remembered(self.variables)
        state = walk(State(dest=self.dest or "", remembered=remembered), self.next_step)
        return state.dest, self.plan(state)

    def next_step(self, state: State) -> Step | None:
        """Return the next step, or None once the project may be created."""
        if not state.dest or state.changing == "dest":
            return self.ask_folder
        if state.changing.startswith("decide."):
            return self.change_decision
        if self.decides and self.task.is_next(state):
            return self.task.ask
        if self.decides and (step := self.next_about_framework(state)):
            return step
        project = self.project(state)
        if step := project.next_question(state):
            return step
        if state.created:
            return None
        return partial(review, self.known, project, self.decision(state), partial(self.files, state))

    def next_about_framework(self, state: State) -> Step | None:
        """Return the next step until a framework is chosen, then None."""
        if not state.start:
            return self.ask_start
        question = ask_decision.next_question(self.known, self.today, state) if state.start == GUIDED else None
        if question:
            return question
        return None if state.framework and state.changing != "project.framework" else self.ask_framework

    def decision(self, state: State) -> Decision | None:
        """Return the decision, or None where the person names the framework or the template fixes it."""
        if not self.decides or state.start == QUICK:
            return None
        return ask_decision.decided(self.known, state.decision_answers, self.today)

    def project(self, state: State) -> ProjectQuestions:
        """Return the template's questions, with suggestions from the machine, the folder and the decision."""
        name = target_of(state.dest).name
        questions = self.in_folder(name)
        suggested = {**from_machine(questions), **gather(questions, name), **self.suggested(state)}
        before = [TASK] if self.decides and self.task.comes_first else []
        return ProjectQuestions(questions, name, suggested, before)

    def suggested(self, state: State) -> dict[str, Any]:
        """Return what the decision suggests; nothing where there is none, or no framework yet."""
        decision = self.decision(state)
        return suggestions(self.known, decision, state.framework) if decision and state.framework else {}

    def plan(self, state: State) -> Plan:
        """Return the plan for these answers."""
        answers = self.project(state).answers(state)
        if not state.framework:
            return Plan(answers)
        decision = self.decision(state)
        dropped = left_out(self.questions, answers, self.suggested(state))
        return Plan(answers, DECIDED if decision else GIVEN, decision, dropped)

    def files(self, state: State) -> Tree:
        """Return the files that would be created."""
        return Tree(target_of(state.dest).name, self.preview(state.dest, self.plan(state)))

    def ask_folder(self, state: State) -> State:
        """Ask for the folder."""
        return replace(state, dest=ask_destination(state.dest or state.remembered.get("dest", "")), changing="")

    def ask_start(self, state: State) -> State:
        """Ask how to start: guided, quick, or from a preset."""
        number = len(ask_decision.names(self.known, {}, self.today))
        options = [
            Option(f"Guided: {number} questions decide", GUIDED, recommended=True),
            Option("Quick: I know my framework", QUICK),
            *(Option(preset.label, preset.name) for preset in self.known.presets.values()),
        ]
        before = state.remembered.get("start", GUIDED)
        start = prompts.select("How do you want to start?", options, before, lambda: START)
        answers: dict[str, Any] = ask_decision.from_the_start(self.variables)
        if preset := self.known.presets.get(start):
            answers = as_data(parse(self.known, merge(self.variables, preset.answers)))
        return replace(state, start=start, decision_answers=answers)

    def change_decision(self, state: State) -> State:
        """Ask a deciding question again; if the recommendation changes, the framework is asked again, too."""
        name = state.changing.removeprefix("decide.")
        whole = replace(state, decision_answers=as_data(parse(self.known, state.decision_answers)))
        after = ask_decision.ask(self.known, self.today, name, whole)
        was, now = self.decision(state), self.decision(after)
        same = was and now and was.recommendation == now.recommendation
        return after if same else replace(after, framework="")

    def ask_framework(self, state: State) -> State:
        """Ask for the framework: accept the recommendation, overrule it, or change the weights and see it again."""
        while True:
            decision = self.decision(state)
            if decision:
                print()
                show(*brief.brief(self.known, decision))
                print()
            framework = self._ask_framework(state, decision)
            if framework != WEIGHTS:
                return replace(state, framework=framework, changing="")
            try:
                weights = ask_decision.ask_one(self.known, WEIGHTS, state.decision_answers)
            except Back:
                continue
            state = replace(state, decision_answers={**state.decision_answers, WEIGHTS: weights}, framework="")

    def _ask_framework(self, state: State, decision: Decision | None) -> Any:
        """Return one of the two frameworks, or WEIGHTS, which is offered with a recommendation."""
        recommended = decision.recommendation if decision else ""

        def more() -> str:
            if decision:
                where = Text("The evidence: fwnew decide --explain, or fwnew catalogue")
                return f"\n{plain(*explain.details(self.known, decision), where)}\n"
            return "\nIf you are not sure, go back and choose Guided: it recommends one, with its reasons.\n"

        offered = self.task.frameworks(state)
        options = [Option(NAMES[name], name, recommended=name == recommended) for name in offered]
        if decision:
            options.append(Option("Say what matters more", WEIGHTS, "then see what is recommended"))
        said = gather(self.in_folder(target_of(state.dest).name), target_of(state.dest).name).get("framework")
        better = reaching_more(self.known, decision) if decision else ""
        starts = [state.framework, state.remembered.get("framework"), recommended, said, better, *offered]
        start = next(name for name in starts if name in offered)
        why = ["Either one overrules the rules above."] if recommended == INFEASIBLE else []
        why += [self.task.refusal(name, state) for name in (PYTORCH, TENSORFLOW) if name not in offered]
        return prompts.select("Framework", options, start, more, About(why=" ".join(why)))
