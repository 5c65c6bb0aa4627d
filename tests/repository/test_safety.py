"""What neither fwnew nor a project of its templates contains: ways for data to become code."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.kit import ROOT

OURS = [*sorted((ROOT / "src" / "fwnew").rglob("*.py")), ROOT / "noxfile.py"]
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.py*") if path.is_file())
LOADERS = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def dangers(tree: ast.AST) -> Iterator[str]:
    """Every call and import that lets data become code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"import {alias.name}" for alias in node.names if alias.name.split(".")[0] in LOADERS)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in LOADERS:
            yield f"from {node.module} import"
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            if called in ("eval", "exec", "os.system", "os.popen", "builtins.eval", "builtins.exec"):
                yield called
            yield from (
                f"{key}={given[key]}" for key in ("shell", "allow_pickle") if given.get(key, "False") != "False"
            )
            if called == "torch.load" and given.get("weights_only") != "True":
                yield "torch.load without weights_only=True"


def dangers_in_text(text: str) -> Iterator[str]:
    """The same for Python with Jinja in it, which cannot be parsed."""
    patterns = [
        rf"\b(?:import|from) (?:{'|'.join(LOADERS)})\b",
        r"(?<![\w.])(?:eval|exec)\(",
        r"\bos\.(?:system|popen)\(",
        r"\b(?:shell|allow_pickle)=(?!False)",
    ]
    for pattern in patterns:
        yield from re.findall(pattern, text)
    for call in re.findall(r"torch\.load\((?:[^()]|\([^()]*\))*\)", text):
        if "weights_only=True" not in call:
            yield call


@pytest.mark.parametrize("file", OURS, ids=name)
def test_fwnew_turns_no_data_into_code(file: Path) -> None:
    assert list(dangers(ast.parse(file.read_text("utf-8")))) == []


def test_copier_is_always_called_without_trust() -> None:
    calls = [
        {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        for file in OURS
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("run_", "copier."))
    ]
    assert [call["unsafe"] for call in calls if "vcs_ref" in call] == ["False"]
    assert [call for call in calls if call.get("unsafe", "False") != "False"] == []


def test_no_copier_is_accepted_that_lets_a_template_reach_outside() -> None:
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    accepted = next(Requirement(text).specifier for text in dependencies if text.startswith("copier"))
    assert accepted.contains("9.19.1")
    assert not accepted.contains("9.19.0")


@pytest.mark.parametrize("file", TEMPLATES, ids=name)
def test_a_projects_python_turns_no_data_into_code(file: Path) -> None:
    text = file.read_text("utf-8")
    found = dangers_in_text(text) if file.suffix == ".jinja" else dangers(ast.parse(text))
    assert list(found) == []


@pytest.mark.parametrize(
    "code",
    ["import pickle", "from joblib import load", "eval('1')", "exec(x)", "os.system('x')", "run(x, shell=True)",
     "np.load(x, allow_pickle=True)", "torch.load(f(x))", "torch.load(x, weights_only=False)"],
)  # fmt: skip
def test_both_checks_find_what_they_look_for(code: str) -> None:
    assert list(dangers(ast.parse(code)))
    assert list(dangers_in_text(code))


@pytest.mark.parametrize("code", ["model.eval()", "torch.load(f(x), weights_only=True)", "np.load(x)", "retrieval(x)"])
def test_both_checks_pass_over_what_is_harmless(code: str) -> None:
    assert not list(dangers(ast.parse(code)))
    assert not list(dangers_in_text(code))
