"""Single claims about what the templates render; those beside it hold for every variant."""

import ast
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from fwnew.project import install
from fwnew.questions import config
from tests.harness.variants.model import Variant
from tests.kit.commands import Fwnew
from tests.kit.templates import ANSWERS_FILE, ROOT, Files, Templates

MAX_FILES, MAX_LINES = 42, 2535

Render = Callable[..., Files]


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates()


@pytest.fixture(scope="module")
def render(templates: Templates) -> Render:
    """Renders a project of a framework; answers that are not given take their defaults."""
    return lambda framework, **answers: templates.render(Variant({"framework": framework, **answers}))


@pytest.fixture(params=["pytorch", "tensorflow"])
def framework(request: pytest.FixtureRequest) -> str:
    return request.param


def test_the_default_project_is_small(render: Render, framework: str) -> None:
    files = render(framework)
    assert len(files) <= MAX_FILES
    assert sum(len(text.splitlines()) for path, text in files.items() if path.endswith(".py")) <= MAX_LINES


def test_tensorflow_comes_with_cuda_only_where_it_is_asked_for(render: Render) -> None:
    assert "and-cuda" in render("tensorflow", accelerator="gpu")["pyproject.toml"]
    assert "and-cuda" not in render("tensorflow", accelerator="cpu")["pyproject.toml"]
    assert "tensorflow-cpu" in render("tensorflow", accelerator="cpu")["pyproject.toml"]


def test_a_project_for_a_gpu_trains_on_it_and_says_where(render: Render) -> None:
    for loop in ("standard", "compiled"):
        gpu = render("pytorch", accelerator="gpu", loop=loop)
        assert 'device: str = "auto"' in gpu["src/my_project/config.py"]
        assert 'print(f"device: {device}")' in gpu["src/my_project/train.py"]
    assert 'device: str = "cpu"' in render("pytorch", accelerator="cpu")["src/my_project/config.py"]
    assert 'print(f"device: {gpu.name}")' in render("tensorflow", accelerator="gpu")["src/my_project/train.py"]


def test_the_oldest_python_is_the_one_that_was_chosen(render: Render, framework: str) -> None:
    for python in ("3.11", "3.13"):
        assert f'requires-python = ">={python},<3.' in render(framework, python=python)["pyproject.toml"]


@pytest.mark.skipif(sys.platform != "linux", reason="what fwnew prints is for the system that it runs on")
@pytest.mark.parametrize("accelerator", ["cpu", "gpu"])
def test_the_readme_installs_as_the_next_steps_of_fwnew_do(
    render: Render, framework: str, accelerator: str, on_path: Callable[..., None]
) -> None:
    on_path(python3=Path(sys.executable), **{"nvidia-smi": ""})
    answers = {"framework": framework, "accelerator": accelerator, "serving": ["embedded"]}
    venv, pip = install.lines(None, answers, os.environ)
    typed = f"    {venv}\n    source .venv/bin/activate\n    {pip.removeprefix('.venv/bin/')}\n"
    assert typed in render(framework, accelerator=accelerator)["README.md"]


def test_without_a_server_nothing_of_one_is_left(render: Render, framework: str) -> None:
    for path, text in render(framework, serving=[]).items():
        assert not re.search("serve|client", path)
        assert path == ANSWERS_FILE or not re.search(
            r"fastapi|uvicorn|prometheus|\bserve|TensorFlow Serving's", text
        ), path


def test_the_compiled_loop_is_another_train_py_and_nothing_else(render: Render) -> None:
    standard, compiled = render("pytorch", loop="standard"), render("pytorch", loop="compiled")
    assert {name for name in standard | compiled if standard.get(name) != compiled.get(name)} == {
        ANSWERS_FILE,
        "README.md",
        "src/my_project/optimizer.py",  # of the standard loop: the compiled step has its own
        "src/my_project/train.py",
    }


def test_the_compiled_loop_is_refused_with_tensorflow(fwnew: Fwnew, tmp_path: Path) -> None:
    template = tmp_path / "template"
    shutil.copytree(ROOT / "templates", template / "templates")
    shutil.copy(ROOT / "copier.yml", template)
    arguments = ("--framework", "tensorflow", "--data", "loop=compiled", "--template", str(template))
    result = fwnew("new", "digits-demo", *arguments)
    assert (result.code, result.err.splitlines()[0]) == (2, "error: loop: 'compiled' is for PyTorch")


@pytest.mark.parametrize(
    ("licence", "first_line"),
    [
        ("MIT", "MIT License"),
        ("Apache-2.0", "Apache License"),
        ("BSD-3-Clause", "BSD 3-Clause License"),
        ("proprietary", "Copyright (c) Ada & Söhne"),
    ],
)
def test_the_licence_is_the_one_that_was_chosen(render: Render, framework: str, licence: str, first_line: str) -> None:
    assert render(framework, license=licence, author="Ada & Söhne")["LICENSE"].strip().startswith(first_line)


def test_the_answers_file_records_what_was_asked_and_no_more(
    render: Render, templates: Templates, framework: str
) -> None:
    answers = yaml.safe_load(render(framework)[ANSWERS_FILE])
    asked = {question.name for question in templates.questions.items if not question.hidden}
    assert {key for key in answers if not key.startswith("_")} == asked


def test_both_configurations_share_their_common_fields_and_their_order(render: Render) -> None:
    fields = []
    for framework in ("pytorch", "tensorflow"):
        tree = ast.parse(render(framework)["src/my_project/config.py"])
        body = next(node for node in tree.body if isinstance(node, ast.ClassDef)).body
        fields.append([ast.unparse(node.target) for node in body if isinstance(node, ast.AnnAssign)])
    pytorch, tensorflow = fields
    common = [name for name in pytorch if name in tensorflow]
    assert common == [name for name in tensorflow if name in pytorch]
    assert len(common) >= 12


def test_the_templates_need_no_trust() -> None:
    settings = config.read(ROOT)
    assert not {"_tasks", "_migrations", "_jinja_extensions"} & set(settings)


def test_names_that_projects_may_not_take_are_all_of_pythons_own() -> None:
    questions = config.read(ROOT)
    listed = set(questions["standard_library"]["default"].split())
    modules = {name for name in sys.stdlib_module_names if re.fullmatch("[a-z][a-z0-9_]*", name)}
    assert modules <= listed
