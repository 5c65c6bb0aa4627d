"""The smoke run: a new project is installed in its own environment, and runs its verbs, as for its owner."""

import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from fwnew.errors import FwnewError, TemplateError
from fwnew.project.install import as_typed, install_arguments, interpreter, script, uv_environment

OUTPUT_LINES = 30


class Progress(Protocol):
    """A display of the step that is running, and of the seconds that each step took."""

    def __call__(self, name: str) -> AbstractContextManager[None]: ...


@dataclass(frozen=True)
class SmokeResult:
    """The measurements of a smoke run: seconds per step, metrics of the model, a row per exported artifact."""

    seconds: Mapping[str, float]
    metrics: Mapping[str, Any] = field(default_factory=dict)
    artifacts: Sequence[Mapping[str, Any]] = ()


def smoke(project: Path, answers: Mapping[str, Any], progress: Progress) -> SmokeResult:
    """Create the project's environment, install it, then train, evaluate, export and verify.

    The project stays. Raises TemplateError when it has no package or no `requires-python`, FwnewError when a step
    fails.
    """
    import time

    seconds: dict[str, float] = {}
    environment = uv_environment(os.environ)
    for name, command in steps(project, answers, os.environ):
        started = time.perf_counter()
        try:
            with progress(name):
                _run(name, command, project, environment)
        except KeyboardInterrupt as interrupt:
            raise FwnewError(f"stopped during '{name}'", _again(command, project), exit_code=130) from interrupt
        seconds[name] = round(time.perf_counter() - started, 1)
    metrics = _read(project / "runs" / "smoke" / "evaluation.json")
    return SmokeResult(seconds, metrics, _read(project / "artifacts" / "verify.json").get("artifacts", ()))


def steps(project: Path, answers: Mapping[str, Any], environment: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Return the name and command of every step, to run in the project's folder.

    Raises TemplateError when the project has no package or no `requires-python`.
    """
    from uv import find_uv_bin

    package = answers.get("package")
    if not package:
        raise TemplateError("--smoke needs a template that asks for `package`, and this one does not")
    uv, python = find_uv_bin(), script("python")
    verbs = {
        "train": ["train", "smoke"],
        "evaluate": ["evaluate"],
        "export": ["export"],
        "verify": ["verify"],
    }
    return [
        ("environment", [uv, "venv", "--python", interpreter(project)]),
        ("install", [uv, "pip", "install", "--python", python, *install_arguments(answers, environment)]),
        *((name, [python, "-m", package, *verb]) for name, verb in verbs.items()),
    ]


def _run(name: str, command: list[str], project: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        command if Path(command[0]).is_absolute() else [str(project / command[0]), *command[1:]],
        cwd=project,
        env={**environment, "PYTHONUNBUFFERED": "1"},  # keeps a verb's output above its error
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        again = _again(command, project)
        tail = "\n".join(done.stdout.rstrip().splitlines()[-OUTPUT_LINES:])
        if name == "environment" and re.search(r"No interpreter found|No download found", done.stdout):
            required = command[-1]
            raise FwnewError(f"there is no Python {required} on this machine, and the project needs one", again)
        raise FwnewError(f"'{name}' failed with exit code {done.returncode}", again, details=tail)


def _again(command: Sequence[str], project: Path) -> str:
    return f"the project is in {project}; try again there: {as_typed(command, os.environ)}"


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
