"""From the first question to a plan that the person has seen whole: every answer can be changed until then."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fwnew import prompts
from fwnew.decision import explain
from fwnew.decision.answers import as_data, parse
from fwnew.decision.catalogue import load
from fwnew.decision.decide import decide
from fwnew.decision.facts import evidence
from fwnew.decision.model import INFEASIBLE, NAMES, PYTORCH, TENSORFLOW, Decision
from fwnew.decision.record import DECIDED, GIVEN
from fwnew.decision.suggest import suggestions
from fwnew.plan import Plan, asks_framework
from fwnew.prompts import Back, Option
from fwnew.template.questions import Answers, Questions
from fwnew.text import listing, table
from fwnew.wizard.decision import ask_decision, ask_one, label, names
from fwnew.wizard.project import ask_destination, ask_project

GUIDED, QUICK = "guided", "quick"
DECISION = "decision."  # before the name of one of its answers: `python` is a question of both
CREATE, FILES, CHANGE, CANCEL = "create", "files", "change", "cancel"


def confirm_template(template: str) -> None:
    """Ask whether a template is trusted, and say what that means.

    Raises KeyboardInterrupt when it is not.
    """
    print(f"You have not allowed the template {template} yet.")
    print("It runs no code itself, but its files become your project, and --smoke, as you later, runs them.")
    try:
        trusted = prompts.confirm("Do you trust it, now and from now on?", default=False)
    except Back:
        trusted = False
    if not trusted:
        raise KeyboardInterrupt


@dataclass
class Interview:
    """The answers so far. Each step asks, and returns whether it did; Back leads to the last step that asked."""

    dest: str
    questions: Questions
    suggested: dict[str, Any]
    preview: Callable[[str, Plan], Sequence[str]]
    start: str = ""
    decided: dict[str, Any] = field(default_factory=dict)
    decision: Decision | None = None
    settled: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    answers: Answers = field(default_factory=lambda: Answers({}, {}, {}))

    def __post_init__(self) -> None:
        self.known = load()
        self.today = datetime.date.today()

    def run(self) -> tuple[str, Plan]:
        """The folder and the plan.

        Raises KeyboardInterrupt when the person gives up.
        """
        print(f"{prompts.keys()}\n")
        steps = [self.begin, self.decide, self.choose] if asks_framework(self.questions) else []
        steps += [self.ask, self.review]
        asked, position, back = list[int](), 0, False
        while position < len(steps):
            try:
                if steps[position](back):
                    asked.append(position)
                position, back = position + 1, False
            except Back:
                position, back = (asked.pop() if asked else 0), True
        return self.dest, self.plan

    @property
    def plan(self) -> Plan:
        if not self.settled:
            return Plan(self.answers)
        return Plan(self.answers, DECIDED if self.decision else GIVEN, self.decision)

    def begin(self, back: bool) -> bool:
        """Guided, quick, or from answers that often go together."""
        options = [
            Option("Guided: six questions decide (recommended)", GUIDED),
            Option("Quick: I know my framework", QUICK),
            *(Option(preset.label, preset.name) for preset in self.known.presets.values()),
        ]
        start = prompts.select("How do you want to start?", options, self.start or GUIDED)
        if start != self.start:
            preset = self.known.presets.get(start)
            self.decided = as_data(parse(self.known, preset.answers)) if preset else {}
        self.start = start
        print()
        return True

    def decide(self, back: bool) -> bool:
        """The questions that decide, and what they lead to."""
        self.decision = None
        if self.start == QUICK:
            return False
        if self.start == GUIDED:
            if back:
                self.decided.pop(names(self.known)[-1], None)
            ask_decision(self.known, self.decided, self.today)
        self.recommend()
        return self.start == GUIDED

    def recommend(self) -> None:
        """Decide, and say why."""
        self.decision = decide(self.known, parse(self.known, self.decided), self.today)
        print(f"\n{explain.summary(self.known, self.decision)}\n")

    def choose(self, back: bool) -> bool:
        """Take the recommended framework, or overrule it."""
        title, recommended = "Framework", self.settled.get("framework", PYTORCH)
        if self.decision:
            title = f"Framework, recommended: {explain.standing(self.decision)}"
            recommended = self.decision.recommendation
            if recommended == INFEASIBLE:
                title = "Framework (go back to relax an answer; whoever takes one overrules the rules above)"

        def more() -> str:
            return f"\n{evidence(self.known, self.decision, self.today)}\n" if self.decision else ""

        def option(name: str) -> Option:
            mark = " (recommended)" if self.decision and name == recommended else ""
            return Option(f"{NAMES[name]}{mark}", name)

        options = [option(PYTORCH), option(TENSORFLOW)]
        start = recommended if recommended in (PYTORCH, TENSORFLOW) else PYTORCH
        self.settled["framework"] = prompts.select(title, options, start, more if self.decision else None)
        return True

    def ask(self, back: bool) -> bool:
        """The questions of the template; what the decision leads to is recommended."""
        if back and self.given:
            name, value = self.given.popitem()
            self.suggested[name] = value
        self.answers = ask_project(self.questions, self.suggestions(), self.settled, self.given)
        return bool(self.given)

    def suggestions(self) -> dict[str, Any]:
        """What this machine knows, and what leads where the decision is to lead."""
        derived = suggestions(self.known, self.decision, self.settled["framework"]) if self.decision else {}
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
            print("", *table(self.overview()), "", sep="\n")
            wish = prompts.select("Is it right?", options, CREATE)
            if wish == CANCEL:
                raise KeyboardInterrupt
            if wish == CREATE:
                return True
            if wish == FILES:
                print(f"\n{listing(self.dest, self.preview(self.dest, self.plan))}")
            else:
                self.change()

    def overview(self) -> list[tuple[str, str]]:
        """The answers to the project's questions, and the decision in a line: it fits on a small screen."""
        folder, *rows = [(name, value) for id_, name, value in self.rows() if not id_.startswith(DECISION)]
        return [folder, *([("recommended", explain.standing(self.decision))] if self.decision else []), *rows]

    def rows(self) -> list[tuple[str, str, str]]:
        """Every answer: its id, its name, and the answer in words."""
        decided = as_data(self.decision.answers) if self.decision else {}
        rows = [("dest", "folder", self.dest)]
        rows += [(f"{DECISION}{name}", name, label(self.known, name, decided[name])) for name in decided]
        for name, value in self.answers.values.items():
            rows.append((name, name, ", ".join(map(str, value)) if isinstance(value, list) else str(value)))
        return rows

    def change(self) -> None:
        """One answer; whatever it makes impossible is asked again. Back leaves everything as it was."""
        rows = self.rows()
        lines = table((name, value) for _, name, value in rows)
        options = [Option(line, name) for line, (name, _, _) in zip(lines, rows, strict=True)]
        before = (self.dest, dict(self.decided), self.decision, dict(self.settled), self.answers, dict(self.given))
        try:
            self.change_one(prompts.select("Which one?", options))
        except Back:
            self.dest, self.decided, self.decision, self.settled, self.answers, self.given = before

    def change_one(self, name: str) -> None:
        """Ask one answer again."""
        if name == "dest":
            self.dest = ask_destination(self.dest)
            return
        if name.startswith(DECISION):
            name = name.removeprefix(DECISION)
            was = self.decision.recommendation if self.decision else ""
            self.decided = as_data(parse(self.known, self.decided))
            self.decided[name] = ask_one(self.known, name, self.decided, self.today)
            self.recommend()
            if self.decision and self.decision.recommendation == was:
                return
            name = "framework"
        if name == "framework" and self.settled:
            self.choose(False)
        old = self.answers.values
        fixed = {**{other: value for other, value in old.items() if other != name}, **self.settled}
        asked = dict[str, Any]()
        self.answers = ask_project(self.questions, {**self.suggestions(), name: old[name]}, fixed, asked)
        self.given = {other: value for other, value in self.answers.values.items() if other in {**self.given, **asked}}
