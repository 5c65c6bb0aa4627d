"""CPU time of `fwnew update --dry-run` and `fwnew check` beside plain `copier update`, on the same project.

    python updating.py      # prints JSON, a line per command

The commands take turns, 9 times, after one round to warm up; with --quick once. What their children (git) took
counts as well.
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from scaffolding import BUNDLE, PYTHON, taken

ROUNDS, WARM_UP = (1, 0) if "--quick" in sys.argv else (9, 1)
OLD = "0.1.0"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["HOME"] = name
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        (folder / ".gitconfig").write_text("[user]\nname = Ada Lovelace\nemail = ada@example.com\n")
        taken("install", [PYTHON, "-m", "fwnew", "template", "install"], folder)
        copy = [
            PYTHON,
            "-m",
            "copier",
            "copy",
            "--quiet",
            "--defaults",
            "--vcs-ref",
            OLD,
            "--data",
            "project_name=demo",
        ]
        taken("copy", [*copy, BUNDLE, "old"], folder)
        for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "start"]):
            taken("git", ["git", *arguments], folder / "old")
        commands = {
            "copier update --defaults": [PYTHON, "-m", "copier", "update", "--quiet", "--defaults"],
            "fwnew update --dry-run": [PYTHON, "-m", "fwnew", "update", "--dry-run"],
            "fwnew update --yes": [PYTHON, "-m", "fwnew", "update", "--yes"],
            "fwnew check --json": [PYTHON, "-m", "fwnew", "check", "--json"],
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        peak = dict.fromkeys(commands, 0.0)
        for number in range(WARM_UP + ROUNDS):
            for name, command in commands.items():
                shutil.rmtree(folder / "demo", ignore_errors=True)
                shutil.copytree(folder / "old", folder / "demo", symlinks=True)
                accepted = (0, 1) if "check" in name else (0,)  # it is behind, and says so
                cpu, mib = taken(name, command, folder / "demo", accepted)
                seconds[name] += [cpu] if number >= WARM_UP else []
                peak[name] = max(peak[name], mib)
        for name, all_ in seconds.items():
            print(json.dumps({"command": name, "cpu": statistics.median(all_), "n": ROUNDS, "peak_mib": peak[name]}))


if __name__ == "__main__":
    sys.exit(main())
