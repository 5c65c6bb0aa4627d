"""One row: a variant's project, made as its owner would, and used through every verb in an environment of its own."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from fwnew.decision.revisit import PLACE
from fwnew.project import render
from fwnew.project.install import install_arguments
from fwnew.questions.types import as_text
from tests.harness.variants import refusals, weights
from tests.harness.variants.model import Variant
from tests.harness.variants.tasks import EXPECTED, Expected
from tests.kit.commands import Result
from tests.kit.machine import UV, Machine
from tests.kit.templates import AWKWARD, Templates

FRAMEWORKS = {"torch", "tensorflow", "tensorflow-cpu", "keras"}
NO_GPU = r"(?m)^.*\bcuInit\b.*$"  # what TensorFlow's build for GPUs says where there is none
ASK = """
import json
import time
from pathlib import Path
from urllib.request import urlopen
import numpy as np
from {package}.artifacts import read
from {package}.signature import from_rows, to_rows

def ask(path, question=None):
    with urlopen("{server}" + path, question) as answer:
        return json.load(answer)

for attempt in range(100):
    try:
        ask("/readyz")
        break
    except OSError:
        time.sleep(0.2)
package = read()
inputs, outputs = package.golden()
question = json.dumps({{"instances": to_rows(inputs)}}).encode()
rows = ask("/v1/models/{package}:predict", question)["predictions"]
answers = from_rows(rows, package.task.signature.outputs)
for name, golden in outputs.items():
    tolerance = max(artifact["tolerance"][name] for artifact in package.manifest["artifacts"])
    assert np.abs(np.array(answers[name]) - golden).max() <= tolerance
files = sorted(Path().glob("*{ending}"))
labels = [ask("/predict", file.read_bytes())["label"] for file in files]
assert np.mean([label == file.stem.partition("-")[2] for label, file in zip(labels, files)]) >= {right}
"""


class FailedError(Exception):
    """A row's step did not do what it should."""


@dataclass
class Row:
    """A variant on a machine of its own; `steps` fills it in."""

    variant: Variant
    templates: Templates
    machine: Machine
    full: bool = True
    """Whether all of the project's own tests are run, and a training is killed; else tests of exports and servers."""
    versions: str = "tested"
    """Of the dependencies, `tested` as in constraints.txt, or the `newest` or `oldest` that are allowed; and of Python
    the newest or the oldest."""
    note: str = ""
    """Why it ran with another Python or another PyTorch than it should have, and so from its folder."""
    settings: list[str] = field(default_factory=list)
    """What `train` is told beside the preset."""

    @property
    def project(self) -> Path:
        return self.machine.folder / "project"

    @property
    def interpreter(self) -> Path:
        return self.project / ".venv" / "bin" / "python"

    @property
    def expected(self) -> Expected:
        return EXPECTED[self.variant.answers["task"], self.variant.answers["start"]]

    @property
    def metadata(self) -> Mapping[str, Any]:
        return tomllib.loads((self.project / "pyproject.toml").read_text("utf-8"))["project"]

    @property
    def environment(self) -> Mapping[str, str]:
        """What runs the project from its folder, where it is not installed."""
        return {"PYTHONPATH": str(self.project / "src")} if self.note else {}

    @property
    def options(self) -> list[str]:
        """How uv chooses the versions of the dependencies."""
        resolution = {
            "tested": ["-c", "constraints.txt"],
            "newest": [],
            "oldest": ["--resolution", "lowest-direct", "--only-binary", ":all:"],
        }
        given = install_arguments(self.variant.answers, os.environ)
        return resolution[self.versions] + [word for word in given if word.startswith("--torch-backend")]

    @property
    def package(self) -> str:
        return next((self.project / "src").iterdir()).name

    def verb(self, *arguments: str | Path, cwd: Path | None = None, python: Path | None = None) -> Result:
        command = [python or self.interpreter, "-m", self.package, *arguments]
        return self.machine.run(command, cwd or self.project, **self.environment)

    def ok(self, *arguments: str | Path, **options: Any) -> str:
        """What a verb printed. It must succeed, and with the tested versions complain of nothing."""
        done = self.verb(*arguments, **options)
        complaints = re.sub(NO_GPU, "", done.err).strip() if self.versions == "tested" else ""
        verb = shlex.join(map(str, arguments))
        check(done.code == 0 and not complaints, f"{verb}: {done.code}\n{done.out}\n{done.err}")
        return done.out

    def uv(self, *arguments: str | Path) -> Result:
        return self.machine.run([UV, *arguments], self.project)

    def ok_uv(self, *arguments: str | Path) -> None:
        done = self.uv(*arguments)
        check(done.code == 0, f"uv {shlex.join(map(str, arguments))}\n{done.err}")


def check(holds: object, otherwise: str) -> None:
    if not holds:
        raise FailedError(otherwise)


def write(row: Row) -> None:
    """fwnew writes what was checked in memory."""
    data = {**row.variant.answers, **AWKWARD}
    arguments = [word for name, value in data.items() for word in ("--data", f"{name}={as_text(value)}")]
    template = ["--template", row.templates.root]
    row.machine.ok([sys.executable, "-m", "fwnew", "new", row.project, *template, *arguments])
    files = row.templates.render(row.variant, str(row.templates.root), **AWKWARD)
    written = [path for path in render.tree(row.project) if not path.startswith(".git/")]
    expected = {*files, PLACE.as_posix()}  # what the template gives, and the record of the framework
    check(set(written) == expected, f"other files: {sorted(set(written) ^ expected)}")
    for path, text in files.items():
        check((row.project / path).read_text("utf-8") == text, f"{path} is not what was checked")


def install(row: Row) -> None:
    """What the project declares, and nothing else."""
    supported = pythons(row)
    python = supported[-1 if row.versions == "newest" else 0] if supported else ""
    here = ["-r", "pyproject.toml", "--all-extras"]  # the project itself does not allow this Python
    oldest = row.metadata["requires-python"].partition(",")[0]
    missing = f"no CPU build of PyTorch for Python {python} here" if python else f"no Python {oldest} here"
    attempts = [
        (python, ["-e", f".[{','.join(row.metadata['optional-dependencies'])}]"], ""),
        (sys.executable, here, missing),
        (sys.executable, [*here, *tested_torch(row)], "no CPU build of another PyTorch here"),
    ]
    for interpreter, project, row.note in attempts if python else attempts[1:]:
        row.ok_uv("venv", "--quiet", "--clear", "--no-python-downloads", "--python", interpreter)
        planned = packages(row, "install", "--dry-run", *project, *row.options)
        cuda = {name for name in planned if name.startswith(("nvidia-", "cuda-"))}
        if shutil.which("nvidia-smi") or not (cuda and "torch" in planned):
            break
    else:
        check(False, "there is no CPU build of PyTorch here at all")
    unwanted = row.machine.folder / "unwanted.txt"  # gigabytes that nothing here can use
    unwanted.write_text("".join(f"{name}; sys_platform == 'never'\n" for name in cuda))
    row.ok_uv("pip", "install", "--quiet", *project, *row.options, "--override", unwanted)

    if row.versions == "tested" and not row.note and python == "3.11":  # of which constraints.txt speaks
        pinned = {canonicalize_name(line.partition("==")[0]) for line in lines(row.project / "constraints.txt")}
        installed = packages(row, "list") - {canonicalize_name(row.metadata["name"])}
        check(installed <= pinned, f"not in constraints.txt: {sorted(installed - pinned)}")
    if row.variant.answers["start"] == "pretrained":
        kind = (row.variant.answers["task"], row.variant.answers["framework"])
        row.settings = weights.settings(*kind, row.interpreter, row.machine)


def test(row: Row) -> None:
    """The project's own tests, of which none is skipped."""
    patterns = [] if row.full else ["tests/test_export*", "tests/test_serve*"]
    some = [file for pattern in patterns for file in row.project.glob(pattern)]
    done = row.machine.run([row.interpreter, "-m", "pytest", "-q", *some], row.project, **row.environment)
    check(done.code == 0 and re.search(r"\d passed", done.out) and "skipped" not in done.out, done.out + done.err)


def train(row: Row) -> None:
    row.ok("train", "smoke", *row.settings)
    check(len(history(row, "smoke")) == 3, "not three epochs")


def resume(row: Row) -> None:
    """A training that is killed after its first checkpoint goes on, and ends as one that was left alone."""
    if not row.full:
        return
    for attempt in range(5):
        name = f"killed{attempt}"
        run = row.project / "runs" / name
        command = [row.interpreter, "-m", row.package, "train", "smoke", "--name", name, *row.settings]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        environment = {**row.machine.environment, **row.environment}
        with subprocess.Popen(command, cwd=row.project, env=environment, **quiet) as process:
            while process.poll() is None and not [*run.glob("last.*")]:
                time.sleep(0.005)
            process.kill()
        before = lines(run / "metrics.jsonl")
        if process.returncode != 0 and len(before) < 3:
            break
    check(process.returncode != 0 and len(before) < 3, "it ended before it could be killed")
    went_on = re.search(r"resuming .* after (\d) of 3 epochs", row.ok("train", "smoke", "--name", name, *row.settings))
    check(went_on, "it began anew")
    epochs = int(went_on[1])
    check(lines(run / "metrics.jsonl")[:epochs] == before[:epochs] != [], "it trained an epoch again")
    check(history(row, name) == history(row, "smoke"), "it ended otherwise than a training that was left alone")


def refuse(row: Row) -> None:
    """Backbones that are broken, or would run code."""
    answers = row.variant.answers
    if not row.full or (answers["task"], answers["start"]) != ("text-classification", "pretrained"):
        return
    broken = refusals.backbones(answers["framework"], row.interpreter, row.machine)
    command = [row.interpreter, "-c", refusals.DESCRIBE, row.package, *broken]
    said = row.machine.ok(command, row.project, **row.environment).splitlines()
    for line, (folder, why) in zip(said, broken.items(), strict=True):
        check(why in line, f"{folder.name}: {line}")
        check(not [*folder.glob("*.ran")], f"{folder.name}: its code ran")


def evaluate(row: Row) -> None:
    row.ok("evaluate", "smoke")
    accuracy = json.loads((row.project / "runs" / "smoke" / "evaluation.json").read_text())["accuracy"]
    check(accuracy >= row.expected.accuracy, f"an accuracy of {accuracy:.3f}")


def export(row: Row) -> None:
    row.ok("export", "smoke")
    formats = [artifact["format"] for artifact in manifest(row)["artifacts"]]
    check(formats == row.variant.answers["exports"], f"it exported {formats}")


def verify(row: Row) -> None:
    row.ok("verify", "--strict")
    results = json.loads((row.project / "artifacts" / "verify.json").read_text())["artifacts"]
    check({result["status"] for result in results} == {"passed"}, str(results))


def predict(row: Row) -> None:
    """From the package alone, without the training framework: the labels that people would see in the files."""
    folder = row.machine.folder / "elsewhere"
    shutil.copytree(row.project / "artifacts", folder / "artifacts")
    row.machine.ok([row.interpreter, "-c", row.expected.files, row.package], folder, **row.environment)
    files = sorted(path.name for path in folder.glob(f"*{row.expected.ending}"))

    python = without_framework(row, folder / ".venv")
    if not has_runtime(row, python):
        done = row.verb("predict", *files, cwd=folder, python=python)
        check(done.code == 1 and done.err.startswith("No runtime of this package is installed"), done.err)
        python = row.interpreter
    answers = [line.split() for line in row.ok("predict", *files, cwd=folder, python=python).splitlines()]
    check([answer[0] for answer in answers] == files, "other files were answered")
    right = sum(name.partition("-")[2] == label + row.expected.ending for name, label, _ in answers) / len(files)
    check(right >= row.expected.right, f"{right:.0%} of the files got the right label")


def serve(row: Row) -> None:
    """Over HTTP, from the package alone: the trained model's own numbers, and a quiet end after SIGTERM."""
    if "torchserve" in row.metadata["optional-dependencies"]:
        done = row.verb("archive")  # tests/projects/test_torchserve.py starts TorchServe, whose ports are fixed
        check(done.code == 0 and (row.project / done.out.strip()).is_file(), done.err)
    for verb, folder in (("publish", "tf_serving"), ("repository", "tritonserver")):
        if (row.project / folder).exists():
            done = row.verb(verb)
            check(done.code == 0 and (row.project / done.out.strip()).is_dir(), done.err)
    if "serve" not in row.metadata["optional-dependencies"]:
        check(row.verb("serve").code == 2, "there is a verb that was not chosen")
        return
    folder = row.machine.folder / "elsewhere"
    python = without_framework(row, folder / ".venv", "serve")  # that of `predict`, with a little more
    python = python if has_runtime(row, python) else row.interpreter
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = str(unused.getsockname()[1])
    command = [python, "-m", row.package, "serve", "--port", port]
    environment = {**row.machine.environment, **row.environment}
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as server:
        try:
            about = {"ending": row.expected.ending, "right": row.expected.right}
            script = ASK.format(package=row.package, server=f"http://127.0.0.1:{port}", **about)
            row.machine.ok([python, "-c", script], folder, **row.environment)
        finally:
            server.terminate()
            _, said = server.communicate(timeout=60)
    check(server.returncode == -signal.SIGTERM, f"it ended with {server.returncode}: {said}")
    unexpected = [line for line in said.splitlines() if not line.startswith("INFO:") and not re.match(NO_GPU, line)]
    check(not unexpected or row.versions != "tested", said)


def leave(row: Row) -> None:
    """What the verbs wrote is ignored by git."""
    status = row.machine.ok(["git", "status", "--porcelain"], row.project)
    check(not status, f"git sees changes:\n{status}")


Step = Callable[[Row], None]
STEPS: tuple[Step, ...] = (write, install, test, train, resume, refuse, evaluate, export, verify, predict, serve, leave)


def without_framework(row: Row, environment: Path, extra: str = "") -> Path:
    """The Python of an environment with the base dependencies, and those of an extra, and nothing else."""
    if not environment.exists():
        row.ok_uv("venv", "--quiet", "--python", row.interpreter, environment)
    python = environment / "bin" / "python"
    here = ["-r", "pyproject.toml", *(["--extra", extra] if extra else [])]
    named = f".[{extra}]" if extra else "."
    project = here if row.note else ["-e", named] if row.versions == "oldest" else [named]
    row.ok_uv("pip", "install", "--quiet", "--python", python, *project, *row.options)
    installed = packages(row, "list", "--python", python)
    check(not installed & FRAMEWORKS, f"the dependencies of {extra or 'predict'} hold {installed & FRAMEWORKS}")
    return python


def has_runtime(row: Row, python: Path) -> bool:
    """Whether any artifact can be run there."""
    runtimes = {artifact["runtime"] for artifact in manifest(row)["artifacts"]}
    return bool(runtimes & packages(row, "list", "--python", python))


def tested_torch(row: Row) -> list[str]:
    """The very build of PyTorch that constraints.txt leads to, as an argument; nothing for a project without it."""
    pinned = [line for line in lines(row.project / "constraints.txt") if line.startswith("torch==")]
    if not pinned:
        return []
    nowhere = ["--dry-run", "--no-deps", "--python", sys.executable, "--target", row.machine.folder / "nowhere"]
    planned = row.uv("pip", "install", *nowhere, *pinned)
    return re.findall(r"^ \+ (torch==\S+)", planned.out + planned.err, re.MULTILINE)


def pythons(row: Row) -> list[str]:
    """The Pythons of this machine that the project supports, oldest first."""
    supported = SpecifierSet(row.metadata["requires-python"])
    versions = [f"3.{minor}" for minor in range(9, 30) if supported.contains(f"3.{minor}")]
    return [version for version in versions if row.uv("python", "find", "--no-python-downloads", version).code == 0]


def manifest(row: Row) -> Mapping[str, Any]:
    return json.loads((row.project / "artifacts" / "manifest.json").read_text())


def lines(file: Path) -> list[str]:
    return [line for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]


def history(row: Row, name: str) -> list[dict[str, Any]]:
    """The metrics of each epoch, without the time that it took."""
    found = map(json.loads, lines(row.project / "runs" / name / "metrics.jsonl"))
    return [{name: value for name, value in metrics.items() if name != "seconds"} for metrics in found]


def packages(row: Row, *arguments: str | Path) -> set[str]:
    """The names in what `uv pip list` or a dry run says."""
    done = row.uv("pip", *arguments, *(["--format", "freeze"] if arguments[0] == "list" else []))
    check(done.code == 0, done.err)
    names = re.findall(r"^(?: \+ )?([A-Za-z0-9._-]+) ?(?:==| @ )", done.out + done.err, re.MULTILINE)
    return {canonicalize_name(name) for name in names}
