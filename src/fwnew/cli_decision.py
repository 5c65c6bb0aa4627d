"""The commands of the decision."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from fwnew.errors import UsageError, nearest
from fwnew.options import Debug, Json, print_json, require_terminal


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
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a decision record (MADR).")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Recommend PyTorch or TensorFlow, with reasons, evidence and what would change it."""
    import datetime

    from fwnew.decision import answers as given
    from fwnew.decision import explain, record
    from fwnew.decision.catalogue import load
    from fwnew.decision.decide import decide as recommend

    known, today = load(), datetime.date.today()
    if criterion is not None:
        if criterion not in known.criteria:
            raise UsageError(f"there is no criterion '{criterion}'", f"choose from {', '.join(known.criteria)}")
        return print(explain.explain(known, criterion, today))
    if markdown and as_json:
        raise UsageError("--markdown and --json are two forms of one answer", "give one of them")
    if defaults or answers or data:
        file = given.from_file(answers) if answers else {}
        answered = given.parse(known, given.merge(file, given.from_words(data or [])))
    else:
        require_terminal(as_json or markdown, "give answers, such as --data goal=research, or --defaults")
        from fwnew.wizard import ask_decision

        answered = ask_decision(known, today)
    decision = recommend(known, answered, today)
    if markdown:
        return print(record.record(known, answered, decision, today), end="")
    if not as_json:
        print(explain.text(known, answered, decision, today))
        words = given.as_words(answered, known)
        again = shlex.join(["fwnew", "decide", *(part for word in words for part in ("--data", word))])
        print(f"\nthe same again:\n  {again}{'' if words else ' --defaults'}")
    return print_json(as_json, record.as_json(known, answered, decision))


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
