"""An old decision judged by today's evidence: unchanged, weaker, stronger or flipped, and by what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from fwnew.decision.answers import parse
from fwnew.decision.decide import decide
from fwnew.decision.evidence import STALE, facts
from fwnew.decision.explain import short_verdict
from fwnew.decision.model import NAMES, Catalogue, Decision, DecisionAnswers, Outcome
from fwnew.decision.record import DECIDED, SCHEMA
from fwnew.decision.suggest import follows
from fwnew.errors import UsageError
from fwnew.terminal.blocks import Block, Stack, Text

PLACE = Path("docs", "decisions", "0001-framework.md")
STRENGTHS = ("either", "lean", "clear", "forced", "infeasible")


@dataclass(frozen=True)
class Old:
    """What a decision record says in its front matter."""

    made: date
    answers: Mapping[str, Any]
    scores: Mapping[str, int]
    outcome: Outcome
    framework: str | None
    """The one that was taken, whatever was recommended."""


@dataclass(frozen=True)
class Revisited:
    """The old decision, today's for the same answers, and what moved between them."""

    verdict: str
    old: Old
    answers: DecisionAnswers
    now: Decision
    changes: tuple[str, ...]


def read(project: Path) -> Old:
    """The decision record of a project.

    Raises UsageError when there is none, when it is broken or from a newer fwnew, and when it says that nothing
    was decided.
    """
    import yaml

    file = project / PLACE
    hint = f"write one there: mkdir -p {PLACE.parent}; fwnew decide --data ... --markdown > {PLACE}"
    try:
        _, front, _ = file.read_text("utf-8").split("---\n", 2)
        fields = yaml.safe_load(front)
        if fields["schema"] > SCHEMA:
            raise UsageError(f"{file} is of schema {fields['schema']}, from a newer fwnew", "upgrade fwnew")
        if fields.get("origin", DECIDED) != DECIDED:
            message = f"{NAMES[fields['framework']]} is {fields['origin']} there: nothing was decided"
            raise UsageError(message, "fwnew decide asks the questions")
        outcome = Outcome(str(fields["recommendation"]), str(fields["strength"]), Fraction(fields["score"]))
        if outcome.recommendation not in NAMES or outcome.strength not in STRENGTHS:
            raise ValueError("its outcome is none that there is")
        scores = {str(name): int(score) for name, score in fields["scores"].items()}
        made, answers = date.fromisoformat(str(fields["date"])), dict(fields["answers"])
        return Old(made, answers, scores, outcome, fields.get("framework"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(f"{project} has no decision record: there is no {PLACE}", hint) from error
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}", hint) from error
    except (ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError, yaml.YAMLError) as error:
        message = f"the front matter of {file} was edited by hand or is missing"
        raise UsageError(message, hint) from error


def revisit(catalogue: Catalogue, old: Old, today: date) -> Revisited:
    """Decide again, with the old answers and what is known today.

    Raises UsageError when an answer is none that is asked for any more.
    """
    answers = parse(catalogue, old.answers)
    now = decide(catalogue, answers, today)
    was = old.outcome
    if now.recommendation != was.recommendation:
        verdict = "flipped"
    else:
        before, after = ((STRENGTHS.index(o.strength), abs(o.score)) for o in (was, now))
        verdict = "unchanged" if before == after else "weaker" if after < before else "stronger"
    changes = [
        f"{name}: its answer scores {_signed(score)}, and scored {_signed(old.scores[name])}"
        for name, score in ((reason.criterion, reason.score) for reason in now.reasons)
        if old.scores.get(name, score) != score
    ]
    if was.strength != "forced":
        changes += [f"{rule.id}: {rule.because}" for rule in now.vetoes]
    elif now.strength != "forced":
        changes.append("the rule that forced it holds no more")
    return Revisited(verdict, old, answers, now, tuple(changes))


def report(catalogue: Catalogue, found: Revisited, today: date) -> list[Block]:
    """What became of the decision, in a few lines."""
    was, now = short_verdict(found.old.outcome), short_verdict(found.now)
    lines = [Text(f"{found.verdict.capitalize()}: {was} on {found.old.made}, {now} today.")]
    lines += [Text(change, indent=2) for change in found.changes]
    if found.old.framework not in (None, found.now.recommendation):
        lines.append(Text(f"the project itself is in {NAMES[found.old.framework]}", indent=2))
    if sentence := follows(catalogue, found.now, found.old.framework or ""):
        lines.append(Text(sentence, indent=2))
    cited = {id_ for reason in found.now.reasons if reason.score and reason.weight for id_ in reason.evidence}
    stale = [fact for fact in catalogue.evidence.values() if fact.id in cited and fact.stale(today)]
    return [Stack(lines), *([facts(STALE, stale, today)] if stale else [])]


def _signed(score: int) -> str:
    return f"{score:+d}" if score else "0"
