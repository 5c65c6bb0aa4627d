# /// script
# dependencies = ["nox[uv]>=2025.2"]
# ///
"""The checks of fwnew: `nox` runs the default ones, `nox -s tests` the quick ones, `nox -l` lists all."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nox

ROOT = Path(__file__).parent
PLAN = ROOT / "tests" / "harness" / "variants" / "rows.json"
ROWS = [row["id"] for row in json.loads(PLAN.read_text("utf-8"))["run"]]

QUICK = ("nightly", "benchmarks", "recordings", "defects", "pins")  # the slowest first

nox.options.default_venv_backend = "uv"
# Last come the sessions that measure time.
nox.options.sessions = ["lint", "types", "docs", "tests", "quick", "updates", "e2e", "variants"]
nox.options.error_on_missing_interpreters = True


@nox.session
def lint(session: nox.Session) -> None:
    """Check the style of fwnew and its workflows; `tests` checks that of rendered projects."""
    session.install("--group", "check", "--group", "workflow")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    workflows = [str(file) for file in sorted((ROOT / ".github" / "workflows").iterdir())]
    session.run("actionlint", *workflows)  # before zizmor, which ignores a file that is not a workflow
    session.run("zizmor", "--offline", "--quiet", *workflows)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation in build/docs; a broken link is an error."""
    session.install("--group", "docs")
    session.run("sphinx-build", "--fail-on-warning", "--quiet", "--fresh-env", "docs", "build/docs")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types, strictly."""
    session.install("-e", ".", "--group", "check")
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """Test fwnew, its templates, and what they render, without a framework."""
    session.install("-e", ".", "--group", "test")
    session.run("pytest", "--numprocesses=auto", "--dist=loadfile", "--ignore=tests/projects", *session.posargs)


@nox.session(venv_backend="none")
def quick(session: nox.Session) -> None:
    """Run a small part of each session that is not run by default, to notice when one breaks."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}  # the sessions share the cores

    def run(name: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "nox", "-s", name, "--", "--quick"]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        done = dict(zip(QUICK, pool.map(run, QUICK), strict=True))
    broken = [name for name, process in done.items() if process.returncode]
    for name, process in done.items():
        said = f"\n{process.stdout}{process.stderr}" if name in broken else process.stderr.splitlines()[-1]
        session.log(f"nox -s {name} -- --quick: {said}")
    if broken:
        session.error(f"broken: {', '.join(broken)}")


@nox.session(name="variants")
def all_variants(session: nox.Session) -> None:
    """Create a real project for each row of the plan, and run all its verbs, two projects at a time."""
    session.install("-e", ".", "--group", "test")
    session.run("python", "-m", "tests.harness.variants", *session.posargs)


@nox.session
@nox.parametrize("row", [nox.param(row, id=row) for row in ROWS])
def variant(session: nox.Session, row: str) -> None:
    """Run one project of `variants`."""
    session.install("-e", ".", "--group", "test")
    session.run("python", "-m", "tests.harness.variants", row, *session.posargs)


@nox.session
def updates(session: nox.Session) -> None:
    """Update projects with random edits, and between all pairs of releases: nothing is lost, and their tests pass."""
    session.install("-e", ".", "--group", "test")
    session.run("python", "-m", "tests.harness.updates", *session.posargs)


@nox.session
def e2e(session: nox.Session) -> None:
    """Install, train, export, verify and update real projects."""
    session.install("-e", ".", "--group", "test")
    session.run("pytest", "tests/projects", "-m", "not nightly", "--durations=0", "--durations-min=5", *session.posargs)


@nox.session
def defects(session: nox.Session) -> None:
    """Plant defects in the templates: the checks of the variants must catch each."""
    session.install("-e", ".", "--group", "test")
    session.run("python", "-m", "tests.harness.variants.defects", *session.posargs)


@nox.session
def pins(session: nox.Session) -> None:
    """Renew the pinned versions that projects are tested with."""
    session.install("-e", ".", "--group", "test")
    session.run("python", "-m", "tests.harness.variants.pins", *session.posargs)


@nox.session
def nightly(session: nox.Session) -> None:
    """Run what takes too long for every change: more rows, other versions, many kills, accuracy from five seeds."""
    session.install("-e", ".", "--group", "test")
    flags = session.posargs
    two_cases, found = (["--cases", "2", "--no-pairs"], ["--collect-only"]) if "--quick" in flags else ([], [])
    session.run("python", "-m", "tests.harness.variants", "--wise", "3", *flags)
    session.run("python", "-m", "tests.harness.variants", "--wise", "1", "--versions", "newest", *flags)
    session.run("python", "-m", "tests.harness.variants", "--wise", "1", "--versions", "oldest", *flags)
    session.run("python", "-m", "tests.harness.updates", "--cases", "1000", "--all", *two_cases)
    session.run("pytest", "-q", "tests/unit/updates/test_interruptions.py", *found, env={"FWNEW_RUNS": "500"})
    kills = ["tests/projects/test_kill.py", "tests/unit/project/test_kill.py", "tests/unit/updates/test_recovery.py"]
    session.run("pytest", "-q", *kills, *found, env={"FWNEW_KILLS": "25"})
    longer = {"FWNEW_LOAD_SECONDS": "600", "FWNEW_SIGTERM_TIMES": "20"}
    session.run("pytest", "-q", "tests/projects/test_serve.py", "-k", "load", *found, env=longer)
    session.run("pytest", "-q", "tests/projects", "-m", "nightly", *found)
    session.run("python", "benchmarks/measure.py", *flags)


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Measure speed and memory against their targets, for docs/performance.md."""
    session.install("-e", ".", "cookiecutter>=2.6")
    session.run("python", "benchmarks/table.py", *session.posargs)
    session.run("python", "benchmarks/serving.py", *session.posargs)
    session.run("python", "benchmarks/busy.py", *session.posargs)
    session.run("python", "benchmarks/images.py", *session.posargs)
    session.run("python", "benchmarks/texts.py", *session.posargs)


@nox.session
def recordings(session: nox.Session) -> None:
    """Record the pictures in the README from the real program."""
    session.install("-e", ".", "--group", "record")
    session.run("python", "docs/record.py", *session.posargs)


@nox.session(venv_backend="none")
def release(session: nox.Session) -> None:
    """Append the templates of this commit to the bundle, as the version in pyproject.toml."""
    session.run(sys.executable, "tools/release.py", external=True)
