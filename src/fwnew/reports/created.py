"""The report on a new project: text for people, a dictionary for programs."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, TextIO

from fwnew.decision.model import NAMES
from fwnew.project.install import lines as install_lines
from fwnew.project.install import script, typed
from fwnew.project.plan import Plan, about_framework
from fwnew.project.render import Project
from fwnew.project.smoke import Progress, SmokeResult
from fwnew.sources.source import Source
from fwnew.terminal.blocks import Block, Lines, Table, Text

METRICS = ("accuracy", "loss", "n")


def progress_on(stream: TextIO) -> Progress:
    """Return a display for steps: a spinner on a terminal, and a line for each finished step."""

    @contextmanager
    def progress(name: str) -> Iterator[None]:
        terminal = stream.isatty()
        started = time.perf_counter()
        with _spinner(name, stream) if terminal else nullcontext():
            yield
        mark = "✓ " if terminal else ""
        print(f"{mark}{name:<12}{time.perf_counter() - started:7.1f} s", file=stream, flush=True)

    return progress


def report(project: Project, destination: str, plan: Plan, checked: SmokeResult | None, note: str = "") -> list[Block]:
    """Return the report on a new project: what it is, what was measured, what to type next."""
    answers = plan.answers.values
    framework = NAMES.get(plan.framework, plan.framework)
    facts = [f"{len(project.files)} files", *([framework] if framework else [])]
    if project.repository.state == "committed":
        facts.append("a git repository with its first commit")
    blocks: list[Block] = [Text(f"Created {destination}: {', '.join(facts)}", "good")]
    blocks += [Text(line) for line in (about_framework(plan),) if line]
    blocks += [Text(f"note: {line}", "note") for line in _notes(project, *plan.left_out, note)]
    blocks += measured(checked) if checked else []
    steps = next_steps(destination, answers, project.path, installed=checked is not None)
    blocks.append(Lines(steps, title="next"))
    own, name = plan.answers.context.get("own_data"), answers.get("project_name")
    if isinstance(own, Mapping) and {"name", "options", "needs"} <= own.keys() and name:
        blocks.append(_own_data(str(name), **{key: str(own[key]) for key in ("name", "options", "needs")}))
    return blocks


def _own_data(project: str, name: str, options: str, needs: str) -> Block:
    """Return the command that trains on own data. The run gets a new name: a run keeps the data that it began with."""
    train = typed([script(project), "train", "--name", "mine", *options.split()])
    return Lines([train], title=f"later, on your own {name}, {needs}")


def _notes(project: Project, *others: str) -> list[str]:
    no_git = (
        "" if project.repository.state != "none" else "without a git repository, fwnew update and check do not work"
    )
    return [note for note in (project.repository.note, no_git, *others) if note]


def next_steps(
    destination: str, answers: Mapping[str, Any], project: Path | None = None, *, installed: bool
) -> list[str]:
    """Return the commands to type next."""
    enter = typed(["cd", *(["--"] if destination.startswith("-") else []), destination])
    if not (answers.get("project_name") and answers.get("package")):
        return [enter]  # another kind of template, whose next steps are unknown
    program = script(str(answers["project_name"]))
    if installed:  # the smoke run left a package to serve
        served = "embedded" in (answers.get("serving") or ())
        return [enter, typed([program, "train"]), *([typed([program, "serve"])] if served else [])]
    install = install_lines(project, answers, os.environ)
    return [enter, *install, typed([program, "train", "smoke"]), typed([program, "train"])]


def measured(checked: SmokeResult) -> list[Block]:
    """Return the metrics in one line, and a table with a row per artifact."""
    blocks: list[Block] = []
    metrics = [f"{name} {_number(checked.metrics[name])}" for name in METRICS if name in checked.metrics]
    if metrics:
        blocks.append(Text(f"Smoke run (a few seconds of training, not a result): {', '.join(metrics)}"))
    if checked.artifacts:
        header = ["format", "runtime", "status", "max diff", "agreement", "size", "batch 1", "batch 64"]
        blocks.append(Table([_row(artifact) for artifact in checked.artifacts], header, sentences=False))
    return blocks


def summary(
    source: Source,
    plan: Plan,
    destination: str,
    replay: str,
    project: Project | None = None,
    files: Sequence[str] = (),
    checked: SmokeResult | None = None,
    note: str = "",
) -> dict[str, Any]:
    """Return the report for `--json`; without a project, that of a dry run."""
    return {
        "schema": 1,
        "dry_run": project is None,
        "path": str(project.path) if project else None,
        "template": {"source": source.url, "version": source.ref},
        "answers": dict(plan.answers.values),
        "framework": {
            "origin": plan.origin,
            "recommendation": plan.decision.recommendation if plan.decision else None,
            "strength": plan.decision.strength if plan.decision else None,
        },
        "files": list(project.files if project else files),
        "repository": project.repository.state if project else None,
        "note": "\n".join(_notes(project, *plan.left_out, note)) if project else "",
        "smoke": vars(checked) if checked else None,
        "next": next_steps(
            destination, plan.answers.values, project.path if project else None, installed=checked is not None
        ),
        "replay": replay,
    }


def _row(artifact: Mapping[str, Any]) -> list[str]:
    latency = artifact.get("latency_ms") or {}
    status = str(artifact.get("status", "?")).replace("_", " ")
    if artifact.get("reason"):
        status += f" ({artifact['reason']})"
    return [
        str(artifact.get("format", "?")),
        str(artifact.get("runtime") or "-"),
        status,
        _number(artifact.get("max_abs_diff")),
        _percent(artifact.get("agreement")),
        _size(artifact.get("bytes")),
        *(f"{latency[rows]:.2f} ms" if latency.get(rows) is not None else "-" for rows in ("1", "64")),
    ]


def _percent(value: Any) -> str:
    return "-" if value is None else f"{value:.1%}"


def _number(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else "-" if value is None else str(value)


def _size(size: Any) -> str:
    if size is None:
        return "-"
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB"


def _spinner(name: str, stream: TextIO) -> Any:
    from rich.console import Console

    return Console(file=stream).status(name)
