"""Projects for the benchmarks, made from the working tree's templates in a folder that goes away."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from fwnew.install import uv_environment

ROOT = Path(__file__).parents[1]


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


def run(command: list[str | Path], cwd: Path, **environment: str) -> str:
    """Standard output of a command; the benchmark ends where it fails."""
    variables = uv_environment({**os.environ, **environment})
    done = subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command}\n{done.stdout}\n{done.stderr}")
    return done.stdout
