"""Real projects in real environments. Each is made once, serves many tests, and is removed after them."""

import hashlib
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.kit import ROOT
from tests.kit.commands import Result
from tests.kit.git import git
from tests.kit.machine import Machine
from tests.kit.templates import Templates

from . import contract
from .serving import Server


def every(question: str) -> dict[str, str]:
    """All that a framework's projects of the first task may have of a question that takes several choices."""
    model = Templates().variants
    places = {factor.question: place for place, factor in enumerate(model.factors) if factor.choice is None}
    found = {}
    for name in model.factors[places["framework"]].levels:
        levels = {places["framework"]: name, places["task"]: "image-classification"}
        for place, factor in enumerate(model.factors):
            if factor.choice is not None and model.feasible(more := {**levels, place: True}):
                levels = more
        found[name] = ",".join(model.variant(levels).answers[question])
    return found


collect_ignore = ["bad_input"]  # test_project.py runs it, in the environment of each project
EXPORTS, SERVING = every("exports"), every("serving")
NPM_SETTINGS = {"NPM_CONFIG_USERCONFIG": str(Path.home() / ".npmrc")}  # the machine of a test has another home
SERVED = {"pytorch": "onnx", "tensorflow": "tflite"}
"""What the server of a default project answers from."""


Make = Callable[..., Path]


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("machine").resolve()
    yield Machine.at(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def checkout(machine: Machine) -> Path:
    """The files that git has or would take, in a folder without git: what a zip of the repository holds."""
    folder = machine.folder / "checkout"
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
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

    def without_framework(self, name: str, extras: str = "") -> Path:
        """The Python of another environment, with the base dependencies and those of the extras."""
        environment = self.machine.folder / f"{name}-{self.package}"
        self.machine.uv("venv", "--python", self.python, environment)
        python = environment / "bin" / "python"
        what = ["--python", python, "-c", "constraints.txt", f".{extras}"]
        self.machine.uv("pip", "install", *what, cwd=self.path)
        return python

    def verb(self, *arguments: str | Path, cwd: Path | None = None) -> Result:
        return self.machine.run([self.python, "-m", self.package, *arguments], cwd or self.path)


@pytest.fixture(scope="session")
def template(machine: Machine, checkout: Path) -> Path:
    """The working tree's templates."""
    folder = machine.folder / "template"
    folder.mkdir()
    shutil.copy(checkout / "copier.yml", folder)
    shutil.copytree(checkout / "templates", folder / "templates")
    return folder


@pytest.fixture
def new_project(machine: Machine, template: Path) -> Iterator[Make]:
    """Makes a small project with its environment, for one test."""
    projects: list[Path] = []

    def new_project(name: str, framework: str, *answers: str) -> Path:
        path = machine.folder / name
        projects.append(path)
        data = [word for answer in ("serving=", "container=", *answers) for word in ("--data", answer)]
        command = [sys.executable, "-m", "fwnew", "new", path, "--framework", framework, *data]
        machine.ok([*command, "--template", template])
        machine.uv("venv", "--quiet", ".venv", cwd=path)
        machine.uv("pip", "install", "--quiet", "-e", ".[train]", "-c", "constraints.txt", cwd=path)
        return path

    yield new_project
    for path in projects:
        shutil.rmtree(path, ignore_errors=True)


def python_of(project: Path) -> Path:
    return project / ".venv" / "bin" / "python"


@pytest.fixture(scope="session", params=list(EXPORTS))
def project(request: pytest.FixtureRequest, machine: Machine, template: Path) -> Iterator[Project]:
    """A project per framework with every export and server, made from the working tree's templates and smoke-tested."""
    framework: str = request.param
    path = machine.folder / f"all-{framework}"
    answers = ["--data", f"exports={EXPORTS[framework]}", "--data", f"serving={SERVING[framework]}"]
    arguments = ["--framework", framework, *answers, "--template", template]
    out = machine.ok([sys.executable, "-m", "fwnew", "new", path, *arguments, "--smoke", "--json"])
    yield Project(machine, path, f"all_{framework}", json.loads(out))
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def environment(project: Project) -> Path:
    """The Python of an environment with the base dependencies and the server's, and no framework."""
    return project.without_framework("serve", "[serve]")


@pytest.fixture
def start(project: Project, environment: Path, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts a server in a folder that holds the package and nothing else; it does not outlive the test."""
    with starting(project, environment, tmp_path) as start:
        yield start


def write_manifest(artifacts: Path, manifest: dict[str, Any]) -> None:
    """As an export would have written it."""
    others = {key: value for key, value in manifest.items() if key != "sha256"}
    digest = hashlib.sha256(json.dumps(others, sort_keys=True).encode()).hexdigest()
    (artifacts / "manifest.json").write_text(json.dumps({**others, "sha256": digest}))


@contextmanager
def starting(project: Project, environment: Path, folder: Path) -> Iterator[Callable[..., Server]]:
    artifacts = folder / "artifacts"
    shutil.copytree(project.path / "artifacts", artifacts)
    manifest = json.loads((artifacts / "manifest.json").read_text())
    wanted = SERVED[project.summary["answers"]["framework"]]
    manifest["artifacts"] = [artifact for artifact in manifest["artifacts"] if artifact["format"] == wanted]
    write_manifest(artifacts, manifest)
    client = contract.load_client(project)
    servers: list[Server] = []

    def run(*options: str, ready: bool = True, patch: str = "", **variables: str) -> Server:
        """A patch is Python that changes `receive` or `serve`; the process is then the only worker itself."""
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        command = [environment, "-m", project.package, "serve", "--port", str(port), *options]
        if patch:
            command = [
                environment,
                "-c",
                f"from {project.package} import receive, serve\n{patch}\nserve.main(port={port})",
            ]
        log = folder / f"{port}.log"
        with log.open("wb") as stderr, np.load(project.path / "artifacts" / "golden.npz") as golden:
            variables = {**project.machine.environment, **variables}
            process = subprocess.Popen(command, cwd=folder, env=variables, stderr=stderr)
            server = Server(process, port, project.package, client, golden["images"], golden["logits"], log)
        servers.append(server)
        while ready and not server.ready():
            assert process.poll() is None, log.read_text()
            time.sleep(0.02)
        return server

    try:
        yield run
    finally:
        for server in servers:
            if server.process.poll() is None:
                server.stop()
