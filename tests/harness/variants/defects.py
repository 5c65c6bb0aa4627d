"""Does the harness catch what it is for? Each defect of defects.toml is planted alone, and must be caught.

First by the checks of every rendered variant, then, if those are silent, by the rows whose files the defect changes.
"""

import argparse
import os
import re
import shutil
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from jinja2 import TemplatesNotFound

from fwnew.errors import UsageError
from fwnew.questions.questions import resolve
from tests.harness.variants import plan
from tests.harness.variants.__main__ import JOBS, run
from tests.harness.variants.model import Variant
from tests.kit import commands
from tests.kit.templates import AWKWARD, ROOT, Files, Templates

LIST = Path(__file__).with_suffix(".toml")
QUICK = ("a Jinja expression is left in the README", "test_no_jinja_is_left_in_any_file")
"""A defect, and the check that catches it in seconds."""
CHECKS = [f"tests/rendered/test_{name}.py" for name in ("rows", "rooms", "variants", "metadata", "code", "rendered")]


@dataclass(frozen=True)
class Defect:
    """One change that makes the templates wrong."""

    what: str
    within: str
    file: str
    old: str = ""
    new: str = ""
    renamed: str = ""

    def plant(self, root: Path) -> None:
        """Change the one place where it belongs; the templates have moved on if there is none."""
        found = [path for path in (root / "templates" / self.within).rglob("*") if self.file in path.name]
        places = [path for path in found if self.old in path.read_text("utf-8")]
        assert len(places) == 1, f"{self.what}: it belongs to {len(places)} places, not one; correct {LIST.name}"
        text = places[0].read_text("utf-8")
        places[0].write_text(text.replace(self.old, self.new, 1), "utf-8")
        places[0].rename(places[0].with_name(self.renamed or places[0].name))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.harness.variants.defects")
    parser.add_argument("words", nargs="*", metavar="WORD", help="only defects whose description has these words")
    parser.add_argument("--write", action="store_true", help="write the table to docs/defects.md")
    parser.add_argument("--quick", action="store_true", help=f"only one, by one check: {QUICK[0]}")
    arguments = parser.parse_args()

    listed = [Defect(**entry) for entry in tomllib.loads(LIST.read_text("utf-8"))["defect"]]
    words, check = ([QUICK[0]], QUICK[1]) if arguments.quick else (arguments.words, "")
    chosen = [defect for defect in listed if all(word in defect.what for word in words)]
    if test := failing_test(ROOT, check):  # or it would seem to catch everything
        sys.exit(f"{test} fails without any defect: mend that first")
    with ThreadPoolExecutor(JOBS) as pool:
        rows = list(pool.map(partial(judge, check=check), chosen))
    missed = sum("not caught" in caught for _, caught, _ in rows)
    print(f"{len(rows) - missed} of {len(rows)} defects caught")
    if arguments.quick:
        print(table(rows))
    elif arguments.write:
        (ROOT / "docs" / "defects.md").write_text(table(rows), "utf-8")
    return 1 if missed or not rows else 0


def judge(defect: Defect, check: str = "") -> tuple[str, str, str]:
    """A row of the table: the defect, what caught it, and the seconds that it took."""
    started = time.perf_counter()
    caught = catch(defect, check)
    seconds = time.perf_counter() - started
    print(f"{defect.what}: {f'caught by {caught}' if caught else 'NOT CAUGHT'}, {seconds:.0f} s", flush=True)
    return defect.what, caught or "**not caught**", f"{seconds:.0f}"


def catch(defect: Defect, check: str = "") -> str:
    """What caught it: a test's name, or a row and its step; nothing if neither did.

    A check that is given is all that is tried.
    """
    with tempfile.TemporaryDirectory(prefix="fwnew-defect-") as name:
        root = Path(name)
        shutil.copytree(ROOT / "templates", root / "templates")
        shutil.copy(ROOT / "copier.yml", root)
        sound = Templates(root)
        rows = [(variant, sound.render(variant, **AWKWARD)) for variant in usual_first(sound)]
        defect.plant(root)
        if test := failing_test(root, check):
            return f"`{test}`"
        if check:
            return ""
        spoiled = Templates(root)
        for variant, files in rows:
            if rendered(spoiled, variant) != files and (step := failing_step(variant, root)):
                return step
    return ""


def rendered(templates: Templates, row: Variant) -> Files | None:
    """None where a room lacks a file, or an answer is refused."""
    try:
        return templates.render(row, **AWKWARD)
    except (TemplatesNotFound, UsageError):
        return None


def usual_first(templates: Templates) -> list[Variant]:
    """The rows, those with the most default answers first: they take the least time."""
    defaults = resolve(templates.questions, {}).values

    def unusual(variant: Variant) -> int:
        return sum(value != defaults.get(name) for name, value in variant.answers.items())

    return sorted(plan.read()[0], key=unusual)


def failing_test(root: Path, check: str = "") -> str:
    """The first check of the rendered variants that these templates fail, of all or of that name; none if they pass."""
    check = check or "not is_small"  # a project at its limit would catch every defect that adds a line
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", check, *CHECKS]
    environment = {**os.environ, "FWNEW_TEMPLATES": str(root)}
    done = commands.run(command, ROOT, environment)
    if done.code == 0:
        return ""
    failed = re.search(r"^(?:FAILED|ERROR) [^:]*::(\S+)", done.out, re.MULTILINE)
    assert failed, f"pytest did not run: {done.out[-2000:]}{done.err}"
    return failed[1]


def failing_step(variant: Variant, root: Path) -> str:
    failed = run(variant, jobs=JOBS, root=root)["failed"]
    return f"`{failed}` of {variant.id}" if failed else ""


def table(rows: list[tuple[str, str, str]]) -> str:
    caught = sum("not caught" not in by for _, by, _ in rows)
    lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"""\
# Does the harness catch what it is for?

`nox -s defects -- --write` planted each of these defects alone in a copy of the templates. {caught} of {len(rows)} were
caught, by a test of the rendered variants or by a step of a row that was really run.

| defect | caught by | seconds |
|---|---|---|
{lines}
"""


if __name__ == "__main__":
    sys.exit(main())
