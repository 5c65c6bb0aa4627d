"""The results of rows as a table for people, and as JSON for programs."""

import json
import os
import platform
from argparse import Namespace
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

HEAD = """\
# Every variant, really run

Each row is a variant of the templates: a project that was generated, installed in a fresh environment of its own,
tested, trained, killed and resumed, evaluated, exported, verified in every export's own runtime, and asked for answers
without its training framework, on the command line and over HTTP. The {rows} rows hold {hold}, as the
templates' questions define them. One row for each framework, task, start and loop runs the project's own tests whole,
and kills a training.
`nox -s tests` renders and checks {rendered} variants without an environment.

On {date}, {passed} of {rows} rows passed in {minutes:.0f} minutes, {jobs} at a time on {cores} cores ({system}, Python
{python}, uv's cache filled, {versions} versions of the dependencies). Seconds by step:
"""

PLANNED = """every combination of framework, task, start and
loop, each export and server with every one of these, and every other choice once in each framework"""


def write(results: Sequence[dict[str, Any]], how: Namespace, minutes: float, rendered: int, folder: Path) -> None:
    """Replace variants.md and variants.json in that folder, or for rows of another kind the files of that kind."""
    facts = {
        "date": date.today().isoformat(),
        "rows": len(results),
        "passed": sum(not result["failed"] for result in results),
        "rendered": rendered,
        "wise": how.wise,
        "hold": f"every {how.wise} choices that can occur together" if how.wise else PLANNED,
        "versions": how.versions,
        "minutes": round(minutes, 1),
        "jobs": how.jobs,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
    folder.mkdir(exist_ok=True)
    name = "variants" if (how.wise, how.versions) == (0, "tested") else f"variants-{how.wise}-{how.versions}"
    (folder / f"{name}.md").write_text(HEAD.format(**facts) + "\n" + markdown(results), "utf-8")
    (folder / f"{name}.json").write_text(json.dumps({**facts, "results": results}, indent=2) + "\n", "utf-8")


def markdown(results: Sequence[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for result in results for name in result["answers"]))
    varied = [name for name in names if len({str(result["answers"].get(name)) for result in results}) > 1]
    steps = list(dict.fromkeys(step for result in results for step in result["seconds"]))
    rows = [["row", *varied, *(f"{step}, s" for step in steps), "result"]]
    notes = []
    for result in results:
        answers = [result["answers"].get(name, "") for name in varied]
        cells = [", ".join(answer) if isinstance(answer, list) else str(answer) for answer in answers]
        times = [f"{result['seconds'][step]:.0f}" if step in result["seconds"] else "" for step in steps]
        mark = "passed" if not result["failed"] else f"failed at {result['failed']}"
        if result["note"] and result["note"] not in notes:
            notes.append(result["note"])
        note = f" [{notes.index(result['note']) + 1}]" if result["note"] else ""
        rows.append([f"`{result['id']}`", *cells, *times, mark + note])
    table = "\n".join(f"| {' | '.join(row)} |" for row in [rows[0], ["---"] * len(rows[0]), *rows[1:]])
    how = f"it ran with Python {platform.python_version()}, from its folder"
    listed = "".join(f"\n[{i}] {note}: {how}.\n" for i, note in enumerate(notes, 1))
    return f"{table}\n{listed}"
