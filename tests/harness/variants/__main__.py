"""Run rows: `python -m tests.harness.variants` runs those of the plan, or those whose ids are given.

The results of all rows are written to build/, as Markdown and JSON; with --write they replace those in docs/.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from fwnew.questions.types import as_text
from tests.harness.variants import plan, table
from tests.harness.variants.clock import Clock
from tests.harness.variants.model import Variant
from tests.harness.variants.row import STEPS, FailedError, Row, Step
from tests.kit.machine import Machine
from tests.kit.templates import ROOT, Templates

JOBS = max(1, os.cpu_count() or 1)
"""Rows that run at the same time, a core each."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.harness.variants")
    parser.add_argument("ids", nargs="*", metavar="ID", help="rows to run; without any, all")
    parser.add_argument("--wise", type=int, default=0, help="instead of the plan, rows for every so many choices")
    parser.add_argument("--versions", choices=["tested", "newest", "oldest"], default="tested", help="what to install")
    parser.add_argument("--jobs", type=int, default=JOBS, help="rows at the same time")
    parser.add_argument("--list", action="store_true", help="show the rows, and run nothing")
    parser.add_argument("--write", action="store_true", help="write the results to docs/")
    parser.add_argument("--quick", action="store_true", help="only write the project of one row, and keep no results")
    arguments = parser.parse_args()

    if arguments.write and (arguments.ids or arguments.wise or arguments.versions != "tested"):
        parser.error("--write is for the rows of `nox -s variants`, all of them")
    templates = Templates()
    rows, _ = plan.read()
    if arguments.wise:
        wise = 1 if arguments.quick else arguments.wise  # to find rows for every three takes long
        rows = [templates.variants.variant(levels) for levels in templates.variants.cover(wise)]
    full = plan.full(rows) if not (arguments.wise or arguments.ids) else {row.id for row in rows} | {*arguments.ids}
    chosen = [find(id_, rows) for id_ in arguments.ids] or rows
    if arguments.list:
        for variant in chosen:
            print(variant.id, " ".join(given(variant)))
        return 0
    if arguments.quick:
        return quick(chosen[0], arguments, templates)
    clock = Clock.of_this_run()
    chosen = clock.first_those_left_out(chosen)
    started = time.perf_counter()

    def one(row: Variant) -> dict[str, Any] | None:
        return None if clock.is_late() else run(row, row.id in full, arguments.versions, arguments.jobs)

    with ThreadPoolExecutor(arguments.jobs) as pool:
        done = list(pool.map(one, chosen))
    minutes = (time.perf_counter() - started) / 60
    results = [result for result in done if result]
    left_out = [row.id for row, result in zip(chosen, done, strict=True) if not result]
    if not arguments.ids:
        clock.leave_out(left_out)
    failed = [result["id"] for result in results if result["failed"]]
    print(f"{len(results) - len(failed)} of {len(results)} rows passed in {minutes:.1f} minutes")
    if left_out:
        print(f"left out, since the whole run took too long; the next begins with them: {' '.join(left_out)}")
    if left_out and (arguments.write or not results):
        return 1  # nothing was proven, or nothing can be written
    if not (left_out or arguments.ids):
        folder = ROOT / ("docs" if arguments.write else "build")
        table.write(results, arguments, minutes, len(templates.every()), folder)
    return 1 if failed else 0


def quick(row: Variant, arguments: argparse.Namespace, templates: Templates) -> int:
    """The first step of a row, and the table of it, in a folder that goes away."""
    result = run(row, True, arguments.versions, arguments.jobs, steps=STEPS[:1])
    with tempfile.TemporaryDirectory(prefix="fwnew-table-") as folder:
        table.write([result], arguments, 0, len(templates.every()), Path(folder))
    return 1 if result["failed"] else 0


def find(id_: str, rows: list[Variant]) -> Variant:
    """The row of that id, or any variant of that id."""
    templates = Templates()
    for variant in [*rows, *templates.every()]:
        if variant.id == id_:
            return variant
    sys.exit(f"There is no row {id_}: `python -m tests.harness.variants --list` shows them.")


def run(
    variant: Variant,
    full: bool = True,
    versions: str = "tested",
    jobs: int = 1,
    root: Path = ROOT,
    steps: Sequence[Step] = STEPS,
) -> dict[str, Any]:
    """Take a row through its steps, until one fails; its environments are removed after it."""
    with tempfile.TemporaryDirectory(prefix="fwnew-row-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        shutil.copytree(root / "templates", folder / "template" / "templates")
        shutil.copy(root / "copier.yml", folder / "template")
        row = Row(variant, Templates(folder / "template"), Machine.at(folder, **settings(jobs)), full, versions)
        seconds: dict[str, float] = {}
        failed = None
        for step in steps:
            started = time.perf_counter()
            try:
                step(row)
            except Exception as error:
                failed = step.__name__
                expected = isinstance(error, FailedError | AssertionError)
                report(variant, failed, str(error) if expected else traceback.format_exc())
                break
            finally:
                seconds[step.__name__] = round(time.perf_counter() - started, 1)
    if not failed:
        print(f"{variant.id} passed in {sum(seconds.values()):.0f} s {row.note}", flush=True)
    answers = dict(variant.answers)
    return {"id": variant.id, "answers": answers, "note": row.note, "seconds": seconds, "failed": failed}


def settings(jobs: int) -> Mapping[str, str]:
    """Every Python that pyenv has, and this row's share of the cores."""
    found = {}
    if pyenv := shutil.which("pyenv"):
        listed = subprocess.run([pyenv, "versions", "--bare"], capture_output=True, text=True, check=False).stdout
        found["PYENV_VERSION"] = ":".join([platform.python_version(), *listed.split()])
    threads = max(1, (os.cpu_count() or 1) // jobs)
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    return found | ({name: str(threads) for name in names} if jobs > 1 else {})


def report(variant: Variant, step: str, reason: str) -> None:
    """What failed, and the commands that show it again: one for a person's own project, one for this row."""
    tail = "\n".join(f"    {line}" for line in reason.splitlines()[-40:])
    print(
        f"{variant.id} failed at '{step}':\n{tail}\n"
        f"  the project: fwnew new demo --template . {' '.join(given(variant))}\n"
        f'  the row:     nox -s "variant({variant.id})"',
        flush=True,
    )


def given(variant: Variant) -> list[str]:
    return [f"--data {name}={as_text(value)}" for name, value in variant.answers.items()]


if __name__ == "__main__":
    sys.exit(main())
