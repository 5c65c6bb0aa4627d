"""Real projects in real environments. Each is made once, serves many tests, and is removed after them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from uv import find_uv_bin

from fwnew.smoke import uv_environment

ROOT = Path(__file__).parents[2]
EXPORTS = {
    "pytorch": "onnx,torch_export,torchscript",
    "tensorflow": "onnx,saved_model,tflite,tflite_int8",
}


@dataclass(frozen=True)
class Done:
    """A command that ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Machine:
    """A home and a working folder of its own: what a person with a fresh machine has."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, command: Sequence[str | Path] | str, cwd: Path | None = None, **environment: str) -> Done:
        """Runs a command, or a line of shell, to its end."""
        done = subprocess.run(
            command,
            shell=isinstance(command, str),
            cwd=cwd or self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def ok(self, command: Sequence[str | Path] | str, cwd: Path | None = None, **environment: str) -> str:
        """The standard output of a command that must succeed."""
        done = self.run(command, cwd, **environment)
        assert done.code == 0, f"{command}\n{done.out}\n{done.err}"
        return done.out

    def uv(self, *arguments: str | Path, cwd: Path | None = None) -> str:
        return self.ok([find_uv_bin(), *map(str, arguments)], cwd)


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("machine").resolve()
    home = folder / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\nname = Ada Lovelace\nemail = ada@example.com\n")
    (home / ".config" / "fwnew").mkdir(parents=True)
    (home / ".config" / "fwnew" / "config.toml").write_text(f'allow = ["{folder}/"]\n')
    dropped = ("GIT_", "FWNEW_", "VIRTUAL_ENV", "PYTHONPATH", "COVERAGE", "PYTEST_", "UV_PYTHON")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    environment |= {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}
    environment |= {"UV_CACHE_DIR": uv_cache(), "PIP_CACHE_DIR": str(pip_cache())}
    yield Machine(folder, uv_environment(environment))
    shutil.rmtree(folder, ignore_errors=True)


def uv_cache() -> str:
    return subprocess.run([find_uv_bin(), "cache", "dir"], capture_output=True, text=True, check=True).stdout.strip()


def pip_cache() -> Path:
    return Path(os.environ.get("PIP_CACHE_DIR", Path.home() / ".cache" / "pip"))


@pytest.fixture(scope="session")
def checkout(machine: Machine) -> Path:
    """The files that git has or would take, in a folder without git: what a zip of the repository holds."""
    folder = machine.folder / "checkout"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@dataclass(frozen=True)
class Project:
    """A generated project with its environment."""

    machine: Machine
    path: Path
    package: str
    summary: Mapping[str, Any]

    @property
    def python(self) -> Path:
        return self.path / ".venv" / "bin" / "python"

    def verb(self, *arguments: str | Path, cwd: Path | None = None) -> Done:
        return self.machine.run([self.python, "-m", self.package, *arguments], cwd or self.path)


@pytest.fixture(scope="session")
def template(machine: Machine, checkout: Path) -> Path:
    """The working tree's templates."""
    folder = machine.folder / "template"
    folder.mkdir()
    shutil.copy(checkout / "copier.yml", folder)
    shutil.copytree(checkout / "templates", folder / "templates")
    return folder


@pytest.fixture(scope="session", params=list(EXPORTS))
def project(request: pytest.FixtureRequest, machine: Machine, template: Path) -> Iterator[Project]:
    """One project per framework with every export, made from the working tree's templates and smoke-tested."""
    framework: str = request.param
    path = machine.folder / f"all-{framework}"
    arguments = ["--framework", framework, "--data", f"exports={EXPORTS[framework]}", "--template", template]
    out = machine.ok([sys.executable, "-m", "fwnew", "new", path, *arguments, "--smoke", "--json"])
    yield Project(machine, path, f"all_{framework}", json.loads(out))
    shutil.rmtree(path)
