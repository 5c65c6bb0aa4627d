"""The commands of the decision."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fwnew.commands.options import Debug, Json, filled, filled_path, print_json, require_terminal
from fwnew.errors import UsageError, nearest

if TYPE_CHECKING:
    import datetime

    from fwnew.decision.model import Catalogue, Decision, DecisionAnswers
    from fwnew.terminal.blocks import Block


LISTS = ("evidence", "lifecycle", "tasks")
"""The topics of the catalogue that programs may read, too."""

Preset = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        envvar="FWNEW_PRESET",
        parser=filled,
        help="Start from typical answers: research, server, device or learning.",
    ),
]


def decide(
    defaults: Annotated[
        bool, typer.Option("--defaults", help="Ask nothing; use the default for every question.")
    ] = False,
    data: Annotated[
        list[str] | None,
        typer.Option(
            "--data", "-d", "--decide", metavar="KEY=VALUE", help="Set an answer, such as goal=research; repeatable."
        ),
    ] = None,
    answers: Annotated[
        Path | None, typer.Option(metavar="FILE", parser=filled_path, help="Read answers from YAML or JSON.")
    ] = None,
    preset: Preset = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Add the scores, what would change the result, and the evidence.")
    ] = False,
    revisit: Annotated[
        Path | None,
        typer.Option(
            metavar="PROJECT", parser=filled_path, help="Check a project's old decision against new evidence."
        ),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the decision as a Markdown record (MADR).")
    ] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Recommend PyTorch or TensorFlow.

    Example: fwnew decide --data goal=research --data team=keras. The questions are goal, team, flexibility,
    deployment, pretrained, maintenance, constraints and python; fwnew catalogue goal explains one. An answer
    counts for more with a weight of 2 or 3, and not at all with 0: --data weights.goal=3.
    """
    import datetime

    from fwnew.decision import explain as words
    from fwnew.decision import record
    from fwnew.decision.brief import brief
    from fwnew.decision.catalogue import load
    from fwnew.decision.decide import decide as recommend
    from fwnew.decision.evidence import evidence
    from fwnew.terminal.blocks import show

    known, today = load(), datetime.date.today()
    answering = bool(defaults or answers or data or preset)
    if markdown and as_json:
        raise UsageError("--markdown and --json cannot be combined", "give one of them")
    if revisit is not None:
        if answering or markdown or explain:
            raise UsageError("--revisit takes its answers from the project", "leave out the other options")
        return _revisit(known, revisit, today, as_json)
    given = _answers(known, today, answering, preset, answers, data or [], as_json)
    decision = recommend(known, given, today)
    if markdown:
        print(record.record(known, decision, today), end="")
    elif not as_json:
        told = brief(known, decision)
        if explain:
            told += [*words.details(known, decision), *evidence(known, decision, today)]
        show(*told, *_next(known, decision, explained=explain))
    print_json(as_json, record.as_json(known, decision))
    return 0


def catalogue(
    what: Annotated[
        str,
        typer.Argument(metavar="TOPIC", help="evidence, lifecycle, tasks, constraints, or a question such as goal."),
    ] = "evidence",
    stale: Annotated[bool, typer.Option("--stale", help="Only facts not checked in the last 180 days.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """List the facts behind the recommendation, and what the projects for each task build on."""
    import datetime

    from fwnew.decision import evidence, record
    from fwnew.decision.catalogue import load
    from fwnew.decision.explain import constraints, explain
    from fwnew.terminal.blocks import show

    known, today = load(), datetime.date.today()
    topics = [*LISTS, "constraints", *known.criteria]
    if what not in topics:
        raise UsageError(f"the catalogue has no topic '{what}'", nearest(what, topics) or ", ".join(topics))
    if what not in LISTS:
        if stale or as_json:
            raise UsageError(f"'{what}' takes neither --stale nor --json", "leave them out")
        told = [constraints(known)] if what == "constraints" else explain(known, what, today)
        return show(*told)
    if not as_json:
        show(*evidence.listing(known, what, today, stale=stale))
    return print_json(as_json, {"schema": 1, what: record.listing(known, what, today, stale=stale)})


def _answers(
    known: "Catalogue",
    today: "datetime.date",
    answering: bool,
    preset: str | None,
    file: Path | None,
    data: list[str],
    as_json: bool,
) -> "DecisionAnswers":
    """The answers that were given; without any, those that the person gives now."""
    from fwnew.decision import answers as given

    if answering:
        return given.parse(known, given.gather(known, preset, file, data))
    require_terminal(as_json, "give answers, such as --data goal=research, or --defaults")
    from fwnew.wizard.ask_decision import ask_decision

    return ask_decision(known, today)


def _next(known: "Catalogue", decision: "Decision", *, explained: bool) -> "list[Block]":
    """The commands that may follow."""
    from fwnew.decision.answers import as_options, as_words
    from fwnew.terminal.blocks import Lines, Text

    words = as_words(decision.answers, known)
    again = shlex.join(["fwnew", "decide", *(part for word in words for part in ("--data", word))])
    projects = _projects(decision, as_options(decision.answers, known))
    blocks: list[Block] = [Lines(projects, title="next" if len(projects) == 1 else "next, one of")] if projects else []
    blocks += [] if explained else [Text("more: --explain adds the scores, what would change them, and the evidence.")]
    return [*blocks, Lines([f"{again}{'' if words else ' --defaults'}"], title="to repeat this")]


def _projects(decision: "Decision", answers: list[str]) -> list[str]:
    """The commands that make a project of the decision: one, or two to prototype both."""
    from fwnew.decision.model import EITHER, INFEASIBLE, PYTORCH, TENSORFLOW

    if decision.recommendation == INFEASIBLE:
        return []
    if decision.recommendation != EITHER:
        return [shlex.join(["fwnew", "new", "demo", *answers])]
    return [shlex.join(["fwnew", "new", f"demo-{f}", "--framework", f, *answers]) for f in (PYTORCH, TENSORFLOW)]


def _revisit(known: "Catalogue", project: Path, today: "datetime.date", as_json: bool) -> int:
    """Exit code 1 when today's recommendation is another."""
    from fwnew.decision import record, revisit
    from fwnew.terminal.blocks import show

    found = revisit.revisit(known, revisit.read(project), today)
    if not as_json:
        show(*revisit.report(known, found, today))
    was = {"recommendation": found.old.outcome.recommendation, "strength": found.old.outcome.strength}
    now = record.as_json(known, found.now)
    changes = {"verdict": found.verdict, "was": was, "changes": list(found.changes)}
    print_json(as_json, {"schema": 1, **changes, "now": now})
    return 1 if found.verdict == "flipped" else 0
