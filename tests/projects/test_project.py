"""A project of each framework, with every export, in its real environment."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.harness.variants.row import NO_GPU
from tests.kit.commands import Result

from .conftest import EXPORTS, Project, write_manifest


def test_the_smoke_run_passes_every_export(project: Project) -> None:
    smoke = project.summary["smoke"]
    framework = project.summary["answers"]["framework"]
    assert smoke["metrics"]["accuracy"] >= 0.9
    assert [artifact["format"] for artifact in smoke["artifacts"]] == EXPORTS[framework].split(",")
    assert {artifact["status"] for artifact in smoke["artifacts"]} == {"passed"}


def test_its_types_and_style_pass_beside_the_real_framework(project: Project) -> None:
    run = project.machine.ok
    run([project.python, "-m", "ruff", "check", "."], project.path)
    run([project.python, "-m", "ruff", "format", "--check", "."], project.path)
    run([project.python, "-m", "mypy"], project.path)


def test_git_is_clean_after_the_verbs(project: Project) -> None:
    assert project.machine.ok(["git", "status", "--porcelain"], project.path) == ""
    assert len(project.machine.ok(["git", "log", "--oneline"], project.path).splitlines()) == 1


def test_wrong_input_gets_one_sentence_from_every_verb(project: Project) -> None:
    tests = Path(__file__).with_name("bad_input")
    options = ["-v", "--confcutdir", tests, "--rootdir", project.path, "-c", os.devnull, "-p", "no:cacheprovider"]

    def run(*names: str) -> str:
        command = [project.python, "-m", "pytest", *options, *(tests / f"{name}.py" for name in names)]
        return project.machine.ok(command, project.path, PROJECT_PACKAGE=project.package)

    with ThreadPoolExecutor() as pool:
        parts = list(pool.map(run, ("data", "runs"), ("package", "commands")))
    out = "".join(parts)
    assert all(re.search(r"\d\d passed", part) for part in parts)
    assert "skipped" not in out
    assert ("model.pt2" in out) == (project.package == "all_pytorch")


RECIPE = {
    "pytorch": """
from {package} import config, model, optimizer, task

settings = config.Config()
network = lambda side: model.build_model(settings, task.Task(tuple("abcde"), (side, side, 3)))
updates, schedule = optimizer.build_optimizer(network(32), settings, 200)
rates = []
for _ in range(200):
    rates.append(schedule.get_last_lr()[0])
    updates.step()
    schedule.step()
blocks = [layer for layer in network(224).modules() if isinstance(layer, model.Residual)]
scales = [each for block in blocks for each in block.second[1].weight.tolist()]
sizes = [sum(each.numel() for each in network(side).parameters()) for side in (64, 127, 128, 224)]
""",
    "tensorflow": """
from {package} import config, model, optimizer, task
from {package}.backend import keras

settings = config.Config()
network = lambda side: model.build_model(settings, task.Task(tuple("abcde"), (side, side, 3)))
schedule = optimizer.build_optimizer(network(32), settings, 200)._learning_rate
rates = [float(schedule(step)) for step in range(200)]
added = [layer for layer in network(224).layers if isinstance(layer, keras.layers.Add)]
norms = [layer.input[1]._keras_history.operation for layer in added]
scales = [each for norm in norms for each in norm.gamma.numpy().tolist()]
sizes = [network(side).count_params() for side in (64, 127, 128, 224)]
""",
}


def test_the_rate_rises_then_falls_and_blocks_change_little_at_first(project: Project, tmp_path: Path) -> None:
    """And a network for large images is not much larger: its first layer shrinks them."""
    code = RECIPE[project.summary["answers"]["framework"]].format(package=project.package)
    code += "import json; print(json.dumps([rates, scales, sizes, settings.learning_rate]))"
    out = project.machine.ok([project.python, "-c", code], tmp_path)
    rates, scales, sizes, highest = json.loads(out.splitlines()[-1])
    assert max(rates) == pytest.approx(highest)
    assert rates[:20] == sorted(rates[:20])
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert rates[0] < 0.1 * highest
    assert rates[-1] < 0.001 * highest
    assert set(scales) == {0.25}
    assert sizes[2] == pytest.approx(sizes[0], rel=0.001)  # with 128 pixels as with 64
    assert sizes[3] < sizes[1]


@pytest.fixture(scope="module")
def default_run(project: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Result]]:
    """A folder in which every verb ran with the default preset, and what the verbs printed."""
    folder = tmp_path_factory.mktemp("default")
    return folder, [
        project.verb(*verb, cwd=folder) for verb in (["train"], ["evaluate"], ["export"], ["verify", "--strict"])
    ]


def test_the_default_preset_is_right_on_99_percent(default_run: tuple[Path, list[Result]]) -> None:
    evaluation = json.loads((default_run[0] / "runs" / "default" / "evaluation.json").read_text())
    assert evaluation["n"] == 352
    assert evaluation["accuracy"] >= 0.99


def test_its_verbs_print_no_warnings(default_run: tuple[Path, list[Result]]) -> None:
    for done in default_run[1]:
        assert done.code == 0, done.err
        assert re.sub(NO_GPU, "", done.err).strip() == ""  # TensorFlow Serving's package brings the build for GPUs
        assert "warn" not in done.out.lower()


def test_debug_stops_at_a_breakpoint_in_model_py_with_numbers_in_hand(project: Project, tmp_path: Path) -> None:
    shutil.copytree(project.path / "src", tmp_path / "src")
    model = tmp_path / "src" / project.package / "model.py"
    line = {"all_pytorch": "crossentropy = partial", "all_tensorflow": "one_hot = "}[project.package]
    text = re.sub(f"^( +)({line})", r"\1breakpoint()\n\1\2", model.read_text(), flags=re.MULTILINE)
    assert text.count("breakpoint()") == 1
    model.write_text(text)
    done = subprocess.run(
        [project.python, "-m", project.package, "train", "--debug"],
        cwd=tmp_path, env={**project.machine.environment, "PYTHONPATH": str(tmp_path / "src")},
        input="p 'logit', float(logits[0][0])\nq\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert re.search(r"model\.py\(\d+\)", done.stdout), done.stderr
    assert re.search(r"\('logit', -?\d", done.stdout), done.stdout


def test_a_second_training_of_a_finished_run_changes_nothing(project: Project) -> None:
    before = (project.path / "runs" / "smoke" / "metrics.jsonl").read_bytes()
    done = project.verb("train", "smoke")
    assert done.code == 0
    assert (project.path / "runs" / "smoke" / "metrics.jsonl").read_bytes() == before


@pytest.fixture(scope="module")
def small(project: Project) -> Path:
    """The Python of an environment with the base dependencies alone."""
    return project.without_framework("small")


def test_predict_answers_without_the_training_framework(project: Project, small: Path, tmp_path: Path) -> None:
    installed = project.machine.uv("pip", "list", "--python", small)
    assert not re.search(r"^(torch|tensorflow|keras|scikit-learn)", installed, re.MULTILINE)

    shutil.copytree(project.path / "artifacts", tmp_path / "artifacts")
    draw = "from PIL import Image; Image.new('RGB', (50, 40), 'white').save('photo.jpg')"
    project.machine.ok([small, "-c", draw], tmp_path)
    command = [small, "-m", project.package, "predict", "photo.jpg", "artifacts/golden.npz"]
    lines = project.machine.ok(command, tmp_path).splitlines()
    assert len(lines) == 65
    assert all(re.fullmatch(r"\S+  \d  [01]\.\d{4}", line) for line in lines)


def test_without_the_training_framework_verify_says_what_it_did_not_check(
    project: Project, small: Path, tmp_path: Path
) -> None:
    shutil.copytree(project.path / "artifacts", tmp_path / "artifacts")
    module = {"pytorch": "torch", "tensorflow": "tensorflow"}[project.summary["answers"]["framework"]]
    done = project.machine.run([small, "-m", project.package, "verify"], tmp_path)
    assert done.code == 0, done.err
    assert f"needs {module}" in done.out
    results = json.loads((tmp_path / "artifacts" / "verify.json").read_text())["artifacts"]
    assert {r["status"] for r in results if r["runtime"] == module} == {"not_checked"}
    assert {r["status"] for r in results if r["runtime"] != module} == {"passed"}
    assert project.machine.run([small, "-m", project.package, "verify", "--strict"], tmp_path).code == 1


def test_a_verb_whose_packages_are_missing_says_how_to_install_them(
    project: Project, small: Path, tmp_path: Path
) -> None:
    done = project.machine.run([small, "-m", project.package, "train"], tmp_path)
    assert done.code == 1
    assert re.fullmatch(r"train needs \w+, which is not installed: see Install in README.md\n", done.err)


LOCALES = {"utf-8": {"PYTHONUTF8": "1"}, "ascii": {"PYTHONUTF8": "0", "LC_ALL": "C"}}


@pytest.mark.parametrize("encoding", LOCALES)
def test_a_class_has_the_same_label_in_every_locale(project: Project, tmp_path: Path, encoding: str) -> None:
    for label in "a猫":
        (tmp_path / "images" / label).mkdir(parents=True)
        for i in range(7):
            (tmp_path / "images" / label / f"{i}.png").touch()
    labels = f"from {project.package}.samples import *; print(ascii(read(Path('images')).labels))"
    out = project.machine.ok([project.python, "-c", labels], tmp_path, **LOCALES[encoding])
    assert out == "('a', '\\u732b')\n"


@pytest.mark.parametrize(("encoding", "label"), [("utf-8", "猫"), ("ascii", r"\u732b")])
def test_labels_in_utf_8_are_read_in_every_locale(project: Project, tmp_path: Path, encoding: str, label: str) -> None:
    shutil.copytree(project.path / "artifacts", tmp_path / "artifacts")
    task = tmp_path / "artifacts" / "task.json"
    manifest = json.loads(task.with_name("manifest.json").read_text("utf-8"))
    labelled = json.loads(task.read_text("utf-8")) | {"labels": ["猫"] * 10}
    task.write_text(json.dumps(labelled, ensure_ascii=False), "utf-8")
    entry = {"file": task.name, "sha256": hashlib.sha256(task.read_bytes()).hexdigest()}
    write_manifest(tmp_path / "artifacts", manifest | {"task": entry})
    command = [project.python, "-m", project.package, "predict", "artifacts/golden.npz"]
    assert f"  {label}  " in project.machine.ok(command, tmp_path, **LOCALES[encoding])


@pytest.mark.parametrize("verb", ["--help", "train --help", "verify --help", "predict artifacts/golden.npz"])
def test_a_verb_whose_output_nobody_reads_any_more_ends_quietly(project: Project, verb: str) -> None:
    """As `VERB | head -1`; bad_input.py has the verbs that take longer."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [project.python, "-m", project.package, *verb.split()]
    environment = {**project.machine.environment, "PYTHONUNBUFFERED": ""}
    with os.fdopen(writer, "wb") as pipe:
        done = subprocess.run(
            command, cwd=project.path, env=environment, stdout=pipe, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (141, "")
