"""Every variant of the templates, rendered: whole, clean, honest about its dependencies, alike in both frameworks."""

import ast
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2 import TemplatesNotFound
from packaging.licenses import canonicalize_license_expression
from packaging.requirements import Requirement
from validate_pyproject.api import Validator

from fwnew.errors import UsageError
from fwnew.project import render
from fwnew.project.install import install_arguments
from fwnew.questions.questions import load, resolve
from tests.harness.variants import plan
from tests.harness.variants.model import Variant
from tests.kit.templates import ANSWERS_FILE, AWKWARD, ROOT, Files, Templates

MAX_FILES, MAX_LINES = 58, 2700  # of any variant; the default's own limit is in test_rendered.py
ALWAYS = {"README.md", "LICENSE", "pyproject.toml", "constraints.txt", ".gitignore", ANSWERS_FILE}
EXTRAS = {"train", "export", "dev"}
SERVERS = {
    "serve": "serve.py",
    "torchserve": "handler.py",
    "tf-serving": "publish.py",
}  # a file that comes with each extra

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
    "httptools": "by uvicorn",
    "python-multipart": "by Starlette, for forms",
    "uvloop": "by uvicorn",
    "pyyaml": "by TorchServe",
    "mypy": "by name",
    "ruff": "by name",
    "pre-commit": "by name",
    "httpx2": "by FastAPI's test client",
}

ELSEWHERE = re.compile(r"(docker compose -f )?(tf_serving|tritonserver)/compose")
"""What speaks of a choice and does not mean it: a server's own compose file."""

# Types that say the same in each framework's own words.
SAME = {"nn.Module": "Model", "keras.Model": "Model", "tf.Tensor": "Array", "np.ndarray": "Array", "Tensor": "Array"}

TASK_WORDS = (
    r"\b(?:images?|pixels?|photos?|digits?|channels|logits?|softmax|labels?|classes|class_accuracy|accuracy"
    r"|classif\w*|argmax|NCHW|NHWC)\b"
)
"""No file of a loop, an export, a server or what else tasks share may have one."""

Rendered = Mapping[str, tuple[Variant, Files]]


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates()


@pytest.fixture(scope="module")
def rendered(templates: Templates) -> Rendered:
    """Every variant with its files, by its id."""
    return {variant.id: (variant, templates.render(variant, **AWKWARD)) for variant in templates.every()}


def each_text(rendered: Rendered, pattern: str = "") -> Iterator[tuple[str, str, str]]:
    """Each distinct file whose path ends so, once: the id of a variant that has it, its path and its text."""
    seen = set()
    for name, (_, files) in rendered.items():
        for path, text in files.items():
            if path.endswith(pattern) and (path, text) not in seen:
                seen.add((path, text))
                yield name, path, text


def distinct(rendered: Rendered, *parts: str) -> Iterator[tuple[str, Files]]:
    """One variant for each different set of the files whose paths end so."""
    seen = set()
    for name, (_, files) in rendered.items():
        key = frozenset((path, text) for path, text in files.items() if path.endswith(parts))
        if key not in seen:
            seen.add(key)
            yield name, files


def write(files: Files, folder: Path) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


def run(folder: Path, *module: str) -> str:
    """What a tool has to say, if it fails."""
    done = subprocess.run([sys.executable, "-m", *module], cwd=folder, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def in_parallel(commands: Iterable[tuple[Path, Sequence[str]]]) -> str:
    with ThreadPoolExecutor(2) as pool:
        return "".join(pool.map(lambda command: run(command[0], *command[1]), commands))


def package(files: Files) -> str:
    """Its name."""
    return next(path.split("/")[1] for path in files if path.endswith("/__main__.py"))


def project(files: Files) -> dict[str, Any]:
    return tomllib.loads(files["pyproject.toml"])["project"]


def test_the_plan_is_of_todays_questions(templates: Templates) -> None:
    planned = json.loads(plan.FILE.read_text("utf-8"))["digest"]
    assert planned == plan.digest(templates.questions), "run `python -m tests.harness.variants.plan`, and commit it"


def test_the_planned_rows_hold_every_choice_that_they_must(templates: Templates) -> None:
    """Every pair of the crossed questions' choices, and every other choice in each framework, is run; every pair of
    all choices is rendered."""
    run, rendered = ([levelled(templates, row) for row in rows] for rows in plan.read())
    factors = templates.variants.factors
    crossed = {place for place, factor in enumerate(factors) if factor.question in plan.CROSSED}
    framework = next(place for place, factor in enumerate(factors) if factor.question == "framework")
    uncovered = 0
    for (i, x), (j, y) in itertools.combinations(enumerate(factors), 2):
        must_run = {i, j} <= crossed or framework in (i, j)
        for pair in ({(i, a), (j, b)} for a in x.levels for b in y.levels):
            if not templates.variants.feasible(dict(pair)):
                uncovered += 1
                continue
            assert any(pair <= row for row in rendered), pair
            assert not must_run or any(pair <= row for row in run), pair
    assert uncovered


def levelled(templates: Templates, variant: Variant) -> set[tuple[int, Any]]:
    """The level of each factor that a variant has."""
    found = set()
    for place, factor in enumerate(templates.variants.factors):
        answer = variant.answers.get(factor.question)
        held = answer if factor.choice is None or answer is None else factor.choice in answer
        found.add((place, held))
    return found


def test_each_framework_task_and_loop_has_one_row_that_runs_everything() -> None:
    run, _ = plan.read()
    kinds = [tuple(row.answers.get(name) for name in ("framework", "task", "loop")) for row in run]
    chosen = [kind for kind, row in zip(kinds, run, strict=True) if row.id in plan.full(run)]
    assert sorted(chosen) == sorted(set(kinds))


def test_copier_writes_what_is_checked_here(templates: Templates, tmp_path: Path) -> None:
    template = tmp_path / "template"  # a plain folder, without the repository's versions
    shutil.copytree(templates.root / "templates", template / "templates")
    shutil.copy(templates.root / "copier.yml", template)
    for variant in plan.read()[0][:4]:
        answers = resolve(templates.questions, {**variant.answers, **AWKWARD})
        folder = tmp_path / variant.id
        render.run_copier(str(template), None, answers, folder)
        written = {path: (folder / path).read_text("utf-8") for path in render.tree(folder)}
        assert written == templates.render(variant, str(template), **AWKWARD)


def test_every_variant_has_the_files_of_a_project(rendered: Rendered) -> None:
    for name, (_, files) in rendered.items():
        assert set(files) >= ALWAYS, name
        assert any(path.startswith("tests/test_") for path in files), name
        served = {extra for extra, file in SERVERS.items() if any(path.endswith(f"/{file}") for path in files)}
        assert set(project(files)["optional-dependencies"]) == EXTRAS | served, name


def test_every_file_of_the_templates_is_in_some_variant(templates: Templates, rendered: Rendered) -> None:
    assert rendered
    folders = [path for path in (templates.root / "templates").iterdir() if path.name != "questions"]
    assert {path for folder in folders for path in folder.rglob("*") if path.is_file()} == templates.used


def test_a_destination_is_a_line_that_names_itself(templates: Templates) -> None:
    """Its content is a room's, and the room calls it what the project does."""
    for file in (templates.root / "templates" / "project").rglob("*.jinja"):
        plain = re.sub(r"\{% if [^%]*%\}(.*?)\{% endif %\}", r"\1", file.relative_to(templates.root).as_posix())
        path = plain.removeprefix("templates/project/").removeprefix("src/{{ package }}/").removesuffix(".jinja")
        text = file.read_text("utf-8")
        if path == "README.md":
            assert len(text.splitlines()) <= 8
        elif path not in ("LICENSE", "{{ _copier_conf.answers_file }}"):
            named = path.removeprefix(".") if path == ".gitignore" else path  # git would obey it here
            assert text == f"{{% include rooms | map('replace', '*', '{named}') | list %}}\n"


def test_the_templates_read_as_what_they_make(templates: Templates) -> None:
    """No condition is inside of another one, and fewer than one line in ten of a README's sections is Jinja."""
    texts = {path: path.read_text("utf-8") for path in (templates.root / "templates").rglob("*") if path.is_file()}
    for path, text in texts.items():
        depth = itertools.accumulate(1 if word == "if" else -1 for word in re.findall(r"\{%-? *(if|endif)\b", text))
        assert max(depth, default=0) <= 1, path
    lines = [line for path, text in texts.items() if path.parent.name == "readme" for line in text.splitlines()]
    assert len(lines) > 10 * sum("{%" in line for line in lines) > 0


@pytest.mark.parametrize(
    ("kind", "left", "refused"),
    [
        ("frameworks", "[pytorch]", {"framework": "tensorflow"}),
        ("exports", "[torch_export, saved_model]", {"exports": ["onnx"]}),
        ("servers", "[triton]", {"serving": ["embedded"]}),
        ("loops", "[compiled]", {"loop": "standard"}),
    ],
)
def test_what_a_task_cannot_be_combined_with_is_refused_and_is_no_default(
    tmp_path: Path, kind: str, left: str, refused: Mapping[str, Any]
) -> None:
    shutil.copytree(ROOT / "templates" / "questions", tmp_path / "templates" / "questions")
    shutil.copy(ROOT / "copier.yml", tmp_path)
    file = tmp_path / "templates" / "questions" / "task.yml"
    file.write_text(re.sub(rf"^( +{kind}:) .*$", rf"\1 {left}", file.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
    questions = load(tmp_path, "demo")
    assert resolve(questions, {}).values
    with pytest.raises(UsageError, match="is for the other framework" if kind == "frameworks" else "not for this task"):
        resolve(questions, refused)


def test_python_without_values_is_written_as_it_stands(templates: Templates) -> None:
    """It is a template for Jinja all the same, which may find something of its own in it, such as `{{0.1f}}`."""
    files = list((templates.root / "templates").rglob("*.py"))
    assert len(files) > 20
    for path in files:
        text = path.read_text("utf-8")
        assert templates.environment.from_string(text).render() == text, path


def test_a_file_that_no_room_has_is_an_error(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    shutil.copy(ROOT / "copier.yml", tmp_path)
    room = tmp_path / "templates" / "pytorch" / "checkpoint.py"
    room.rename(room.with_name("chekpoint.py"))
    with pytest.raises(TemplatesNotFound, match=r"checkpoint\.py"):
        Templates(tmp_path).render(next(row for row in plan.read()[0] if row.answers["framework"] == "pytorch"))


def test_every_answer_makes_a_difference(rendered: Rendered) -> None:
    """A question that changes nothing but the record of the answers is no question."""
    seen: dict[frozenset[tuple[str, str]], Variant] = {}
    for variant, files in rendered.values():
        key = frozenset((path, text) for path, text in files.items() if path != ANSWERS_FILE)
        assert key not in seen, f"{variant.answers} gives the same files as {seen[key].answers}"
        seen[key] = variant


def test_what_was_not_chosen_is_not_spoken_of(templates: Templates, rendered: Rendered) -> None:
    several = {(factor.question, factor.choice) for factor in templates.variants.factors if factor.choice is not None}
    seen = set()
    for variant, files in rendered.values():
        for question, choice in several:
            if choice in variant.answers.get(question, ()):
                continue
            for path, text in files.items():
                if (choice, text) not in seen:
                    seen.add((choice, text))
                    spoken = ELSEWHERE.sub("", f"{path}\n{text}")
                    said = re.search(rf"(?<!\.)\b{choice}\b", spoken)
                    assert not said, f"{path} says '{choice}', which was not chosen: {variant.answers}"


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
        rules = (project(files)["requires-python"], str(tomllib.loads(files["pyproject.toml"])["tool"]["ruff"]))
        new = {path: text for path, text in files.items() if path.endswith(".py") and (path, text, rules) not in seen}
        seen |= {(path, text, rules) for path, text in new.items()}
        if new:
            known = {path: "" for path in files if path.endswith(".py")}  # ruff looks which modules there are
            write({**known, **new, "pyproject.toml": files["pyproject.toml"]}, tmp_path / name)
    assert run(tmp_path, "ruff", "check", "--no-cache") == ""
    assert run(tmp_path, "ruff", "format", "--check", "--no-cache") == ""


def test_the_longest_names_do_not_spoil_the_style(templates: Templates, tmp_path: Path) -> None:
    for framework, server in itertools.product(("pytorch", "tensorflow"), ("embedded", "torchserve", "triton")):
        answers = {"framework": framework, "exports": ["onnx"], "serving": [server]}
        try:
            files = templates.render(Variant(answers), package="p" * 60)
        except UsageError:
            continue
        folder = write(files, tmp_path / f"{framework}-{server}")
        assert run(folder, "ruff", "check", "--no-cache") + run(folder, "ruff", "format", "--check", "--no-cache") == ""


def test_every_declared_dependency_has_a_tested_version(rendered: Rendered) -> None:
    for name, files in distinct(rendered, "pyproject.toml", "constraints.txt"):
        extras = project(files)["optional-dependencies"].values()
        declared = [Requirement(line).name for line in [*project(files)["dependencies"], *itertools.chain(*extras)]]
        pinned = [Requirement(line) for line in files["constraints.txt"].splitlines() if not line.startswith("#")]
        assert {pin.name for pin in pinned} >= set(declared), name
        assert len({pin.name for pin in pinned}) == len(pinned), name
        assert {str(pin.specifier)[:2] for pin in pinned} == {"=="}, name


def test_free_text_is_in_the_metadata_as_it_was_given(rendered: Rendered) -> None:
    for name, files in distinct(rendered, "pyproject.toml"):
        metadata = project(files)
        assert metadata["name"] == AWKWARD["project_name"], name
        assert metadata["description"] == AWKWARD["description"], name
        assert metadata["authors"] == [{"name": AWKWARD["author"]}], name
        assert metadata["scripts"] == {AWKWARD["project_name"]: f"{package(files)}.__main__:main"}, name
        assert AWKWARD["description"] in files["README.md"], name


def test_validate_pyproject_accepts_the_metadata(rendered: Rendered) -> None:
    validate = Validator()
    for _, _, text in each_text(rendered, "pyproject.toml"):
        validate(tomllib.loads(text))


def test_the_licence_is_spdx_and_its_text_is_there(templates: Templates, rendered: Rendered) -> None:
    texts = defaultdict(set)
    for variant, files in rendered.values():
        expression = project(files)["license"]
        assert canonicalize_license_expression(expression) == expression
        assert project(files)["license-files"] == ["LICENSE"]
        assert AWKWARD["author"] in files["LICENSE"]
        texts[variant.answers["license"], expression].add(files["LICENSE"])
    assert {len(found) for found in texts.values()} == {1}
    assert len(set.union(*texts.values())) == len(texts)


def test_every_command_in_the_readme_exists(rendered: Rendered) -> None:
    for name, _, readme in each_text(rendered, "README.md"):
        files = rendered[name][1]
        modules = {path: text for path, text in files.items() if path.startswith("src/")}
        main = modules[f"src/{package(files)}/__main__.py"]
        verbs = ast.literal_eval(re.search(r"VERBS = ({.*?\n})", main, re.DOTALL)[1])
        commands = [line.split() for line in re.findall(r"^    \$ (.+)$", readme, re.MULTILINE)]
        own = [words for words in commands if words[0] == AWKWARD["project_name"]]
        assert {words[1] for words in own} == set(verbs), name
        declared = str(project(files)["optional-dependencies"]["dev"])
        assert all(words[0] in declared for words in commands if words not in own), name
        for option in re.findall(r"`--([a-z-]+)", readme.partition("## Use")[2]):  # those of Install are pip's
            assert option == "help" or re.search(rf"\b{option.replace('-', '_')}: ", "".join(modules.values())), option
        (extras,) = set(re.findall(r"-e '\.\[(.+)\]'", readme))
        assert set(extras.split(",")) <= set(project(files)["optional-dependencies"]), name
        (python,) = re.findall(r"uv venv --python '(.+)'", readme)
        assert python == project(files)["requires-python"], name
        oldest, newest = re.findall(r"^With Python 3\.(\d+)(?: to 3\.(\d+))?:$", readme, re.MULTILINE)[0]
        assert python == f">=3.{oldest},<3.{int(newest or oldest) + 1}", name


def test_the_readme_lists_every_module(rendered: Rendered) -> None:
    for name, _, readme in each_text(rendered, "README.md"):
        files = rendered[name][1]
        root = f"src/{package(files)}/"
        inside = {path.removeprefix(root) for path in files if path.startswith(root)}
        there = {path.partition("/")[0] + "/" * ("/" in path) for path in inside}
        listed = re.findall(r"^      ([a-z0-9_]+(?:\.py|/)) ", readme, re.MULTILINE)
        assert sorted(listed) == sorted(there - {"__init__.py", "__main__.py"}), name


def test_only_the_rooms_of_a_task_know_its_words() -> None:
    for room in ("pytorch", "tensorflow", "shared"):
        for path in (ROOT / "templates" / room).rglob("*.py*"):
            found = re.findall(TASK_WORDS, path.read_text("utf-8"), re.IGNORECASE)
            assert not found, f"{path.relative_to(ROOT)} says {found}"


def test_every_variant_is_small(rendered: Rendered) -> None:
    for name, (_, files) in rendered.items():
        lines = sum(len(text.splitlines()) for path, text in files.items() if path.endswith(".py"))
        assert len(files) <= MAX_FILES, name
        assert lines <= MAX_LINES, f"{name} has {lines} lines of Python"


def test_fwnew_installs_every_extra_of_a_project(rendered: Rendered) -> None:
    for name, (variant, files) in rendered.items():
        [target] = [word for word in install_arguments(variant.answers, {}) if word.startswith(".[")]
        assert set(target[2:-1].split(",")) == set(project(files)["optional-dependencies"]), name


def test_both_frameworks_have_the_same_files_and_signatures(rendered: Rendered) -> None:
    """Apart from those in differences.toml, which has no line too many."""
    found = defaultdict(dict)
    for name, files in distinct(rendered, ".py"):
        found[rendered[name][0].answers["framework"]] |= public(files)
    pytorch, tensorflow = found["pytorch"], found["tensorflow"]
    differences = tomllib.loads(Path(__file__).with_name("differences.toml").read_text("utf-8"))
    listed = {
        kind: {(file, name) for file, names in files.items() for name in ("", *names)}
        for kind, files in differences.items()
    }
    common = pytorch.keys() & tensorflow.keys()
    shared = {(file, "") for file, _ in common}
    assert pytorch.keys() - common == listed["pytorch"] - shared
    assert tensorflow.keys() - common == listed["tensorflow"] - shared
    assert {key for key in common if pytorch[key] != tensorflow[key]} == listed["signatures"] - shared


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
    """Without the training frameworks, whose types count as unknown; each real project is checked with them."""
    for age, (name, files) in enumerate(distinct(rendered, ".py")):
        folder = write(files, tmp_path / name)
        for path in folder.rglob("*"):  # or mypy takes a file of the same size and second for the one before
            os.utime(path, (age, age))
        assert run(folder, "mypy", "--cache-dir", "../cache") == "", name


def test_every_import_is_declared_and_every_declaration_used(rendered: Rendered, tmp_path: Path) -> None:
    names = ",".join(f"{distribution}={module}" for distribution, module in MODULES.items())
    options = ["--package-module-name-map", names, "--per-rule-ignores", f"DEP002={'|'.join(CALLED)}"]
    options += ["--no-ansi", "--exclude", "^$", "src", "tests"]
    folders = {}
    for name, files in distinct(rendered, ".py", "pyproject.toml"):
        imports = frozenset((path, text) for path, text in files.items() if path.endswith(".py"))
        declared = str([project(files)["dependencies"], project(files)["optional-dependencies"]])
        folders.setdefault((imports, declared), (tmp_path / name, files))
    for folder, files in folders.values():
        write(files, folder)
    assert in_parallel((folder, ["deptry", *options]) for folder, _ in folders.values()) == ""


def public(files: Files) -> dict[tuple[str, str], str]:
    """The signature of everything public in the package, by its file and name; every file is there with no name."""
    root = f"src/{package(files)}/"
    found = {}
    for path, text in files.items():
        file = path.removeprefix(root)
        if file != path and "/" not in file:  # formats/ is what differs
            found[file, ""] = ""
            found |= {(file, name): same(signature) for name, signature in members(ast.parse(text).body)}
    tests = {(path, ""): "" for path in files if not path.startswith("src/")}
    return found | tests


def members(body: Sequence[ast.stmt], owner: str = "") -> Iterator[tuple[str, str]]:
    for node in body:
        if isinstance(node, ast.AnnAssign) and owner:
            yield owner + ast.unparse(node.target), ast.unparse(node.annotation)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            if isinstance(node, ast.ClassDef):
                yield owner + node.name, "class"
                yield from members(node.body, f"{owner}{node.name}.")
            else:
                returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
                yield owner + node.name, f"({ast.unparse(node.args)}){returns}"


def same(signature: str) -> str:
    for own, word in SAME.items():
        signature = re.sub(rf"(?<![\w.]){re.escape(own)}\b", word, signature)
    return signature
