"""Projects for the benchmarks, made from the working tree's templates in a folder that goes away."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from uv import find_uv_bin

from fwnew.project.install import uv_environment

ROOT = Path(__file__).parents[1]
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or every process would compile the frameworks anew


def make(folder: Path, name: str, *options: str | Path) -> Path:
    """A new project in the folder, which the templates are copied to as well, and allowed."""
    template, configuration = folder / "template", folder / "config" / "fwnew" / "config.toml"
    if not template.exists():
        shutil.copytree(ROOT / "templates", template / "templates")
        shutil.copy(ROOT / "copier.yml", template)
        configuration.parent.mkdir(parents=True)
        configuration.write_text(f'template = "{template.resolve()}"\n')
    command = [sys.executable, "-m", "fwnew", "new", folder / name, "--defaults", "--no-git", *options]
    run(command, folder, XDG_CONFIG_HOME=str(folder / "config"))
    return folder / name


def environment(project: Path, extras: str = "train", *more: str) -> Path:
    """The Python of the project's new environment, with what these extras need, in the tested versions."""
    uv, python = find_uv_bin(), project / ".venv" / "bin" / "python"
    run([uv, "venv", "--python", sys.executable, project / ".venv"], project)
    run([uv, "pip", "install", "--python", python, "-e", f".[{extras}]", *more, "-c", "constraints.txt"], project)
    return python


def verb(project: Path, *arguments: str) -> str:
    """What a verb of the project printed."""
    package = project.name.replace("-", "_")
    return run([project / ".venv" / "bin" / "python", "-m", package, *arguments], project)


def run(command: list[str | Path], cwd: Path, **environment: str) -> str:
    """Standard output of a command; the benchmark ends where it fails."""
    variables = uv_environment({**os.environ, **environment})
    done = subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command}\n{done.stdout}\n{done.stderr}")
    return done.stdout
