"""`--smoke` installs a project and runs its verbs for real; the project here is tiny and needs no index."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.kit.commands import Fwnew, failed
from tests.kit.git import git

BACKEND = '''
    """A build backend that needs nothing: it makes an editable wheel of `src`."""
    import zipfile
    from pathlib import Path

    def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
        name = "tiny-1.0-py3-none-any.whl"
        info = "tiny-1.0.dist-info"
        with zipfile.ZipFile(Path(wheel_directory, name), "w") as wheel:
            wheel.writestr("tiny.pth", str(Path("src").resolve()))
            wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n"
                           + "".join(f"Provides-Extra: {e}\\n" for e in ("train", "export", "dev")))
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: tiny\\n"
                           "Root-Is-Purelib: true\\nTag: py3-none-any\\n")
            wheel.writestr(f"{info}/RECORD", "")
        return name
'''
PYPROJECT = """
    [project]
    name = "tiny"
    version = "1.0"
    requires-python = ">=3.11"
    [project.optional-dependencies]
    train = []
    export = []
    dev = []
    [build-system]
    requires = []
    build-backend = "backend"
    backend-path = ["."]
"""
MAIN = """
    import json, os, sys
    from pathlib import Path

    verb = sys.argv[1:]
    print("running", *verb)
    assert sys.prefix == str(Path(".venv").resolve()), sys.prefix
    assert "PYTHONPATH" not in os.environ
    if verb == ["train", "smoke"]:
        Path("runs/smoke").mkdir(parents=True)
    elif verb == ["evaluate"]:
        metrics = {"n": 360, "loss": 0.25, "accuracy": 0.9123456, "class_accuracy": {"0": 1.0}}
        Path("runs/smoke/evaluation.json").write_text(json.dumps(metrics))
    elif verb == ["verify"]:
        row = {"format": "onnx", "file": "model.onnx", "runtime": "onnxruntime 1.32", "status": "passed",
               "reason": "", "max_abs_diff": 2.4e-7, "agreement": 1.0, "tolerance": 1e-4, "bytes": 44000,
               "latency_ms": {"1": 0.0512, "64": 1.5}}
        late = {"format": "tflite", "status": "not_checked", "reason": "no runtime"}
        Path("artifacts").mkdir()
        Path("artifacts/verify.json").write_text(json.dumps({"schema": 1, "artifacts": [row, late]}))
"""
FAILS = """
    import sys

    if sys.argv[1] == "export":
        print(*range(99), sep="\\n")
        sys.exit("no such format")
"""
TINY = {
    "templates/pytorch/pyproject.toml": PYPROJECT,
    "templates/pytorch/backend.py": BACKEND,
    "templates/pytorch/constraints.txt": "",
    "templates/pytorch/src/{{ package }}/__main__.py": MAIN,
    "templates/pytorch/.gitignore": ".venv/\nruns/\nartifacts/\n__pycache__/\n",
}


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_TORCH_BACKEND", "cpu")
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("PYTHONPATH", "/nonexistent")


@pytest.fixture
def smoke(fwnew: Fwnew, template: Callable[..., Path]) -> Callable[..., Any]:
    """Runs `fwnew new demo --smoke` on the tiny project, with files replaced."""

    def run(*options: str, **files: str) -> Any:
        folder = template(**{**TINY, **files})
        return fwnew("new", "demo", "--defaults", "--smoke", "--template", str(folder), *options)

    return run


def test_a_smoke_run_runs_every_verb_and_shows_what_they_measured(smoke: Callable[..., Any], work: Path) -> None:
    result = smoke()
    assert result.code == 0, result.err
    lines = result.out.splitlines()
    done = [line.split()[0] for line in lines[:6]]
    assert done == ["environment", "install", "train", "evaluate", "export", "verify"]
    assert "accuracy 0.912, loss 0.25, n 360" in " ".join(result.out.split())
    header = next(i for i, line in enumerate(lines) if line.startswith("format"))
    assert lines[header + 1].split() == (
        ["onnx", "onnxruntime", "1.32", "passed", "2.4e-07", "100.0%", "44.0", "kB", "0.05", "ms", "1.50", "ms"]
    )
    assert "not checked (no runtime)" in lines[header + 2]
    assert "  .venv/bin/demo train" in lines
    assert "uv pip install" not in result.out  # it is installed already


def test_a_smoke_run_leaves_the_repository_clean(smoke: Callable[..., Any], work: Path) -> None:
    assert smoke().code == 0
    assert git(work / "demo", "status", "--porcelain") == ""


def test_the_summary_for_programs_has_the_measurements(smoke: Callable[..., Any]) -> None:
    result = smoke("--json")
    assert result.json["smoke"]["metrics"]["n"] == 360
    assert [row["format"] for row in result.json["smoke"]["artifacts"]] == ["onnx", "tflite"]
    assert result.err.startswith("environment")


def test_a_failing_verb_shows_its_last_lines_and_leaves_the_project(smoke: Callable[..., Any], work: Path) -> None:
    result = smoke(**{"templates/pytorch/src/{{ package }}/__main__.py": FAILS})
    failed(result)
    error = result.err.splitlines()
    assert error[-2:] == [
        "error: 'export' failed with exit code 1",
        f"hint: the project is in {work / 'demo'}; try again there: .venv/bin/python -m demo export",
    ]
    assert "no such format" in error[:-2]
    assert len(error) == 32
    assert (work / "demo" / ".venv").is_dir()


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell's syntax")
def test_what_to_try_again_works_as_printed_where_uv_is_on_no_path(
    smoke: Callable[..., Any], work: Path, on_path: Callable[..., None]
) -> None:
    on_path()
    result = smoke(**{"templates/pytorch/backend.py": "raise SystemExit"})
    assert "error: 'install' failed" in result.err
    (work / "demo" / "backend.py").write_text(dedent(BACKEND))
    _, _, again = result.err.splitlines()[-1].partition("try again there: ")
    assert "uv pip install --python .venv/bin/python -e" in again
    subprocess.run(["/bin/sh", "-c", again], cwd=work / "demo", check=True)
    assert (work / "demo" / ".venv" / "bin" / "python").exists()


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_ctrl_c_stops_the_smoke_run_and_the_project_stays(
    smoke: Callable[..., Any], work: Path, on_path: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    on_path()
    fake = tmp_path / "uv"
    fake.write_text("#!/bin/sh\nkill -INT $PPID\nexec /bin/sleep 30\n")
    fake.chmod(0o755)
    monkeypatch.setattr("uv.find_uv_bin", lambda: str(fake))
    result = smoke()
    assert (result.code, result.out) == (130, ""), result.err
    assert result.err.splitlines() == [
        "error: stopped during 'environment'",
        f"hint: the project is in {work / 'demo'}; try again there: {fake} venv --python {sys.executable}",
    ]
    assert (work / "demo" / "pyproject.toml").is_file()


def test_a_project_that_needs_another_python_is_told_apart(smoke: Callable[..., Any]) -> None:
    result = smoke(**{"templates/pytorch/pyproject.toml": PYPROJECT.replace(">=3.11", ">=3.99")})
    failed(result)
    assert "error: there is no Python >=3.99 on this machine, and the project needs one" in result.err


def test_a_template_of_another_kind_cannot_be_smoked(fwnew: Fwnew, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "copier.yml").write_text("name: {type: str, default: x}\n")
    (tmp_path / "other" / "file").write_text("")
    result = fwnew("new", "demo", "--defaults", "--smoke", "--template", str(tmp_path / "other"))
    assert (result.code, result.err.splitlines()[0]) == (
        1,
        "error: --smoke needs a template that asks for `package`, and this one does not",
    )
