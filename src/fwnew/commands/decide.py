"""The commands of the decision."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fwnew.commands.options import Debug, Json, filled, filled_path, print_json, require_terminal
from fwnew.errors import UsageError, nearest

if TYPE_CHECKING:
    import datetime

    from fwnew.decision.model import Catalogue, Decision


Preset = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", envvar="FWNEW_PRESET", parser=filled, help="Begin with: research, server, device or learning."
    ),
]


def decide(
    defaults: Annotated[bool, typer.Option("--defaults", help="Take every default.")] = False,
    answers: Annotated[
        Path | None, typer.Option(metavar="FILE", parser=filled_path, help="Answers in YAML or JSON.")
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option("--data", "-d", metavar="KEY=VALUE", help="goal=research or weights.goal=3; repeatable."),
    ] = None,
    preset: Preset = None,
    criterion: Annotated[
        str | None,
        typer.Option(
            "--explain",
            metavar="QUESTION",
            help="What it asks and why: goal, team, flexibility, deployment, pretrained or maintenance.",
        ),
    ] = None,
    revisit: Annotated[
        Path | None,
        typer.Option(
            metavar="PROJECT", parser=filled_path, help="Judge the decision of a project by what is known today."
        ),
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a decision record (MADR).")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Recommend PyTorch or TensorFlow, with reasons, evidence and what would change it."""
    import datetime

    from fwnew.decision import answers as given
    from fwnew.decision import explain, record
    from fwnew.decision.catalogue import load
    from fwnew.decision.decide import decide as recommend

    known, today = load(), datetime.date.today()
    answering = bool(defaults or answers or data or preset)
    if markdown and as_json:
        raise UsageError("--markdown and --json are two forms of one answer", "give one of them")
    if criterion is not None:
        if answering or revisit or markdown or as_json:
            raise UsageError("--explain goes alone", "leave out the other options")
        if criterion not in known.criteria:
            hint = nearest(criterion, known.criteria) or f"choose from {', '.join(known.criteria)}"
            raise UsageError(f"there is no question '{criterion}'", hint)
        print(explain.explain(known, criterion, today))
        return 0
    if revisit is not None:
        if answering or markdown:
            raise UsageError("--revisit takes its answers from the project", "leave out the other answers")
        return _revisit(known, revisit, today, as_json)
    if answering:
        answered = given.parse(known, given.gather(known, preset, answers, data or []))
    else:
        require_terminal(as_json, "give answers, such as --data goal=research, or --defaults")
        from fwnew.terminal import prompts
        from fwnew.wizard.ask_decision import ask_decision, begun

        before = given.from_environment(known)
        print(f"{prompts.keys()}\n")
        answered = ask_decision(known, begun(before), today, before, first=True)
        print()
    decision = recommend(known, answered, today)
    if markdown:
        print(record.record(known, decision, today), end="")
    elif not as_json:
        print(explain.text(known, decision, today))
        words = given.as_words(answered, known)
        if projects := _projects(decision, given.as_options(answered, known)):
            print("\nnext:", *projects, sep="\n  ")
        again = shlex.join(["fwnew", "decide", *(part for word in words for part in ("--data", word))])
        print(f"\nthe same again:\n  {again}{'' if words else ' --defaults'}")
    print_json(as_json, record.as_json(known, decision))
    return 0


def catalogue(
    what: Annotated[str, typer.Argument(metavar="[evidence|lifecycle]")] = "evidence",
    stale: Annotated[bool, typer.Option("--stale", help="Only what nobody checked for 180 days.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show the evidence behind the decision, or how alive each part of a route is."""
    import datetime

    from fwnew.decision import evidence, record
    from fwnew.decision.catalogue import load

    known, today = load(), datetime.date.today()
    if what not in ("evidence", "lifecycle"):
        raise UsageError(
            f"the catalogue has no '{what}'", nearest(what, ["evidence", "lifecycle"]) or "evidence, lifecycle"
        )
    if not as_json:
        print(*evidence.listing(known, what, today, stale=stale), sep="\n")
    print_json(as_json, {"schema": 1, what: record.listing(known, what, today, stale=stale)})


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

    found = revisit.revisit(known, revisit.read(project), today)
    if not as_json:
        print(revisit.text(known, found, today))
    was = {"recommendation": found.old.outcome.recommendation, "strength": found.old.outcome.strength}
    now = record.as_json(known, found.now)
    changes = {"verdict": found.verdict, "was": was, "changes": list(found.changes)}
    print_json(as_json, {"schema": 1, **changes, "now": now})
    return 1 if found.verdict == "flipped" else 0
