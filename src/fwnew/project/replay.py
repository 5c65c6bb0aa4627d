"""The command that creates the same project again."""

import shlex
from collections.abc import Collection, Sequence

from fwnew.decision.answers import as_options
from fwnew.decision.catalogue import load
from fwnew.decision.record import GIVEN
from fwnew.decision.suggest import suggestions
from fwnew.errors import UsageError
from fwnew.project.plan import Plan
from fwnew.questions.given import from_environment, from_folder
from fwnew.questions.questions import Answers, Questions, resolve
from fwnew.questions.types import as_text
from fwnew.sources.source import Source

# Suggested from git's configuration, which differs on the next machine.
MACHINE_DEPENDENT = ("author",)


def replay(plan: Plan, questions: Questions, source: Source, dest: str, folder: str, *, git: bool) -> str:
    """Return the command that creates the same project, with the same record, again."""
    options, pinned = list[str](), set[str]()
    if plan.decision:
        known = load()
        options = as_options(plan.decision.answers, known)
        pinned = {"framework", *suggestions(known, plan.decision, plan.framework)}
    elif plan.origin == GIVEN:
        pinned = {"framework"}
    return shortest(questions, plan.answers, source, dest, folder, git=git, pinned=pinned, options=options)


def shortest(
    questions: Questions,
    answers: Answers,
    source: Source,
    destination: str,
    folder: str,
    *,
    git: bool = True,
    pinned: Collection[str] = (),
    options: Sequence[str] = (),
) -> str:
    """Return the shortest command that gives the same answers on any machine with the same template.

    It names the `pinned` answers even if they are the defaults, and includes the `options`.
    """
    needed = _needed(questions, answers, folder, {*pinned, *MACHINE_DEPENDENT, *from_environment(questions)})
    data = [word for name in needed for word in ("--data", f"{name}={as_text(answers.data[name])}")]
    template = [] if source.is_default else ["--template", source.url]
    options = [*options, *data, *template, *([] if git else ["--no-git"])]
    end = ["--", destination] if destination.startswith("-") else []
    start = [] if end else [destination]
    return shlex.join(["fwnew", "new", *start, "--defaults", *options, *end])


def _needed(questions: Questions, answers: Answers, folder: str, pinned: Collection[str]) -> list[str]:
    """Return the names of the answers that are pinned or that the others do not imply."""
    needed = list(answers.values)
    for name in answers.values:
        if name in pinned:
            continue
        fewer = {other: answers.data[other] for other in needed if other != name}
        try:
            implied = resolve(questions, {**from_folder(questions, folder), **fewer})
        except UsageError:
            continue  # without it, these answers are refused
        if implied.values == answers.values:
            needed.remove(name)
    return needed
