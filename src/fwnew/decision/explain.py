"""A decision in detail, in words: the verdict, the rules, the arithmetic, and what would change it."""

from collections.abc import Iterable
from datetime import date

from fwnew.decision.decide import CLEAR, LEAN, hardest, relaxations, strongest
from fwnew.decision.deployment import routes
from fwnew.decision.evidence import GRADES, facts
from fwnew.decision.model import (
    EITHER,
    INFEASIBLE,
    NAMES,
    PYTORCH,
    TENSORFLOW,
    Catalogue,
    Criterion,
    Decision,
    Flip,
    Outcome,
    Reason,
)
from fwnew.decision.suggest import follows
from fwnew.terminal.blocks import Block, Stack, Table, Text

CLAIMS = "The usual advice, claim by claim: docs/claims.md in fwnew's repository."
SCALE = "what each answer scores, from -2 for TensorFlow to +2 for PyTorch"
CLOSE = LEAN + (CLEAR - LEAN) / 3


def details(catalogue: Catalogue, decision: Decision) -> list[Block]:
    """Return what follows a recommendation in brief: rules, arithmetic, what would change it, and the routes."""
    return [
        Text(verdict(decision)),
        *rules(decision),
        reasons(catalogue, decision),
        *flips(catalogue, decision),
        *routes(catalogue, decision),
        *(Text(sentence) for sentence in (follows(catalogue, decision),) if sentence),
    ]


def short_verdict(outcome: Outcome) -> str:
    """Where the answers lead, in a few words; no score where rules decide and not the score."""
    if outcome.recommendation == INFEASIBLE:
        return INFEASIBLE
    if outcome.strength == "forced":
        return f"{NAMES[outcome.recommendation]}, forced"
    strength = "either" if outcome.recommendation == EITHER else f"{NAMES[outcome.recommendation]}, {outcome.strength}"
    return f"{strength} (score {float(outcome.score):+.2f})"


def taken(decision: Decision, framework: str) -> str:
    """What became of the recommendation, in a sentence."""
    name = NAMES.get(framework, framework)
    if decision.recommendation == framework:
        return f"{name} was chosen."
    if decision.recommendation == EITHER:
        return f"{name} was chosen."
    return f"Overruled: {name} was chosen instead."


def verdict(decision: Decision) -> str:
    """The recommendation, its strength and what they mean, in a sentence or two."""
    score = f"score {float(decision.score):+.2f}, from -1 for TensorFlow to +1 for PyTorch"
    if decision.recommendation == INFEASIBLE:
        return "Infeasible: what you need excludes both frameworks."
    if decision.recommendation == EITHER:
        return f"Either: {undecided(decision)} ({score}). Try both, or use the one that your team knows."
    name = NAMES[decision.recommendation]
    if decision.strength == "forced":
        return f"{name}, forced: what you need excludes {NAMES[decision.vetoes[0].vetoes]}."
    close = "; a close call" if is_close(decision) else ""
    return f"{name}, {decision.strength}{close} ({score})."


def explain(catalogue: Catalogue, name: str, today: date) -> list[Block]:
    """Return why a question is asked, what each answer scores, and the evidence for it."""
    criterion = catalogue.criteria[name]
    cited = dict.fromkeys(id_ for choice in criterion.choices.values() if choice.score for id_ in choice.evidence)
    neutral = [id_ for choice in criterion.choices.values() for id_ in choice.evidence]
    context = [id_ for id_ in dict.fromkeys([*neutral, *criterion.context]) if id_ not in cited]
    rests = [
        facts(title, (catalogue.evidence[id_] for id_ in ids), today)
        for title, ids in (("what the scores rest on", cited), ("known, and scoring nothing", context))
        if ids
    ]
    return [Text(f"{criterion.title} {criterion.why}"), *scores(criterion), *rests, Text(GRADES), Text(CLAIMS)]


def scores(criterion: Criterion) -> list[Block]:
    """Return what each answer to a question scores, and why none scores for one side."""
    rows = [(choice.name, _signed(choice.score), choice.label) for choice in criterion.choices.values()]
    blocks: list[Block] = [Table(rows, title=SCALE)]
    blocks += [Text(f"{old} means {', '.join(new)}") for old, new in criterion.renamed.items()]
    if criterion.several:
        blocks.append(
            Text(
                "Of several, the target with the fewest maintained routes decides; of equally hard ones the greater "
                "score, and none if they pull both ways."
            )
        )
    return [*blocks, *([Text(criterion.one_sided.strip())] if criterion.one_sided else [])]


def constraints(catalogue: Catalogue) -> Table:
    """Return what a person can require, which no weight outvotes."""
    return Table(list(catalogue.constraints.items()), title="what --data constraints=NAME,NAME can require")


def rules(decision: Decision) -> list[Block]:
    """Return the rules that hold."""
    rows = [(rule.id, f"excludes {NAMES[rule.vetoes]}", rule.because) for rule in decision.vetoes]
    return [Table(rows, title="rules that no weight outvotes")] if rows else []


def vetoes(decision: Decision) -> list[Block]:
    """Return the rules that hold; where they exclude both frameworks, also what would relax one."""
    return [*rules(decision), *([relax(decision)] if decision.recommendation == INFEASIBLE else [])]


def reasons(catalogue: Catalogue, decision: Decision) -> Stack:
    """Return the signed bars, one for each question, and the sum that makes the score."""
    rows = []
    for reason in decision.reasons:
        points = int(reason.weight * reason.score)
        left, right = "-" * -min(points, 0), "+" * max(points, 0)
        product = f"{reason.weight} x {reason.score:+d} = {points:+d}" if reason.score else "0"
        default = " (default)" if is_default(catalogue, decision, reason.criterion) else ""
        rows.append((reason.criterion, f"{left:>6}|{right:<6}", product, f"{label(catalogue, reason)}{default}"))
    table = Table(rows, title="what speaks for TensorFlow (-) and for PyTorch (+), weight times score")
    return Stack([table, Text(_sum(decision), indent=2)])


def _sum(decision: Decision) -> str:
    """How the points make the score, and what the score means."""
    points = sum(int(reason.weight * reason.score) for reason in decision.reasons)
    most = 2 * sum(int(reason.weight) for reason in decision.reasons)
    limits = f"below {float(LEAN)} either would do, {float(CLEAR)} or more is clear"
    return f"sum {_signed(points)}, of at most {most} either way: score {float(decision.score):+.2f}; {limits}"


def is_default(catalogue: Catalogue, decision: Decision, question: str) -> bool:
    """Whether the answer to one of the weighed questions is its default."""
    return decision.answers.choices[question] == (catalogue.criteria[question].default,)


def label(catalogue: Catalogue, reason: Reason) -> str:
    """An answer in the words of its question; of several targets, which decides and why."""
    criterion = catalogue.criteria[reason.criterion]
    if len(reason.answer) == 1:
        return _labels(criterion, reason.answer)
    hard = hardest(catalogue, reason.answer)
    strong = strongest(catalogue, hard)
    if len(hard) == 1:
        why = f"the hardest decides: {_labels(criterion, hard)}"
    elif len({criterion.choices[name].score for name in strong}) > 1:
        why = f"equally hard, and they pull both ways: {_labels(criterion, strong)}"
    elif len(strong) < len(hard):
        why = f"equally hard; the higher score decides: {_labels(criterion, strong)}"
    elif len(hard) == len(reason.answer):
        why = "equally hard, with the same score"
    else:
        why = f"the hardest: {_labels(criterion, hard)}"
    return f"{_labels(criterion, reason.answer)} ({why})"


def _labels(criterion: Criterion, names: Iterable[str]) -> str:
    return "; ".join(criterion.choices[name].label for name in names)


def flips(catalogue: Catalogue, decision: Decision) -> list[Block]:
    """Return each single change that leads elsewhere: of answers, then of defaults, then of weights.

    Of an infeasible decision, the rules have said it.
    """
    if decision.recommendation == INFEASIBLE:
        return []
    silent = {reason.criterion for reason in decision.reasons if not reason.score}  # a weight of 0 points only dilutes
    shown = [flip for flip in decision.flips if flip.kind != "weight" or flip.criterion not in silent]
    if not shown:
        return [Text("No single answer or weight would change this.")]

    def given_first(flip: Flip) -> tuple[bool, bool]:
        asked = flip.criterion in catalogue.criteria
        return flip.kind == "weight", asked and is_default(catalogue, decision, flip.criterion)

    return [Table(_changes(sorted(shown, key=given_first)), title="any one of these would change it")]


def _changes(flips: Iterable[Flip]) -> list[tuple[str, str]]:
    """A row for each question: the changes, and what each leads to."""
    changes = dict[str, dict[str, list[str]]]()
    for flip in flips:
        what = f"weight of {flip.criterion}" if flip.kind == "weight" else flip.criterion
        changes.setdefault(what, {}).setdefault(NAMES[flip.becomes], []).append(flip.to)
    return [
        (what, "; ".join(f"{', '.join(to)} -> {name}" for name, to in becomes.items()))
        for what, becomes in changes.items()
    ]


def notes(decision: Decision, more: Iterable[str] = ()) -> list[Block]:
    """What should be known beside the recommendation."""
    said = [*(note.says for note in decision.notes), *more]
    return [Stack([Text(f"note: {each}", "note") for each in said])] if said else []


def _signed(score: int) -> str:
    return f"{score:+d}" if score else "0"


def relax(decision: Decision) -> Block:
    """What makes one of the frameworks possible again."""
    changes = _changes(relaxations(decision))
    return Table(changes or [("", "no single one is enough")], title="relax one of these")


def is_close(decision: Decision) -> bool:
    return decision.strength == "lean" and abs(decision.score) < CLOSE


def undecided(decision: Decision) -> str:
    """Why neither is ahead: nothing was said, too little, or as much for the one as for the other."""
    sides = {reason.score > 0 for reason in decision.reasons if reason.score and reason.weight}
    if not sides:
        return "no answer favours one of the frameworks"
    if len(sides) == 2:
        return "the answers nearly balance"
    ahead = NAMES[PYTORCH if sides == {True} else TENSORFLOW]
    return f"too little speaks for {ahead} to decide; answer more, or give what matters a weight"
