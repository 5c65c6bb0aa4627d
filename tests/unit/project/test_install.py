"""How a project is installed: the lines that a person types, with what lies on PATH, and what fwnew gives to uv."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from uv import find_uv_bin

from fwnew.project import install
from fwnew.project.install import as_typed, install_arguments, interpreter, uv_environment
from fwnew.reports.created import next_steps

OnPath = Callable[..., None]

THIS = Path(sys.executable)
OTHER = "echo /elsewhere 3.9.1"
DEMO = {
    "project_name": "demo",
    "package": "demo",
    "framework": "pytorch",
    "accelerator": "cpu",
    "serving": ["embedded"],
}
EXTRAS = "'.[train,export,serve,dev]' -c constraints.txt"
CPU = " --extra-index-url https://download.pytorch.org/whl/cpu"
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="PyPI's build for Linux alone brings CUDA")
POSIX = pytest.mark.skipif(os.name == "nt", reason="a POSIX shell's syntax")


def project(folder: Path, requires: str) -> Path:
    (folder / "pyproject.toml").write_text(f"[project]\nrequires-python = '{requires}'\n")
    return folder


@LINUX
def test_without_uv_on_path_the_next_steps_are_pythons_own(on_path: OnPath) -> None:
    on_path(python3=THIS)
    assert next_steps("../demo", DEMO, installed=False) == [
        "cd ../demo",
        "python3 -m venv .venv",
        f".venv/bin/pip install -e {EXTRAS}{CPU}",
        ".venv/bin/demo train smoke",
        ".venv/bin/demo train",
    ]


@POSIX
def test_with_uv_on_path_the_next_steps_leave_an_active_environment_alone(on_path: OnPath) -> None:
    on_path(python3=THIS, uv="exit 1")
    assert next_steps("demo", DEMO, installed=False)[1:-2] == [
        "uv venv",
        f"uv pip install --python .venv -e {EXTRAS} --torch-backend=cpu",
    ]


@POSIX
def test_a_launcher_of_this_python_counts_as_this_python(on_path: OnPath) -> None:
    on_path(python3=f'exec {THIS} "$@"')
    assert "python3 -m venv .venv" in next_steps("demo", DEMO, installed=False)


@POSIX
@pytest.mark.parametrize("other", [OTHER, "exit 127", "not a program", "kill -9 $$"])
def test_where_python3_is_another_one_this_python_is_named_precisely(
    on_path: OnPath, tmp_path: Path, other: str
) -> None:
    version = f"python3.{sys.version_info.minor}"
    on_path(python3=other, **{version: THIS})
    assert f"{version} -m venv .venv" in next_steps("demo", DEMO, installed=False)

    (tmp_path / "bin" / version).unlink()
    venv = next_steps("demo", DEMO, installed=False)[1]
    python = Path(venv.removesuffix(" -m venv .venv"))
    assert python.is_absolute()
    assert python.resolve() == THIS.resolve()
    assert python != THIS  # an environment made from it would go with fwnew's


@POSIX
def test_a_project_for_another_python_is_installed_by_fwnews_own_uv(on_path: OnPath, tmp_path: Path) -> None:
    on_path(python3=THIS)
    uv = find_uv_bin()
    steps = next_steps("demo", DEMO, project(tmp_path, ">=3.11,<3.11.1"), installed=False)
    assert steps[1:-2] == [f"{uv} venv", f"{uv} pip install --python .venv -e {EXTRAS} --torch-backend=cpu"]


@pytest.mark.parametrize("requires", [">=3.11", "nonsense"])
def test_a_project_that_may_run_on_this_python_is_installed_by_it(
    on_path: OnPath, tmp_path: Path, requires: str
) -> None:
    on_path(python3=THIS)
    assert "python3 -m venv .venv" in next_steps("demo", DEMO, project(tmp_path, requires), installed=False)
    assert "python3 -m venv .venv" in next_steps("demo", DEMO, tmp_path / "elsewhere", installed=False)


@pytest.mark.parametrize(
    ("answers", "setting", "programs", "platform", "expected"),
    [
        ({}, "", {}, "linux", CPU),
        ({"accelerator": "gpu"}, "", {}, "linux", CPU),
        ({"accelerator": "gpu"}, "", {"nvidia-smi": ""}, "linux", ""),
        ({}, "", {"nvidia-smi": ""}, "linux", CPU),
        ({}, "", {}, "darwin", ""),
        ({"framework": "tensorflow"}, "", {}, "linux", ""),
        *(({}, setting, {}, "linux", "") for setting in install.INDEX_SETTINGS),
    ],
)
def test_pip_gets_pytorch_without_cuda_unless_somebody_chose_otherwise(
    on_path: OnPath,
    monkeypatch: pytest.MonkeyPatch,
    answers: dict[str, str],
    setting: str,
    programs: dict[str, str],
    platform: str,
    expected: str,
) -> None:
    on_path(python3=THIS, **programs)
    monkeypatch.setattr(sys, "platform", platform)
    if setting:
        monkeypatch.setenv(setting, "1")
    assert next_steps("demo", DEMO | answers, installed=False)[2] == f".venv/bin/pip install -e {EXTRAS}{expected}"


@POSIX
def test_on_windows_the_steps_suit_both_of_its_shells(on_path: OnPath, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "WINDOWS", True)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr("shutil.which", lambda name, path=None: str(THIS) if name == "py" else None)
    assert next_steps(r"C:\my work\demo", DEMO, installed=False) == [
        r'cd "C:\my work\demo"',
        "py -m venv .venv",
        r'.venv\Scripts\pip install -e ".[train,export,serve,dev]" -c constraints.txt',
        r".venv\Scripts\demo train smoke",
        r".venv\Scripts\demo train",
    ]


@pytest.mark.parametrize(("serving", "last"), [(["embedded"], "serve"), ([], "train"), (None, "train")])
def test_after_a_smoke_run_what_was_exported_can_be_served(serving: list[str] | None, last: str) -> None:
    answers = {"project_name": "demo", "package": "demo", "serving": serving}
    assert next_steps("demo", answers, installed=True)[-1] == f".venv/bin/demo {last}"


def test_this_python_is_used_if_the_project_supports_it(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nrequires-python = '>=3.11'\n")
    assert interpreter(tmp_path) == sys.executable
    (tmp_path / "pyproject.toml").write_text("[project]\nrequires-python = '<3.9'\n")
    assert interpreter(tmp_path) == "<3.9"


def test_pips_settings_become_uvs_and_do_not_override_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wheels").mkdir()
    pip = {
        "PIP_FIND_LINKS": "wheels https://example.com/w",
        "PIP_INDEX_URL": "https://example.com/simple",
        "PIP_EXTRA_INDEX_URL": "https://a.example/ https://b.example/",
        "PIP_CONSTRAINT": "/c.txt",
        "PIP_CERT": "/ca.pem",
        "UV_CONSTRAINT": "/mine.txt",
        "VIRTUAL_ENV": "/elsewhere",
    }
    uv = {name: value for name, value in uv_environment(pip).items() if not name.startswith("PIP_")}
    assert uv == {
        "UV_FIND_LINKS": f"{tmp_path / 'wheels'},https://example.com/w",
        "UV_DEFAULT_INDEX": "https://example.com/simple",
        "UV_INDEX": "https://a.example/ https://b.example/",
        "UV_CONSTRAINT": "/mine.txt",
        "SSL_CERT_FILE": "/ca.pem",
    }


@pytest.mark.parametrize(
    ("answers", "environment", "backend"),
    [
        ({"framework": "pytorch", "accelerator": "cpu"}, {}, ["--torch-backend=cpu"]),
        ({"framework": "pytorch", "accelerator": "gpu"}, {}, ["--torch-backend=auto"]),
        ({"framework": "pytorch", "accelerator": "cpu"}, {"PIP_FIND_LINKS": "/wheels"}, []),
        ({"framework": "pytorch", "accelerator": "cpu"}, {"UV_TORCH_BACKEND": "cu126"}, []),
        ({"framework": "tensorflow", "accelerator": "cpu"}, {}, []),
    ],
)
def test_pytorch_comes_for_the_accelerator_unless_an_index_is_set(
    answers: dict[str, str], environment: dict[str, str], backend: list[str]
) -> None:
    assert install_arguments(answers, environment)[4:] == backend


def test_without_an_index_uv_is_told_by_an_option() -> None:
    assert install_arguments({}, {"PIP_NO_INDEX": "1"})[4:] == ["--no-index"]


@POSIX
def test_a_command_to_type_tells_uv_what_pip_is_told_and_shows_no_value(on_path: OnPath) -> None:
    on_path(uv="")
    environment = {"PIP_INDEX_URL": "https://me:secret@example.com/", "PIP_CERT": "/ca", "SSL_CERT_FILE": "/mine"}
    typed = as_typed(["/opt/uv", "pip", "install", "-e", ".[dev]"], environment)
    assert typed == """UV_DEFAULT_INDEX="$PIP_INDEX_URL" uv pip install -e '.[dev]'"""


def test_the_server_is_installed_where_one_was_chosen() -> None:
    quiet = {"UV_TORCH_BACKEND": "cpu"}
    assert install_arguments({"serving": ["embedded"]}, quiet)[1] == ".[train,export,serve,dev]"
    assert install_arguments({"serving": []}, quiet)[1] == ".[train,export,dev]"


@POSIX
def test_uv_is_told_of_several_places_for_packages_as_uv_reads_them(on_path: OnPath, tmp_path: Path) -> None:
    on_path(python3=THIS, uv="exit 1")
    place = tmp_path / "wheels"
    place.mkdir()
    environment = {**os.environ, "PIP_FIND_LINKS": str(place)}
    assert install.lines(None, DEMO, environment)[1].startswith('UV_FIND_LINKS="$PIP_FIND_LINKS" uv pip install')
    environment["PIP_FIND_LINKS"] = f"{place} https://example.com/wheels"
    found = install.lines(None, DEMO, environment)[1]
    assert found.startswith(f"UV_FIND_LINKS={place},https://example.com/wheels uv pip install")
