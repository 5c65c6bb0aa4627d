"""The files of every variant: they parse, tools find nothing in them, and what they import is declared."""

import ast
import itertools
import os
import re
import sys
import tomllib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from fwnew.errors import UsageError
from tests.harness.variants.model import Variant
from tests.kit.commands import run
from tests.kit.rendered import Rendered, covering, distinct, each_text, imported, metadata
from tests.kit.snapshots import write
from tests.kit.templates import Templates

# Distributions whose module has another name, and those that no line imports.
MODULES = {
    "pillow": "PIL",
    "scikit-learn": "sklearn",
    "tensorflow-cpu": "tensorflow",
    "torch-model-archiver": "model_archiver",
    "torchserve": "ts",
    "tensorflow-serving-api": "tensorflow_serving",
    "python-multipart": "python_multipart",
    "grpcio": "grpc",
}
CALLED = {
    "onnx": "by exporters",
    "onnxscript": "by torch.onnx",
    "tf2onnx": "by Keras",
    "safetensors": "by KerasHub",
    "httptools": "by uvicorn",
    "python-multipart": "by Starlette, for forms",
    "uvloop": "by uvicorn",
    "pyyaml": "by TorchServe",
    "mypy": "by name",
    "ruff": "by name",
    "pre-commit": "by name",
    "httpx2": "by FastAPI's test client",
}

ASKED_FOR = "pyarrow"
"""What the one file that needs it asks people to install: texts in Parquet are rare."""


def complaints(folder: Path, *module: str) -> str:
    """What a tool has to say, if it fails."""
    done = run([sys.executable, "-m", *module], folder)
    return "" if done.code == 0 else done.said


def in_parallel(commands: Iterable[tuple[Path, Sequence[str]]]) -> str:
    with ThreadPoolExecutor(2) as pool:
        return "".join(pool.map(lambda command: complaints(command[0], *command[1]), commands))


def documents(text: str) -> list[Any]:
    return list(yaml.safe_load_all(text))


def test_no_jinja_is_left_in_any_file(rendered: Rendered) -> None:
    for name, path, text in each_text(rendered):
        assert not re.search(r"\{%|(?<!\$)\{\{ |\{#", text), f"{path} of {name}"  # `${{` is GitHub's


def test_every_file_parses_and_is_laid_out_cleanly(rendered: Rendered) -> None:
    parsers = {".py": ast.parse, ".toml": tomllib.loads, ".yml": documents, ".yaml": documents}
    for name, path, text in each_text(rendered):
        try:
            parsers.get(Path(path).suffix, str)(text)
        except (SyntaxError, tomllib.TOMLDecodeError, yaml.YAMLError) as error:
            pytest.fail(f"{path} of {name}: {error}")
        if path != "LICENSE":  # its layout is its authors'
            assert not text or text.endswith("\n"), f"{path} of {name}"
            assert not re.search(r"[ \t]\n|\n\n\n\n|\n\n\Z|\A\n", text), f"{path} of {name}"


def test_ruff_is_silent_about_every_python_file(rendered: Rendered, tmp_path: Path) -> None:
    """Each distinct file once for each distinct configuration, in one run."""
    seen = set()
    for name, files in distinct(rendered, ".py", "pyproject.toml"):
        rules = (metadata(files)["requires-python"], str(tomllib.loads(files["pyproject.toml"])["tool"]["ruff"]))
        new = {path: text for path, text in files.items() if path.endswith(".py") and (path, text, rules) not in seen}
        seen |= {(path, text, rules) for path, text in new.items()}
        if new:
            known = {path: "" for path in files if path.endswith(".py")}  # ruff looks which modules there are
            write(tmp_path / name, {**known, **new, "pyproject.toml": files["pyproject.toml"]})
    assert complaints(tmp_path, "ruff", "check", "--no-cache") == ""
    assert complaints(tmp_path, "ruff", "format", "--check", "--no-cache") == ""


def test_the_longest_names_do_not_spoil_the_style(templates: Templates, tmp_path: Path) -> None:
    for framework, server in itertools.product(("pytorch", "tensorflow"), ("embedded", "torchserve", "triton")):
        answers = {"framework": framework, "exports": ["onnx"], "serving": [server]}
        try:
            files = templates.render(Variant(answers), package="p" * 60)
        except UsageError:
            continue
        folder = write(tmp_path / f"{framework}-{server}", files)
        assert complaints(folder, "ruff", "check", "--no-cache") == ""
        assert complaints(folder, "ruff", "format", "--check", "--no-cache") == ""


def test_every_text_file_is_read_and_written_as_utf_8(rendered: Rendered) -> None:
    """Whatever the system's own encoding is: a file with a label in it is read where it was not written."""
    for name, path, text in each_text(rendered, ".py"):
        for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
            called = ast.unparse(call.func)
            given = {ast.unparse(value) for value in [*call.args, *(keyword.value for keyword in call.keywords)]}
            if called.endswith((".read_text", ".write_text")):
                assert "'utf-8'" in given, f"{path} of {name}: {ast.unparse(call)}"
            elif called.rpartition(".")[2] == "open" and called not in ("Image.open", "os.open"):
                assert given & {"'rb'", "'wb'", "'utf-8'"}, f"{path} of {name}: {ast.unparse(call)}"


def test_mypy_is_silent_about_every_package(rendered: Rendered, tmp_path: Path) -> None:
    """Each file beside each text of those that it imports. The training frameworks' types count as unknown here."""
    for age, (name, files) in enumerate(covering(rendered)):
        folder = write(tmp_path / name, files)
        for path in folder.rglob("*"):  # or mypy takes a file of the same size and second for the one before
            os.utime(path, (age, age))
        assert complaints(folder, "mypy", "--cache-dir", "../cache") == "", name


def test_every_import_is_declared_and_every_declaration_used(rendered: Rendered, tmp_path: Path) -> None:
    names = ",".join(f"{distribution}={module}" for distribution, module in MODULES.items())
    ignored = ",".join([f"DEP002={'|'.join(CALLED)}", f"DEP001={ASKED_FOR}", f"DEP003={ASKED_FOR}"])
    options = ["--package-module-name-map", names, "--per-rule-ignores", ignored]
    options += ["--no-ansi", "--exclude", "^$", "src", "tests"]
    folders = {}
    for name, files in distinct(rendered, ".py", "pyproject.toml"):
        texts = (item for item in files.items() if item[0].endswith(".py"))
        modules = frozenset(name.partition(".")[0] for path, text in texts for name in imported(path, text))
        declared = str([metadata(files)["dependencies"], metadata(files)["optional-dependencies"]])
        folders.setdefault((modules, declared), (tmp_path / name, files))
    for folder, files in folders.values():
        write(folder, files)
    assert in_parallel((folder, ["deptry", *options]) for folder, _ in folders.values()) == ""
