"""Code that CI never runs breaks unnoticed: of every session of nox that is not run by default, CI runs a piece."""

import re
import sys

from tests.kit import ROOT
from tests.kit.commands import run

NOXFILE = (ROOT / "noxfile.py").read_text("utf-8")
WHOLE = {
    "release": "tests/repository/test_release.py",
    "variant": "the session `variants`, whose rows these are",
}
"""Sessions that CI runs whole, each in another place."""


def test_quick_runs_a_piece_of_every_session_that_is_no_default() -> None:
    listed = run([sys.executable, "-m", "nox", "--list"], ROOT)
    sessions = re.findall(r"^([*-]) (\w+)", listed.out, re.MULTILINE)
    assert ("*", "quick") in sessions
    pieces = re.search(r"^QUICK = \((.*?)\)", NOXFILE, re.MULTILINE)
    assert pieces
    assert {name for mark, name in sessions if mark == "-"} == {*re.findall(r"\w+", pieces[1]), *WHOLE}


def test_every_benchmark_is_run_by_a_session_or_by_one_that_is() -> None:
    scripts = [file for file in (ROOT / "benchmarks").glob("*.py") if "__main__" in file.read_text("utf-8")]
    parents = [ROOT / "benchmarks" / name for name in ("table.py", "images.py", "texts.py")]
    said = NOXFILE + "".join(file.read_text("utf-8") for file in parents)
    assert [file.name for file in scripts if f'{file.name}"' not in said] == []


def test_nightly_runs_the_tests_that_e2e_leaves_out() -> None:
    assert NOXFILE.count('"-m", "not nightly"') == NOXFILE.count('"-m", "nightly"') == 1


def test_the_tests_read_the_variables_that_nightly_sets() -> None:
    names = re.findall(r"\"(FWNEW_\w+)\":", NOXFILE)
    tests = "".join(file.read_text("utf-8") for file in (ROOT / "tests").rglob("test_*.py"))
    assert names
    assert [name for name in names if f'os.environ.get("{name}"' not in tests] == []
