"""The commands of the decision."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fwnew.errors import UsageError, nearest
from fwnew.options import Debug, Json, print_json, require_terminal

if TYPE_CHECKING:
    import datetime

    from fwnew.decision.model import Catalogue


def decide(
    defaults: Annotated[bool, typer.Option("--defaults", help="Take every default.")] = False,
    answers: Annotated[Path | None, typer.Option(metavar="FILE", help="Answers in YAML or JSON.")] = None,
    data: Annotated[
        list[str] | None,
        typer.Option("--data", "-d", metavar="KEY=VALUE", help="goal=research or weights.goal=3; repeatable."),
    ] = None,
    criterion: Annotated[
        str | None, typer.Option("--explain", metavar="CRITERION", help="What it asks and why.")
    ] = None,
    revisit: Annotated[
        Path | None, typer.Option(metavar="PROJECT", help="Judge the decision of a project by what is known today.")
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
    answering = bool(defaults or answers or data)
    if markdown and as_json:
        raise UsageError("--markdown and --json are two forms of one answer", "give one of them")
    if criterion is not None:
        if answering or revisit or markdown or as_json:
            raise UsageError("--explain goes alone", "leave out the other options")
        if criterion not in known.criteria:
            hint = nearest(criterion, known.criteria) or f"choose from {', '.join(known.criteria)}"
            raise UsageError(f"there is no criterion '{criterion}'", hint)
        print(explain.explain(known, criterion, today))
        return 0
    if revisit is not None:
        if answering or markdown:
            raise UsageError("--revisit takes its answers from the project", "leave out the other answers")
        return _revisit(known, revisit, today, as_json)
    if answering:
        file = given.from_file(answers) if answers else {}
        answered = given.parse(known, given.merge(file, given.from_words(data or [])))
    else:
        require_terminal(as_json, "give answers, such as --data goal=research, or --defaults")
        from fwnew.wizard import ask_decision

        answered = ask_decision(known, today)
    decision = recommend(known, answered, today)
    if markdown:
        print(record.record(known, answered, decision, today), end="")
    elif not as_json:
        print(explain.text(known, answered, decision, today))
        words = given.as_words(answered, known)
        again = shlex.join(["fwnew", "decide", *(part for word in words for part in ("--data", word))])
        print(f"\nthe same again:\n  {again}{'' if words else ' --defaults'}")
    print_json(as_json, record.as_json(known, answered, decision))
    return 0


def catalogue(
    what: Annotated[str, typer.Argument(metavar="[evidence|lifecycle]")] = "evidence",
    stale: Annotated[bool, typer.Option("--stale", help="Only what nobody checked for 180 days.")] = False,
    debug: Debug = False,
) -> None:
    """Show the evidence behind the decision, or how alive each part of a route is."""
    import datetime

    from fwnew.decision import explain
    from fwnew.decision.catalogue import load

    known, today = load(), datetime.date.today()
    if what not in ("evidence", "lifecycle"):
        raise UsageError(
            f"the catalogue has no '{what}'", nearest(what, ["evidence", "lifecycle"]) or "evidence, lifecycle"
        )
    print(*explain.listing(known, what, today, stale=stale), sep="\n")


def _revisit(known: "Catalogue", project: Path, today: "datetime.date", as_json: bool) -> int:
    """Exit code 1 when today's recommendation is another."""
    from fwnew.decision import record, revisit

    found = revisit.revisit(known, revisit.read(project), today)
    if not as_json:
        print(revisit.text(known, found, today))
    was = {"recommendation": found.old.outcome.recommendation, "strength": found.old.outcome.strength}
    now = record.as_json(known, found.answers, found.now)
    changes = {"verdict": found.verdict, "was": was, "changes": list(found.changes)}
    print_json(as_json, {"schema": 1, **changes, "now": now})
    return 1 if found.verdict == "flipped" else 0
