"""From the first question to a plan that the person has seen whole: every answer can be changed until then."""

import copy
import datetime
from collections.abc import Callable, Sequence
from typing import Any

from fwnew.decision import explain
from fwnew.decision.answers import as_data, from_environment, merge, parse
from fwnew.decision.catalogue import load
from fwnew.decision.decide import decide
from fwnew.decision.model import INFEASIBLE, NAMES, PYTORCH, TENSORFLOW, Decision
from fwnew.decision.record import DECIDED, GIVEN
from fwnew.decision.suggest import suggestions
from fwnew.project.plan import Plan, asks_framework
from fwnew.project.target import target_of
from fwnew.questions.given import from_machine, gather
from fwnew.questions.questions import Questions
from fwnew.terminal import prompts
from fwnew.terminal.layout import listing, table
from fwnew.terminal.prompts import Back, Option
from fwnew.wizard.ask_decision import ask_decision, ask_one, background, begun, names, recommendation, take_back
from fwnew.wizard.ask_project import Stuck, ask_destination, ask_project, ask_rest, notes, refuse_wrong_variables
from fwnew.wizard.state import CHANGES, DECISION, FOLDER, REVIEW, State, overview, rows

GUIDED, QUICK = "guided", "quick"
WEIGHTS = "weights"
CREATE, FILES, CHANGE, CANCEL = "create", "files", "change", "cancel"
START = """
Guided asks what you want to do, and recommends PyTorch or TensorFlow.
Quick takes the framework that you name.
The others are answers that often go together: they recommend one at once.
"""


class Interview:
    """Each step asks, and returns whether it did; Back leads to the last step that asked."""

    def __init__(self, dest: str | None, questions: Questions, preview: Callable[[str, Plan], Sequence[str]]) -> None:
        """Without a `dest`, the folder is the first question.

        Raises UsageError for a variable that is wrong.
        """
        self.known, self.today = load(), datetime.date.today()
        self.variables = from_environment(self.known) if asks_framework(questions) else {}
        refuse_wrong_variables(questions)
        self.questions, self.preview, self.asks_folder = questions, preview, dest is None
        self.machine = from_machine(questions)
        self.suggested = dict[str, Any]()
        self.now = State(taken_back=self.variables.copy())
        if dest is not None:
            self.take_folder(dest)

    def run(self) -> tuple[str, Plan]:
        """The folder and the plan.

        Raises KeyboardInterrupt when the person gives up.
        """
        prompts.say(f"{prompts.keys()}\n")
        steps = [self.folder] if self.asks_folder else []
        steps += [self.begin, self.decide, self.choose] if asks_framework(self.questions) else []
        steps += [self.ask, self.review]
        asked, position, back = list[int](), 0, False
        while position < len(steps):
            try:
                if steps[position](back):
                    asked.append(position)
                position, back = position + 1, False
            except Back as wish:
                if not asked and isinstance(wish, Stuck):
                    raise wish.error from None
                if not asked:
                    prompts.say(f"{prompts.FIRST}\n")
                position, back = (asked.pop() if asked else 0), True
        return self.now.dest, self.plan

    @property
    def plan(self) -> Plan:
        if not self.now.settled:
            return Plan(self.now.answers)
        return Plan(self.now.answers, DECIDED if self.now.decision else GIVEN, self.now.decision)

    def folder(self, back: bool) -> bool:
        """Where the project is made."""
        self.take_folder(ask_destination(self.now.dest))
        print()
        return True

    def take_folder(self, dest: str) -> None:
        """What is suggested follows from the folder's name."""
        name = target_of(dest).name
        self.now.dest, self.questions = dest, self.questions.in_folder(name)
        self.suggested = {**self.machine, **gather(self.questions, name)}

    def begin(self, back: bool) -> bool:
        """Guided, quick, or from answers that often go together."""
        number = len(names(self.known, {}, self.today))
        options = [
            Option(f"Guided: {number} questions decide", GUIDED, recommended=True),
            Option("Quick: I know my framework", QUICK),
            *(Option(preset.label, preset.name) for preset in self.known.presets.values()),
        ]
        start = prompts.select("How do you want to start?", options, self.now.start or GUIDED, lambda: START)
        if start != self.now.start:
            preset, self.now.decided = self.known.presets.get(start), begun(self.variables)
            if preset:
                self.now.decided = as_data(parse(self.known, merge(self.variables, preset.answers)))
        self.now.start = start
        print()
        return True

    def decide(self, back: bool) -> bool:
        """The questions that decide, and what they lead to."""
        now = self.now
        if now.start == QUICK:
            self.take(None)
            return False
        if now.start == GUIDED:
            if back:
                take_back(self.known, now.decided, now.taken_back, self.today)
            ask_decision(self.known, now.decided, self.today, now.taken_back)
        self.recommend()
        return now.start == GUIDED

    def recommend(self) -> None:
        """Decide, and say why."""
        decision = decide(self.known, parse(self.known, self.now.decided), self.today)
        self.take(decision)
        prompts.say(f"\n{recommendation(self.known, decision)}\n")

    def take(self, decision: Decision | None) -> None:
        """The framework that was settled on another recommendation, or on none, is to be looked at again."""
        if (decision.recommendation if decision else "") != self.now.recommendation:
            self.now.settled.pop("framework", None)
        self.now.decision = decision

    def choose(self, back: bool) -> bool:
        """Take the recommended framework, or overrule it, or say what matters more and look again."""
        while (framework := self.ask_framework()) == WEIGHTS:
            try:
                self.now.decided[WEIGHTS] = ask_one(self.known, WEIGHTS, self.now.decided, self.today)
            except Back:
                continue
            self.recommend()
        self.now.settled["framework"] = framework
        return True

    def ask_framework(self) -> Any:
        """One of the two; or, where one is recommended, WEIGHTS."""
        decision, title = self.now.decision, "Framework"
        recommended = self.now.recommendation
        if decision:
            title = f"Framework, recommended: {explain.short_verdict(decision)}"
            if recommended == INFEASIBLE:
                title = "Framework (either one overrules the rules above)"

        def more() -> str:
            if decision:
                return f"\n{background(self.known, decision, self.today)}\n"
            return "\nIf you are not sure, go back and choose Guided: it recommends one, with its reasons.\n"

        def option(name: str) -> Option:
            return Option(NAMES[name], name, recommended=name == recommended)

        options = [option(PYTORCH), option(TENSORFLOW)]
        if decision:
            options.append(Option("Say what matters more", WEIGHTS, "then see what is recommended"))
        starts = [self.now.settled.get("framework"), recommended, self.suggested.get("framework"), PYTORCH]
        start = next(name for name in starts if name in (PYTORCH, TENSORFLOW))
        return prompts.select(title, options, start, more)

    def ask(self, back: bool) -> bool:
        """The questions of the template; what the decision leads to is recommended."""
        now = self.now
        if back and now.given.names:
            now.given.names.pop()
        now.answers = ask_project(self.questions, self.suggestions(), now.settled, now.given)
        return bool(now.given.names)

    def suggestions(self) -> dict[str, Any]:
        """What this machine and the folder suggest, and what leads where the decision is to lead."""
        decision, settled = self.now.decision, self.now.settled
        derived = suggestions(self.known, decision, settled["framework"]) if decision else {}
        return {**self.suggested, **derived}

    def review(self, back: bool) -> bool:
        """Show everything, and change what is not right, until it is."""
        options = [
            Option("Create the project", CREATE),
            Option("Show its files", FILES),
            Option("Change an answer", CHANGE),
            Option("Cancel", CANCEL),
        ]
        while True:
            shown = table(overview(self.known, self.questions, self.now))
            prompts.say("\n".join(["", *shown, *notes(self.questions, self.now.answers), ""]))
            wish = prompts.select("Is it right?", options, CREATE, lambda: REVIEW)
            if wish == CANCEL:
                raise KeyboardInterrupt
            if wish == CREATE:
                return True
            if wish == FILES:
                print(f"\n{listing(self.now.dest, self.preview(self.now.dest, self.plan))}")
            else:
                self.change()

    def change(self) -> None:
        """One answer; whatever it makes impossible is asked again. Back leaves everything as it was."""
        found = rows(self.known, self.questions, self.now)
        lines = table((name, value) for _, name, value in found)
        options = [Option(line, name) for line, (name, _, _) in zip(lines, found, strict=True)]
        before = copy.deepcopy(self.now)
        try:
            self.change_one(prompts.select("Which one?", options, more=lambda: CHANGES))
        except Back:
            self.now = before
            self.take_folder(before.dest)

    def change_one(self, name: str) -> None:
        """Ask one answer again, and let follow what was only accepted as it was suggested."""
        now = self.now
        was = now.recommendation
        if name == FOLDER:
            self.take_folder(ask_destination(now.dest))
        elif name.startswith(DECISION):
            question = name.removeprefix(DECISION)
            now.decided = as_data(parse(self.known, now.decided))
            now.decided[question] = ask_one(self.known, question, now.decided, self.today)
            self.recommend()
        if (name == "framework" and now.settled) or now.recommendation != was:
            self.choose(False)
        now.given.names = [other for other in now.given.names if other != name]
        now.answers = ask_rest(self.questions, self.suggestions(), now.settled, now.given)
