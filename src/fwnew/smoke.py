"""`--smoke`: install a new project in an environment of its own and run its verbs, as its owner would."""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from fwnew.errors import FwnewError, TemplateError

EXTRAS = {"embedded": "serve", "torchserve": "torchserve", "tf_serving": "tf-serving"}
"""What a server needs, beside what every project does."""
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
OUTPUT_LINES = 30

# What pip is told by the environment, in uv's words. uv itself reads none of it.
PIP_TO_UV = {
    "PIP_CERT": "SSL_CERT_FILE",
    "PIP_CONSTRAINT": "UV_CONSTRAINT",
    "PIP_DEFAULT_TIMEOUT": "UV_HTTP_TIMEOUT",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_TRUSTED_HOST": "UV_INSECURE_HOST",
}
# Whoever sets one of these has decided where packages come from, PyTorch's among them.
INDEX_SETTINGS = (
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"),
    *("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"),
    "UV_TORCH_BACKEND",
)
# They belong to the environment that fwnew runs in, not to the project's.
FOREIGN = ("PYTHONHOME", "PYTHONPATH", "UV_PROJECT_ENVIRONMENT", "UV_SYSTEM_PYTHON", "VIRTUAL_ENV")


class Progress(Protocol):
    """Shows that a step is at work and, when it is done, how long it took."""

    def __call__(self, name: str) -> AbstractContextManager[None]: ...


@dataclass(frozen=True)
class Checked:
    """What the smoke run measured: the metrics of the trained model, and a row per exported artifact."""

    seconds: Mapping[str, float]
    metrics: Mapping[str, Any] = field(default_factory=dict)
    artifacts: Sequence[Mapping[str, Any]] = ()


def smoke(project: Path, answers: Mapping[str, Any], progress: Progress) -> Checked:
    """Create the project's environment, install it, then train, evaluate, export and verify.

    Raises TemplateError when the template makes no such project, and FwnewError when a step fails. The
    project stays.
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
    return Checked(seconds, metrics, _read(project / "artifacts" / "verify.json").get("artifacts", ()))


def steps(project: Path, answers: Mapping[str, Any], environment: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Every step of the smoke run with its command, to be run in the project's folder.

    Raises TemplateError when the project has no package or no `requires-python`.
    """
    from uv import find_uv_bin

    package = answers.get("package")
    if not package:
        raise TemplateError("--smoke needs a template that asks for `package`, and this one does not")
    uv, python = find_uv_bin(), str(Path(".venv", SCRIPTS, "python"))
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


def install_arguments(answers: Mapping[str, Any], environment: Mapping[str, str]) -> list[str]:
    """What to give to `uv pip install`, in the project's folder."""
    servers = [EXTRAS[server] for server in answers.get("serving") or () if server in EXTRAS]
    arguments = ["-e", f".[{','.join(['train', 'export', *servers, 'dev'])}]", "-c", "constraints.txt"]
    if answers.get("framework") == "pytorch" and not any(environment.get(name) for name in INDEX_SETTINGS):
        # The default index has PyTorch with several gigabytes of CUDA only.
        arguments.append(f"--torch-backend={'cpu' if answers.get('accelerator') == 'cpu' else 'auto'}")
    if environment.get("PIP_NO_INDEX", "").lower() in ("1", "true", "yes", "on"):
        arguments.append("--no-index")  # uv has no variable for it
    return arguments


def as_typed(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """A command for a person to type: uv, too, is then told what pip is told here."""
    if not Path(command[0]).name.startswith("uv"):
        return shlex.join(command)
    mapped = [uv for uv in PIP_TO_UV.items() if environment.get(uv[0]) and not environment.get(uv[1])]
    settings = [f'{uv}="${pip}"' for pip, uv in mapped] if command[1] == "pip" and os.name != "nt" else []
    return " ".join([*settings, shlex.join(["uv", *command[1:]])])


def interpreter(project: Path) -> str:
    """This very Python if the project supports it, else what the project requires: uv finds or fetches one.

    Raises TemplateError when the project does not say what it requires.
    """
    from packaging.specifiers import SpecifierSet

    try:
        content = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
        required = content["project"]["requires-python"]
    except (OSError, KeyError, tomllib.TOMLDecodeError) as error:
        raise TemplateError("--smoke needs a pyproject.toml with `requires-python`, and there is none") from error
    this = ".".join(str(part) for part in sys.version_info[:3])
    return sys.executable if SpecifierSet(required).contains(this) else str(required)


def uv_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for uv and the project: pip's settings serve where uv's own are unset."""
    result = {name: value for name, value in environment.items() if name not in FOREIGN}
    for pip, uv in PIP_TO_UV.items():
        if result.get(pip) and not result.get(uv):
            result[uv] = _for_uv(uv, result[pip])
    return result


def _for_uv(name: str, value: str) -> str:
    if name in ("UV_FIND_LINKS", "UV_CONSTRAINT", "SSL_CERT_FILE"):
        # pip reads a relative path from the folder that fwnew was called in, uv from the project's.
        words = [str(Path(word).resolve()) if Path(word).exists() else word for word in value.split()]
        return ("," if name == "UV_FIND_LINKS" else " ").join(words)
    return value


def _run(name: str, command: list[str], project: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        command if Path(command[0]).is_absolute() else [str(project / command[0]), *command[1:]],
        cwd=project,
        env=environment,
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
