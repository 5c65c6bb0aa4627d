"""Prove updates: `python -m tests.harness.updates`.

First random cases: a template that renames and deletes, people's random work, `fwnew update` and plain `copier update`,
and what each lost. Then every pair of released versions, in both frameworks: the same typical edits, both tools, and
the projects' own tests, of the first and the last step or, with --all, of every pair.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from unittest.mock import patch

from tests.harness.updates import cases, released, template
from tests.kit import ROOT
from tests.kit.machine import make_home

PAGE = ROOT / "docs" / "updates.md"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.harness.updates")
    parser.add_argument("--cases", type=int, default=60, help="so many random cases (default: 60)")
    parser.add_argument("--first", type=int, default=0, help="the number of the first case")
    parser.add_argument("--all", action="store_true", help="run the tests of every updated project")
    parser.add_argument("--no-pairs", action="store_true", help="leave out the released versions")
    parser.add_argument("--write", action="store_true", help="write the table of losses to docs/updates.md")
    arguments = parser.parse_args()
    for name in [name for name in os.environ if name.startswith(("FWNEW_", "GIT_"))]:
        del os.environ[name]

    numbers = range(arguments.first, arguments.first + arguments.cases)
    clean = tempfile.TemporaryDirectory(prefix="fwnew-updates-", ignore_cleanup_errors=True)
    with clean as name, patch.dict(os.environ):  # the released versions want uv's cache of this machine
        folder = Path(name).resolve()
        home(folder)
        (folder / "template").mkdir()
        template.make(folder / "template")
        rows = {tool: losses(folder, tool, numbers) for tool in ("copier", "fwnew")} if numbers else {}
    if rows:
        table = lost_table(rows, len(numbers))
        print(table)
        if arguments.write:
            text = PAGE.read_text("utf-8")
            marked = re.compile(r"(<!-- lost -->\n).*?(<!-- end -->\n)", re.DOTALL)
            PAGE.write_text(marked.sub(lambda match: f"{match[1]}\n{table}\n\n{match[2]}", text), "utf-8")
    failed = bool(rows) and any(case.lost for case in rows["fwnew"])
    if not arguments.no_pairs:
        failed |= not released.run(every=arguments.all)
    return 1 if failed else 0


def home(folder: Path) -> None:
    """A home of the cases' own, which allows their template."""
    made = make_home(folder / "home", f"{folder}/")
    os.environ |= {"HOME": str(made), "XDG_CONFIG_HOME": str(made / ".config")}


def losses(folder: Path, tool: str, numbers: range) -> list[cases.Case]:
    """Every case through one of the tools, as many at a time as there are cores."""
    started = time.perf_counter()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(run, [folder] * len(numbers), [tool] * len(numbers), numbers, chunksize=4))
    print(f"{tool}: {len(found)} cases in {time.perf_counter() - started:.0f} s", file=sys.stderr)
    if tool == "fwnew":
        for case in found:
            if case.lost:
                print(f"case {case.number}: {'; '.join(case.edits)}: lost {', '.join(case.lost)}", file=sys.stderr)
    return found


def run(folder: Path, tool: str, number: int) -> cases.Case:
    case = {"fwnew": cases.by_fwnew, "copier": cases.by_copier}[tool]
    return case(folder / "template", cases.emptied(folder / f"{tool}-{os.getpid()}"), number)


def lost_table(rows: dict[str, list[cases.Case]], count: int) -> str:
    lines = [f"| of {count} random cases | plain `copier update` | `fwnew update` |", "|---|---|---|"]
    counts = {
        "lost something, and exited 0": [sum(bool(case.lost) for case in rows[tool]) for tool in ("copier", "fwnew")],
        "lines or files lost": [sum(len(case.lost) for case in rows[tool]) for tool in ("copier", "fwnew")],
        "left conflicts, and said so by exit code 1": [0, sum(case.conflicts > 0 for case in rows["fwnew"])],
    }
    return "\n".join([*lines, *(f"| {what} | {plain:,} | {ours:,} |" for what, (plain, ours) in counts.items())])


if __name__ == "__main__":
    sys.exit(main())
