"""Pairs of released versions, in both frameworks: typical edits, both tools, and the projects' own tests.

What is not released yet is the newest of them: it must be what every project is updated to.
"""

import itertools
import json
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fwnew.sources import bundle
from fwnew.sources.address import INSTALLED
from tests.kit.machine import Machine
from tests.kit.templates import ANSWERS_FILE, ROOT

BUNDLE = INSTALLED
FRAMEWORKS = ("pytorch", "tensorflow")
NEXT = "99.0.0"

Pair = tuple[str, str]
"""The version that a project has, and the one that it is updated to."""


def run(*, every: bool) -> bool:
    """Update from each to the newest, and test from the first and the previous; or update and test every pair."""
    older = list(bundle.packaged_versions())
    with tempfile.TemporaryDirectory(prefix="fwnew-released-", ignore_cleanup_errors=True) as name:
        machine = Machine.at(Path(name).resolve())
        machine.ok([sys.executable, "-m", "fwnew", "template", "install"])
        newest = next_version(machine)
        pairs = [(old, newest) for old in older]
        tested = [pairs[0], pairs[-1]]
        if every:
            pairs = tested = list(itertools.combinations([*older, newest], 2))
        with ThreadPoolExecutor() as pool:
            return all(list(pool.map(lambda each: from_each(machine, each, newest, pairs, tested), FRAMEWORKS)))


def from_each(machine: Machine, framework: str, newest: str, pairs: list[Pair], tested: list[Pair]) -> bool:
    environment, good = installed(machine, framework, newest), True
    for old, new in pairs:
        started = time.perf_counter()
        project = updated(machine, framework, old, new)
        said = "updated"
        if (old, new) in tested:
            said = tests_of(machine, project, environment)
            keep_every_line(machine, framework, old, new)
        good &= said in ("updated", "its tests pass")
        print(f"{framework} {old} -> {new}: {said}, {time.perf_counter() - started:.0f} s", flush=True)
    shutil.rmtree(environment)
    return good


def next_version(machine: Machine) -> str:
    """The templates of the work tree, as a further version of those that are installed on this machine."""
    history, bundle = machine.folder / "history", machine.folder / "home" / BUNDLE.removeprefix("~/")
    machine.ok(["git", "clone", "--quiet", bundle, history])
    for name in ("copier.yml", "templates"):
        machine.ok(["rm", "-rf", history / name])
        machine.ok(["cp", "-R", ROOT / name, history])
    machine.ok(f"git add -A && git commit -q --allow-empty -m next && git tag {NEXT}", history)
    machine.ok(["git", "bundle", "create", "--quiet", bundle, "HEAD", "main", "--tags"], history)
    return NEXT


def installed(machine: Machine, framework: str, version: str) -> Path:
    """An environment with what the newest projects need; one for all that are updated to it."""
    project = rendered(machine, framework, version, "environment")
    environment = machine.folder / f"env-{framework}"
    machine.uv("venv", "--quiet", "--python", sys.executable, environment)
    python = environment / "bin" / "python"
    what = ["-r", "pyproject.toml", "--all-extras", "-c", "constraints.txt"]
    machine.uv("pip", "install", "--quiet", "--python", python, *what, cwd=project)
    return environment


def rendered(machine: Machine, framework: str, version: str, name: str) -> Path:
    """A project of a released version, by plain Copier, committed."""
    project = machine.folder / f"{framework}-{version}-{name}"
    data = ["--data", "project_name=demo", "--data", f"framework={framework}"]
    copy = [sys.executable, "-m", "copier", "copy", "--defaults", "--quiet", "--vcs-ref", version, *data, BUNDLE]
    machine.ok([*copy, project])
    machine.ok("git init -q -b main && git add -A && git commit -qm start", project)
    return project


def edit(project: Path) -> None:
    """What meets no change of the template: a helper, a setting of a tool, one file less to ignore.

    0.8.0 rewrote nearly all else, so that an edit there is a conflict: see `keep_every_line`.
    """
    (project / "src" / "demo" / "notes.py").write_text('"""Ours alone."""\n\nBEST = 0.99\n')
    settings, ignored = project / "pyproject.toml", project / ".gitignore"
    settings.write_text(f"{settings.read_text('utf-8')}\n[tool.ours]\nkept = true\n", "utf-8")
    ignored.write_text(f"*.parquet\n{ignored.read_text('utf-8')}", "utf-8")


def updated(machine: Machine, framework: str, old: str, new: str) -> Path:
    """The project after `fwnew update`, which must be what plain `copier update` makes of it."""
    plain = rendered(machine, framework, old, f"{new}-plain")
    edit(plain)
    machine.ok("git add -A && git commit -qm work", plain)
    ours = machine.folder / f"{framework}-{old}-{new}-fwnew"
    shutil.copytree(plain, ours)
    machine.ok([sys.executable, "-m", "copier", "update", "--defaults", "--quiet", "--vcs-ref", new], plain)
    machine.ok([sys.executable, "-m", "fwnew", "update", "--yes", "--to", new], ours)
    trees = [machine.ok("git add -A && git write-tree", project) for project in (plain, ours)]
    assert trees[0] == trees[1], machine.run(["git", "diff", "--no-index", plain, ours]).out
    assert f"_commit: {new}" in (ours / ".copier-answers.yml").read_text("utf-8")
    assert "[tool.ours]" in (ours / "pyproject.toml").read_text("utf-8")
    shutil.rmtree(plain)
    return ours


def keep_every_line(machine: Machine, framework: str, old: str, new: str) -> None:
    """No line that was added to any file is lost by `fwnew update`, and the imports that it breaks are named."""
    project = rendered(machine, framework, old, f"{new}-edited")
    files = machine.ok(["git", "ls-files"], project).splitlines()
    edited = [file for file in files if file != ANSWERS_FILE and not file.endswith(".json")]
    for number, file in enumerate(edited):
        with (project / file).open("a", encoding="utf-8") as lines:
            lines.write(f"# ours <{number}>\n")
    renamed = project / "src" / "demo" / "package.py"  # until 0.8.0
    had = renamed.exists()
    own = project / "src" / "demo" / "ours.py"
    own.write_text("from . import config\nfrom .package import read\n\nprint(config.find_run(None), read)\n")
    machine.ok("git add -A && git commit -qm work", project)
    done = machine.run([sys.executable, "-m", "fwnew", "update", "--yes", "--json", "--to", new], project)
    assert done.code in (0, 1), done.err
    text = "".join(file.read_text("utf-8", "replace") for file in project.rglob("*") if file.is_file())
    lost = [file for number, file in enumerate(edited) if f"# ours <{number}>" not in text]
    assert not lost, f"{framework} {old} -> {new}: lines of {lost} are lost"
    named = {note["path"]: note["says"] for note in json.loads(done.out)["notes"] if note["kind"] == "import"}
    broken = had and not renamed.exists()
    assert broken == (own.relative_to(project).as_posix() in named), named
    shutil.rmtree(project)


def tests_of(machine: Machine, project: Path, environment: Path) -> str:
    python = environment / "bin" / "python"
    done = machine.run([python, "-m", "pytest", "-q"], project, PYTHONPATH=str(project / "src"))
    if done.code:
        print(done.out[-3000:], done.err[-1000:], sep="\n")
    return "its tests pass" if done.code == 0 else "its tests fail"
