"""What the working tree's templates render: clean, small, and free of what was not chosen."""

import ast
import itertools
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
EXPORTS = {
    "pytorch": ["onnx", "torch_export", "torchscript"],
    "tensorflow": ["onnx", "saved_model", "tflite", "tflite_int8"],
}
FRAMEWORKS = list(EXPORTS)
CHOICES = [
    (framework, chosen)
    for framework, exports in EXPORTS.items()
    for count in range(1, len(exports) + 1)
    for chosen in itertools.combinations(exports, count)
]
MAX_FILES, MAX_LINES = 32, 1100

Render = Callable[..., Path]


@pytest.fixture(scope="session")
def working_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The templates as they are now, committed or not."""
    folder = tmp_path_factory.mktemp("template")
    shutil.copy(ROOT / "copier.yml", folder)
    shutil.copytree(ROOT / "templates", folder / "templates")
    return folder


@pytest.fixture
def render(fwnew: Callable[..., Any], work: Path, working_tree: Path) -> Render:
    """Renders a project without git from the working tree's templates."""

    def make(framework: str, **answers: str) -> Path:
        data = itertools.chain.from_iterable(("--data", f"{key}={value}") for key, value in answers.items())
        arguments = ("--framework", framework, "--template", str(working_tree), "--no-git", *data)
        result = fwnew("new", "digits-demo", *arguments)
        assert result.code == 0, result
        return work / "digits-demo"

    return make


def ruff(project: Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *arguments, "--no-cache"], cwd=project, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def texts(project: Path) -> dict[str, str]:
    """Every file of the project by its path."""
    return {str(f.relative_to(project)): f.read_text("utf-8") for f in project.rglob("*") if f.is_file()}


def python_lines(project: Path) -> int:
    return sum(len(file.read_text("utf-8").splitlines()) for file in project.rglob("*.py"))


@pytest.mark.parametrize(
    ("framework", "exports"), CHOICES, ids=lambda value: value if isinstance(value, str) else "+".join(value)
)
def test_every_choice_of_exports_is_clean_and_leaves_nothing_of_the_others(
    render: Render, framework: str, exports: tuple[str, ...]
) -> None:
    project = render(framework, exports=",".join(exports))
    ruff(project, "check", ".")
    ruff(project, "format", "--check", ".")
    formats = {file.stem for file in (project / "src" / "digits_demo" / "formats").glob("*.py")} - {"__init__", "litert"}
    assert formats == set(exports)
    for name, text in texts(project).items():
        assert not re.search(r"\{%|\{\{ |\{#", text), f"Jinja is left in {name}"
        for other in {export for of in EXPORTS.values() for export in of} - set(exports):
            assert not re.search(rf"(?<!\.)\b{other}\b", text), f"{name} speaks of {other}"


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_default_project_is_small(render: Render, framework: str) -> None:
    project = render(framework)
    assert len(texts(project)) <= MAX_FILES
    assert python_lines(project) <= MAX_LINES


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("accelerator", ["cpu", "gpu"])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_every_accelerator_and_python_gives_a_clean_project(
    render: Render, framework: str, accelerator: str, python: str
) -> None:
    project = render(framework, accelerator=accelerator, python=python)
    ruff(project, "check", ".")
    metadata = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    assert metadata["requires-python"].startswith(f">={python},<3.")
    requirements = " ".join(metadata["optional-dependencies"]["train"])
    assert ("and-cuda" in requirements) == (framework == "tensorflow" and accelerator == "gpu")
    assert ("tensorflow-cpu" in requirements) == (framework == "tensorflow" and accelerator == "cpu")


def test_the_compiled_loop_is_another_train_py_and_nothing_else(render: Render) -> None:
    standard = texts(render("pytorch", loop="standard"))
    shutil.rmtree("digits-demo")
    project = render("pytorch", loop="compiled")
    ruff(project, "check", ".")
    ruff(project, "format", "--check", ".")
    compiled = texts(project)
    assert {name for name in standard | compiled if standard.get(name) != compiled.get(name)} == {
        ".copier-answers.yml",
        "README.md",
        "src/digits_demo/train.py",
    }


def test_the_compiled_loop_is_refused_with_tensorflow(fwnew: Callable[..., Any], working_tree: Path) -> None:
    arguments = ("--framework", "tensorflow", "--data", "loop=compiled", "--template", str(working_tree))
    result = fwnew("new", "digits-demo", *arguments)
    assert (result.code, result.err.splitlines()[0]) == (2, "error: loop: 'compiled' is for PyTorch")


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize(
    ("licence", "first_line"),
    [
        ("MIT", "MIT License"),
        ("Apache-2.0", "Apache License"),
        ("BSD-3-Clause", "BSD 3-Clause License"),
        ("proprietary", "Copyright (c) Ada & Söhne"),
    ],
)
def test_the_licence_is_the_whole_text_with_the_author_in_it(
    render: Render, framework: str, licence: str, first_line: str
) -> None:
    project = render(framework, license=licence, author="Ada & Söhne")
    text = (project / "LICENSE").read_text("utf-8")
    assert text.strip().startswith(first_line)
    assert "Ada & Söhne" in text


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_text_with_quotes_and_accents_stays_what_it_was(render: Render, framework: str) -> None:
    description = r"""It's a "naïve" \ 100 % {thing} for cats & dogs"""
    project = render(framework, description=description, author='Zoë "Z" O\'Neil')
    metadata = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    assert metadata["description"] == description
    assert metadata["authors"] == [{"name": 'Zoë "Z" O\'Neil'}]
    ruff(project, "check", ".")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_answers_file_records_what_was_asked_and_no_more(render: Render, framework: str) -> None:
    answers = yaml.safe_load((render(framework) / ".copier-answers.yml").read_text("utf-8"))
    questions = yaml.safe_load((ROOT / "copier.yml").read_text("utf-8"))
    asked = {key for key, q in questions.items() if not key.startswith("_") and q.get("when") is not False}
    assert {key for key in answers if not key.startswith("_")} == asked


def test_both_configurations_have_the_same_common_fields_in_the_same_order(render: Render) -> None:
    fields = {}
    for framework in FRAMEWORKS:
        project = render(framework)
        tree = ast.parse((project / "src" / "digits_demo" / "config.py").read_text("utf-8"))
        body = next(node for node in tree.body if isinstance(node, ast.ClassDef)).body
        fields[framework] = [ast.unparse(node.target) for node in body if isinstance(node, ast.AnnAssign)]
        shutil.rmtree(project)
    pytorch, tensorflow = fields.values()
    common = [name for name in pytorch if name in tensorflow]
    assert common == [name for name in tensorflow if name in pytorch]
    assert len(common) >= 12


def test_the_templates_need_no_trust() -> None:
    settings = yaml.safe_load((ROOT / "copier.yml").read_text("utf-8"))
    assert not {"_tasks", "_migrations", "_jinja_extensions"} & set(settings)


def test_python_that_is_included_or_copied_holds_no_jinja() -> None:
    for file in (ROOT / "templates").rglob("*.py"):
        assert not re.search(r"\{\{|\{%|\{#", file.read_text("utf-8")), file


def test_names_that_projects_may_not_take_are_all_of_pythons_own() -> None:
    questions = yaml.safe_load((ROOT / "copier.yml").read_text("utf-8"))
    listed = set(questions["standard_library"]["default"].split())
    modules = {name for name in sys.stdlib_module_names if re.fullmatch("[a-z][a-z0-9_]*", name)}
    assert modules <= listed
