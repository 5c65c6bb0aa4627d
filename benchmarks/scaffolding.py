"""CPU time and memory of making a project with fwnew, copier and cookiecutter, of `--help` and of a decision.

    python scaffolding.py      # prints JSON, a line per command

The commands take turns, 15 times, after one round to warm up; with --quick once. What their children (git) took
counts as well.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROUNDS, WARM_UP = (1, 0) if "--quick" in sys.argv else (15, 1)
PYTHON = sys.executable
BUNDLE = "~/.local/share/fwnew/template.bundle"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["HOME"] = name
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the first round compiles, as a first use does
        (folder / ".gitconfig").write_text("[user]\nname = Ada Lovelace\nemail = ada@example.com\n")
        taken("modelproj", [PYTHON, "-m", "fwnew", "new", "modelproj", "--defaults", "--no-git"], folder)
        cookiecutter_template(folder / "modelproj", folder / "cookie")
        commands = {
            "python -c pass": [PYTHON, "-c", "pass"],
            "fwnew --help": [PYTHON, "-m", "fwnew", "--help"],
            "fwnew decide --defaults --json": [PYTHON, "-m", "fwnew", "decide", "--defaults", "--json"],
            "fwnew new --defaults --no-git": [PYTHON, "-m", "fwnew", "new", "demo", "--defaults", "--no-git"],
            "fwnew new --defaults": [PYTHON, "-m", "fwnew", "new", "demo", "--defaults"],
            "copier copy --defaults": [
                *(PYTHON, "-m", "copier", "copy", "--quiet", "--defaults"),
                *("--data", "project_name=demo", BUNDLE, "demo"),
            ],
            "cookiecutter --no-input": [PYTHON, "-m", "cookiecutter", "--no-input", "cookie"],
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        peak = dict.fromkeys(commands, 0.0)
        for number in range(WARM_UP + ROUNDS):
            for name, command in commands.items():
                shutil.rmtree(folder / "demo", ignore_errors=True)
                cpu, mib = taken(name, command, folder)
                seconds[name] += [cpu] if number >= WARM_UP else []
                peak[name] = max(peak[name], mib)
        for name, all_ in seconds.items():
            print(json.dumps({"command": name, "cpu": statistics.median(all_), "n": ROUNDS, "peak_mib": peak[name]}))


def taken(name: str, command: Sequence[str], folder: Path, accepted: Sequence[int] = (0,)) -> tuple[float, float]:
    """CPU seconds of a command and its children, and its own peak memory in MiB."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr
    error = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in accepted:
        sys.exit(f"{name}: {error.decode()}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def cookiecutter_template(project: Path, template: Path) -> None:
    """The same project as a cookiecutter template: its two names are variables."""
    names = {"project_name": "demo", "package": "demo"}
    template.mkdir()
    (template / "cookiecutter.json").write_text(json.dumps(names))
    for file in project.rglob("*"):
        if file.is_file():
            text = file.read_text("utf-8")
            path = str(file.relative_to(project)).replace("src/modelproj", "src/{{ cookiecutter.package }}")
            target = template / "{{ cookiecutter.project_name }}" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_with_a_variable(text), "utf-8")


def _with_a_variable(text: str) -> str:
    """A file whose package is a variable; braces of its own, as in workflows, are left alone."""
    name, variable = re.compile(r"\bmodelproj\b"), "{{ cookiecutter.package }}"
    if not re.search(r"\{\{|\{%|\{#", text):
        return name.sub(variable, text)
    raw, plain = "{% raw %}", "{% endraw %}"
    return raw + name.sub(plain + variable + raw, text) + plain


if __name__ == "__main__":
    main()
