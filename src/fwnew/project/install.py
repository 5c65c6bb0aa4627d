"""Installation of a project: the arguments for uv, and the commands that a person types."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from fwnew.errors import TemplateError

WINDOWS = os.name == "nt"
EXTRAS = {"embedded": "serve", "torchserve": "torchserve", "tf_serving": "tf-serving"}
"""Servers, and the extras that each needs."""
CPU_INDEX = "https://download.pytorch.org/whl/cpu"

# pip's environment variables, and uv's names for them. uv does not read pip's.
PIP_TO_UV = {
    "PIP_CERT": "SSL_CERT_FILE",
    "PIP_CONSTRAINT": "UV_CONSTRAINT",
    "PIP_DEFAULT_TIMEOUT": "UV_HTTP_TIMEOUT",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_TRUSTED_HOST": "UV_INSECURE_HOST",
}
# If one of these is set, the user has chosen where packages come from, PyTorch included.
INDEX_SETTINGS = (
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"),
    *("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"),
    "UV_TORCH_BACKEND",
)
# These belong to fwnew's environment, not to the project's.
FOREIGN = ("PYTHONHOME", "PYTHONPATH", "UV_PROJECT_ENVIRONMENT", "UV_SYSTEM_PYTHON", "VIRTUAL_ENV")

IDENTITY = "import os, sys; print(os.path.realpath(sys.base_prefix), sys.version)"


def lines(project: Path | None, answers: Mapping[str, Any], environment: Mapping[str, str]) -> list[str]:
    """Return the commands that install a project, to type in its folder: for uv if it is on PATH, else for pip.

    If the project does not support this Python, the commands use fwnew's own uv, which finds or downloads one. Without
    a project, as in a dry run, this Python is assumed to be supported.
    """
    if _on_path("uv", environment) or not (project is None or _supports_this_python(project)):
        from uv import find_uv_bin

        uv = find_uv_bin()
        # without --python, uv prefers an active environment, such as fwnew's own, to .venv
        install = [uv, "pip", "install", "--python", ".venv", *install_arguments(answers, environment)]
        return [as_typed([uv, "venv"], environment), as_typed(install, environment)]
    pip = [script("pip"), "install", *_requirements(answers)]
    if _wants_cpu_index(answers, environment):
        pip += ["--extra-index-url", CPU_INDEX]
    return [typed([_this_python(environment), "-m", "venv", ".venv"]), typed(pip)]


def install_arguments(answers: Mapping[str, Any], environment: Mapping[str, str]) -> list[str]:
    """Return the arguments of `uv pip install`, for the project's folder."""
    arguments = _requirements(answers)
    if answers.get("framework") == "pytorch" and not any(environment.get(name) for name in INDEX_SETTINGS):
        # On the default index, PyTorch comes with several gigabytes of CUDA.
        arguments.append(f"--torch-backend={'cpu' if answers.get('accelerator') == 'cpu' else 'auto'}")
    if environment.get("PIP_NO_INDEX", "").lower() in ("1", "true", "yes", "on"):
        arguments.append("--no-index")  # uv has no variable for it
    return arguments


def _requirements(answers: Mapping[str, Any]) -> list[str]:
    servers = [EXTRAS[server] for server in answers.get("serving") or () if server in EXTRAS]
    return ["-e", f".[{','.join(['train', 'export', *servers, 'dev'])}]", "-c", "constraints.txt"]


def _wants_cpu_index(answers: Mapping[str, Any], environment: Mapping[str, str]) -> bool:
    """Return whether pip needs the CPU index, by the rules of uv's `--torch-backend`.

    Given both, pip prefers 2.13.0+cpu to PyPI's 2.13.0.
    """
    return (
        answers.get("framework") == "pytorch"
        and sys.platform == "linux"
        and not any(environment.get(name) for name in INDEX_SETTINGS)
        and (answers.get("accelerator") == "cpu" or not _on_path("nvidia-smi", environment))
    )


def as_typed(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return a command to type: uv by its path unless it is on PATH, with pip's settings as uv's variables."""
    if not Path(command[0]).name.startswith("uv"):
        return typed(command)
    mapped = [uv for uv in PIP_TO_UV.items() if environment.get(uv[0]) and not environment.get(uv[1])]
    settings = (
        [_setting(uv, pip, environment[pip]) for pip, uv in mapped] if command[1] == "pip" and not WINDOWS else []
    )
    uv = "uv" if _on_path("uv", environment) else command[0]
    return " ".join([*settings, typed([uv, *command[1:]])])


def _setting(uv: str, pip: str, value: str) -> str:
    """Return a shell assignment of a uv variable: to pip's variable, unless uv reads its value differently."""
    same = _for_uv(uv, value) == value
    return f'{uv}="${pip}"' if same else f"{uv}={shlex.quote(_for_uv(uv, value))}"


def typed(command: Sequence[str]) -> str:
    """Quote a command for the shell. Windows has two shells, which agree only on double quotes."""
    if not WINDOWS:
        return shlex.join(command)
    return " ".join(word if re.fullmatch(r"[\w.:/\\=+-]+", word) else f'"{word}"' for word in command)


def script(name: str) -> str:
    """Return the path of a program in the project's environment, relative to the project's folder."""
    return str(PureWindowsPath(".venv", "Scripts", name) if WINDOWS else PurePosixPath(".venv", "bin", name))


def interpreter(project: Path) -> str:
    """Return this Python if the project supports it, else the version that the project requires, for uv to find.

    Raises TemplateError when the project does not say which Python it requires.
    """
    from packaging.specifiers import SpecifierSet

    try:
        content = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
        required = str(content["project"]["requires-python"])
        supported = SpecifierSet(required).contains(".".join(str(part) for part in sys.version_info[:3]))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise TemplateError("--smoke needs a pyproject.toml with `requires-python`, and there is none") from error
    return sys.executable if supported else required


def uv_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for uv and the project: pip's settings apply where uv's own are unset."""
    result = {name: value for name, value in environment.items() if name not in FOREIGN}
    for pip, uv in PIP_TO_UV.items():
        if result.get(pip) and not result.get(uv):
            result[uv] = _for_uv(uv, result[pip])
    return result


def _for_uv(name: str, value: str) -> str:
    if name in ("UV_FIND_LINKS", "UV_CONSTRAINT", "SSL_CERT_FILE"):
        # For pip, a relative path starts at the current folder; uv runs in the project's.
        words = [str(Path(word).resolve()) if Path(word).exists() else word for word in value.split()]
        return ("," if name == "UV_FIND_LINKS" else " ").join(words)
    return value


def _supports_this_python(project: Path) -> bool:
    try:
        return interpreter(project) == sys.executable
    except TemplateError:  # it does not say which Python it requires
        return True


def _this_python(environment: Mapping[str, str]) -> str:
    """Return the command of the Python that fwnew's environment was made from."""
    for name in ("python", "py") if WINDOWS else ("python3", f"python3.{sys.version_info.minor}"):
        if (found := _on_path(name, environment)) and _is_this_python(found):
            return name
    return str(getattr(sys, "_base_executable", sys.executable))


@cache
def _is_this_python(python: str) -> bool:
    """Return whether a Python belongs to this one's installation. It is run, since it may be a launcher."""
    if os.path.realpath(python) == os.path.realpath(sys.executable):
        return True
    try:
        command = [python, "-I", "-S", "-c", IDENTITY]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):  # such as the `python` of Windows that only opens the store
        return False
    return done.stdout.decode(errors="replace").split() == f"{os.path.realpath(sys.base_prefix)} {sys.version}".split()


def _on_path(program: str, environment: Mapping[str, str]) -> str | None:
    return shutil.which(program, path=environment.get("PATH"))
