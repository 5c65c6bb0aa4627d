"""A decision in words, for people."""

from collections.abc import Iterable, Iterator
from datetime import date

from fwnew.decision.decide import CLEAR, LEAN, hardest, relaxations, strongest
from fwnew.decision.evidence import evidence_text, facts
from fwnew.decision.model import (
    EITHER,
    INFEASIBLE,
    NAMES,
    PYTORCH,
    TENSORFLOW,
    Catalogue,
    Decision,
    Flip,
    Outcome,
    Reason,
    Route,
)
from fwnew.terminal.layout import in_column, table, wrapped

CLAIMS = "The usual advice, claim by claim: docs/claims.md in fwnew's repository."
CLOSE = LEAN + (CLEAR - LEAN) / 3
LABEL = 43  # where the labels of the reasons begin
FLIP = 25  # where begins what would change something
MADE = {
    "run": "fwnew makes the export, and checks it in this runtime",
    "written": "fwnew writes the file; its tests do not run it there",
    "no": "fwnew does not make this export yet",
}
VETO = 28  # where the reasons of the rules begin


def text(catalogue: Catalogue, decision: Decision, today: date) -> str:
    """Everything on one screen or two: verdict, reasons, rules, flips, routes, evidence."""
    return "\n\n".join(
        block for block in (summary(catalogue, decision), evidence_text(catalogue, decision, today)) if block
    )


def summary(catalogue: Catalogue, decision: Decision) -> str:
    """The same without the evidence."""
    blocks = [
        "\n".join(wrapped(verdict(decision))),
        notes_text(decision),
        vetoes_text(decision),
        reasons_text(catalogue, decision),
        flips_text(decision),
        routes_text(catalogue, decision),
    ]
    return "\n\n".join(block for block in blocks if block)


def short_verdict(outcome: Outcome) -> str:
    """Where the answers lead so far, in a few words; no score where rules decide and not the score."""
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
        return f"{name} was taken."
    if decision.recommendation == EITHER:
        return f"Of the two, {name} was taken."
    return f"Overruled: {name} was taken all the same."


def verdict(decision: Decision) -> str:
    """The recommendation, its strength and what they mean, in a sentence or two."""
    score = f"score {float(decision.score):+.2f}, from -1 for TensorFlow to +1 for PyTorch"
    if decision.recommendation == INFEASIBLE:
        return "Infeasible: what you need excludes both frameworks."
    if decision.recommendation == EITHER:
        return f"Either: {_undecided(decision)} ({score}). Prototype both, or take what the team knows."
    name = NAMES[decision.recommendation]
    if decision.strength == "forced":
        return f"{name}, forced: what you need excludes {NAMES[decision.vetoes[0].vetoes]}."
    close = "; a close call" if decision.strength == "lean" and abs(decision.score) < CLOSE else ""
    return f"{name}, {decision.strength}{close} ({score})."


def _undecided(decision: Decision) -> str:
    """Why neither is ahead: nothing was said, too little, or as much for the one as for the other."""
    sides = {reason.score > 0 for reason in decision.reasons if reason.score and reason.weight}
    if not sides:
        return "no answer favours one of them"
    if len(sides) == 2:
        return "the answers nearly balance"
    ahead = NAMES[PYTORCH if sides == {True} else TENSORFLOW]
    return f"too little speaks for {ahead} to decide; answer more, or give what matters a weight"


def explain(catalogue: Catalogue, name: str, today: date) -> str:
    """One criterion: why it is asked, what each answer scores, and the evidence for it."""
    criterion = catalogue.criteria[name]
    lines = [*wrapped(f"{criterion.title} {criterion.why}"), ""]
    lines += table(
        [
            (choice.name, f"{choice.score:+d}" if choice.score else "0", choice.label)
            for choice in criterion.choices.values()
        ]
    )
    lines += [f"{old} means {', '.join(new)}" for old, new in criterion.renamed.items()]
    if criterion.several:
        lines += [
            "",
            *wrapped(
                "Of several, the target with the fewest maintained routes decides; of equally hard ones the greater "
                "score, and none if they pull both ways."
            ),
        ]
    if criterion.one_sided:
        lines += ["", *wrapped(criterion.one_sided.strip())]
    cited = dict.fromkeys(id_ for choice in criterion.choices.values() if choice.score for id_ in choice.evidence)
    neutral = [id_ for choice in criterion.choices.values() for id_ in choice.evidence]
    context = [id_ for id_ in dict.fromkeys([*neutral, *criterion.context]) if id_ not in cited]
    for title, ids in (("what the scores rest on", cited), ("known, and scoring nothing", context)):
        if ids:
            lines += ["", title, *facts((catalogue.evidence[id_] for id_ in ids), today)]
    return "\n".join([*lines, "", CLAIMS])


def vetoes_text(decision: Decision) -> str:
    if not decision.vetoes:
        return ""
    lines = ["rules that no weight outvotes"]
    for rule in decision.vetoes:
        lines += in_column(f"  {rule.id}  excludes {NAMES[rule.vetoes]}:".ljust(VETO), rule.because)
    if decision.recommendation == INFEASIBLE:
        lines += ["", "relax one of these", *(_changes(relaxations(decision)) or ["  (no single one is enough)"])]
    return "\n".join(lines)


def reasons_text(catalogue: Catalogue, decision: Decision) -> str:
    """The signed bars, one criterion after another."""
    rows, labels = [], []
    for reason in decision.reasons:
        points = int(reason.weight * reason.score)
        left, right = "-" * -min(points, 0), "+" * max(points, 0)
        product = f"{reason.weight} x {reason.score:+d} = {points:+d}" if reason.score else "0"
        rows.append((f"  {reason.criterion}", f"{left:>6}|{right:<6}", f"{product:<11}"))
        labels.append(label(catalogue, reason))
    lines = ["what speaks for TensorFlow (-) and for PyTorch (+), weight times score"]
    for row, text in zip(table(rows), labels, strict=True):
        lines += in_column(row.ljust(LABEL), text)
    return "\n".join(lines)


def main_reasons(catalogue: Catalogue, decision: Decision) -> str:
    """Only what counts, a line for each: for a small screen."""
    counted = [reason for reason in decision.reasons if reason.weight * reason.score]
    if not counted:
        return ""
    lines = ["what speaks for TensorFlow (-) and for PyTorch (+)"]
    starts = table((f"  {reason.criterion}", f"{int(reason.weight * reason.score):+d}") for reason in counted)
    for start, reason in zip(starts, counted, strict=True):
        lines += in_column(f"{start}  ", label(catalogue, reason))
    return "\n".join([*lines, *(["  nothing else speaks for either"] if len(counted) < len(decision.reasons) else [])])


def label(catalogue: Catalogue, reason: Reason) -> str:
    criterion = catalogue.criteria[reason.criterion]

    def names(choices: Iterable[str]) -> str:
        return "; ".join(criterion.choices[name].label for name in choices)

    if len(reason.answer) == 1:
        return names(reason.answer)
    hard = hardest(catalogue, reason.answer)
    strong = strongest(catalogue, hard)
    if len(hard) == 1:
        why = f"the hardest decides: {names(hard)}"
    elif len({criterion.choices[name].score for name in strong}) > 1:
        why = f"equally hard, and they pull both ways: {names(strong)}"
    elif len(strong) < len(hard):
        why = f"equally hard; the higher score decides: {names(strong)}"
    else:
        why = "equally hard, with the same score" if len(hard) == len(reason.answer) else f"the hardest: {names(hard)}"
    return f"{names(reason.answer)} ({why})"


def flips_text(decision: Decision) -> str:
    """Each single change that leads elsewhere; of an infeasible decision, the rules have said it."""
    if decision.recommendation == INFEASIBLE:
        return ""
    silent = {reason.criterion for reason in decision.reasons if not reason.score}  # a weight of 0 points only dilutes
    shown = [flip for flip in decision.flips if flip.kind != "weight" or flip.criterion not in silent]
    if not shown:
        return "no single answer or weight would change this"
    return "\n".join(["any one of these would change it", *_changes(shown)])


def _changes(flips: Iterable[Flip]) -> list[str]:
    """A line for each question: the changes, and what each leads to."""
    changes = dict[str, dict[str, list[str]]]()
    for flip in flips:
        what = f"weight of {flip.criterion}" if flip.kind == "weight" else flip.criterion
        changes.setdefault(what, {}).setdefault(NAMES[flip.becomes], []).append(flip.to)
    lines = list[str]()
    for what, becomes in changes.items():
        text = "; ".join(f"{', '.join(to)} -> {name}" for name, to in becomes.items())
        lines += in_column(f"  {what}".ljust(FLIP), text)
    return lines


def routes_text(catalogue: Catalogue, decision: Decision) -> str:
    lines = []
    for route, target, framework in decision.routes:
        place = catalogue.criteria["deployment"].choices[target].label
        if route is None:
            lines += wrapped(f"{place}, {NAMES[framework]}: no supported route", "  ")
            continue
        server = f", served by {route.server}" if route.server else ""
        way = f"{place}, {NAMES[framework]}: {route.export} -> {route.runtime}{server} ({MADE[made(decision, route)]})"
        lines += wrapped(way, "  ")
        for note in (route.note, *warnings(catalogue, route)):
            lines += wrapped(note, "    ")
    return "\n".join(["how the model gets to each target", *lines]) if lines else ""


def notes_text(decision: Decision) -> str:
    """What should be known beside the recommendation, a paragraph each."""
    return "\n".join(line for note in decision.notes for line in wrapped(f"note: {note.says}", ""))


def made(decision: Decision, route: Route) -> str:
    """What a project does of a route: nothing for a model that it does not load, whatever it does for its own."""
    foreign = decision.answers.choices["pretrained"] != ("none",)
    return "no" if foreign else route.made


def warnings(catalogue: Catalogue, route: Route) -> Iterator[str]:
    for part in (catalogue.parts[id_] for id_ in route.parts):
        if part.status != "active":
            state = f"in {part.status}" if part.status in ("beta", "maintenance") else part.status
            yield f"{part.name} is {state}" + (f"; instead: {part.instead}" if part.instead else "")
