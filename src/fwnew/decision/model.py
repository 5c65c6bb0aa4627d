"""What a decision is made of: questions, rules, evidence and routes, a person's answers, and what follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

PYTORCH, TENSORFLOW, EITHER, INFEASIBLE = "pytorch", "tensorflow", "either", "infeasible"
NAMES = {PYTORCH: "PyTorch", TENSORFLOW: "TensorFlow", EITHER: "either", INFEASIBLE: "infeasible"}
FRESH = timedelta(days=180)
"""A fact that nobody has looked at for longer is flagged wherever it is shown."""
OLD_DATA = 2
"""A figure of more calendar years ago is flagged, too; of more when it was looked at, no score rests on it alone."""


@dataclass(frozen=True)
class Evidence:
    """One fact, where it stands and how surely: A a primary source, B a secondary one, J our judgement, U unverified.

    `measured` is the year that a figure describes, as in "2021"; a state of things, such as a release, has none.
    """

    id: str
    claim: str
    publisher: str
    checked: date
    grade: str
    url: str = ""
    published: str = ""
    measured: str = ""

    def stale(self, today: date) -> bool:
        return today - self.checked > FRESH or self.old(today)

    def old(self, today: date) -> bool:
        return bool(self.measured) and today.year - int(self.measured[:4]) > OLD_DATA

    def bears(self) -> bool:
        """Whether a score may rest on it."""
        return self.grade != "U" and not self.old(self.checked)


@dataclass(frozen=True)
class CriterionChoice:
    """An answer; its score goes from -2, for TensorFlow, to +2, for PyTorch."""

    name: str
    label: str
    score: int
    evidence: tuple[str, ...] = ()
    help: str = ""
    because: str = ""
    """Why it scores, in a sentence."""
    project: Mapping[str, Any] = field(default_factory=dict)
    """What follows for the questions of a project, by their names."""


@dataclass(frozen=True)
class Criterion:
    """One of the questions that are weighed.

    `context` is evidence that is shown and scores nothing; `renamed` has what an answer is called elsewhere.
    """

    name: str
    title: str
    why: str
    choices: Mapping[str, CriterionChoice]
    default: str
    several: bool = False
    one_sided: str = ""
    context: tuple[str, ...] = ()
    renamed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Condition:
    """Holds when all that it names was given: answers such as (`team`, `keras`), constraints, a Python."""

    answers: tuple[tuple[str, str], ...] = ()
    constraints: tuple[str, ...] = ()
    python: str | None = None


@dataclass(frozen=True, kw_only=True)
class Rule(Condition):
    """What no weight outvotes, until it expires."""

    id: str
    vetoes: str
    because: str
    evidence: tuple[str, ...]
    expires: date | None = None


@dataclass(frozen=True, kw_only=True)
class Note(Condition):
    """What should be known beside the recommendation; with a framework, only where that is recommended."""

    says: str
    evidence: tuple[str, ...] = ()
    framework: str | None = None


@dataclass(frozen=True)
class Part:
    """A system on the way of a model: active, beta, maintenance, stagnant, deprecated or unmaintained."""

    id: str
    name: str
    status: str
    evidence: tuple[str, ...]
    instead: str = ""


@dataclass(frozen=True)
class Route:
    """How a model of a framework reaches a target.

    `made` says what a project of fwnew does of it: `run`, its export is checked in that runtime; `written`, the file is
    made, and no test of fwnew has run it there; `no`, nothing.
    """

    target: str
    framework: str
    export: str
    runtime: str
    parts: tuple[str, ...]
    made: str
    server: str = ""
    serving: str = ""
    """The server of fwnew's projects that this route needs, where it is not the one that they have anyway."""
    note: str = ""


@dataclass(frozen=True)
class Start:
    """Where a project's training starts for a task, in a framework, and the parts that it builds on."""

    task: str
    start: str
    framework: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Preset:
    """Answers that go together, to begin with; every other answer is its default."""

    name: str
    label: str
    answers: Mapping[str, Any]


@dataclass(frozen=True)
class Catalogue:
    """All that is known."""

    criteria: Mapping[str, Criterion]
    constraints: Mapping[str, str]
    pythons: tuple[str, ...]
    rules: tuple[Rule, ...]
    notes: tuple[Note, ...]
    evidence: Mapping[str, Evidence]
    parts: Mapping[str, Part]
    routes: tuple[Route, ...]
    starts: tuple[Start, ...]
    presets: Mapping[str, Preset]


@dataclass(frozen=True)
class DecisionAnswers:
    """What a person said: the choices for each criterion, how much each matters (0 to 3), and hard constraints."""

    choices: Mapping[str, tuple[str, ...]]
    weights: Mapping[str, Fraction]
    constraints: frozenset[str] = frozenset()
    python: str | None = None


@dataclass(frozen=True)
class Reason:
    """What one criterion contributes: weight times score."""

    criterion: str
    answer: tuple[str, ...]
    weight: Fraction
    score: int
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Flip:
    """One change that leads to another recommendation: of a weight, of an answer, or of a constraint."""

    criterion: str
    kind: str
    to: str
    becomes: str


@dataclass(frozen=True)
class Outcome:
    """The recommendation and its strength; the score is D, between -1 (TensorFlow) and +1 (PyTorch)."""

    recommendation: str
    strength: str
    score: Fraction
    vetoes: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Decision(Outcome):
    """An outcome with the answers that led there, and all that explains it."""

    answers: DecisionAnswers = field(kw_only=True)
    reasons: tuple[Reason, ...] = ()
    flips: tuple[Flip, ...] = ()
    routes: tuple[tuple[Route | None, str, str], ...] = ()
    """For each target and framework left: the route, or none that may be used; the target; the framework."""
    notes: tuple[Note, ...] = ()
