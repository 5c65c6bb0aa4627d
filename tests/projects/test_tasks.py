"""The seam between a task and everything else: two tiny tasks through every verb, in the environment of a project."""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.harness import tasks

from .conftest import Project

TASKS = {"pytorch": ["prices", "pairs"], "tensorflow": ["prices"]}
ASKED = {
    "prices": ('{"district": 3, "measures": [0.5, 0, -0.5]}', r"\d+\.\d{4}"),
    "pairs": ("badge", r"\[-?0\.\d+(, -?0\.\d+){7}\]"),
}
"""What a person has, and the answer to it on the command line."""


@pytest.fixture(scope="session")
def more_tasks(template: Path) -> Path:
    """The work tree's templates, and these tasks."""
    folder = template.with_name("template-with-tasks")
    shutil.copytree(template, folder)
    tasks.add(folder)
    return folder


@pytest.mark.parametrize("project", ["pytorch", pytest.param("tensorflow", marks=pytest.mark.nightly)], indirect=True)
def test_tasks_of_their_own_go_through_every_verb(project: Project, more_tasks: Path) -> None:
    """One after the other, in one environment: to make it takes as long as a task."""
    framework = project.summary["answers"]["framework"]
    for task in TASKS[framework]:
        through_every_verb(project, more_tasks, task, "standard")


@pytest.mark.nightly
@pytest.mark.parametrize("project", ["pytorch"], indirect=True)
def test_the_compiled_loop_trains_a_task_of_its_own(project: Project, more_tasks: Path) -> None:
    through_every_verb(project, more_tasks, "prices", "compiled")


def through_every_verb(project: Project, more_tasks: Path, task: str, loop: str) -> None:
    framework = project.summary["answers"]["framework"]
    known = project.summary["answers"]
    path = project.machine.folder / f"{task}-{framework}-{loop}"
    answers = {
        "task": task,
        "loop": loop,
        "exports": ",".join(name for name in known["exports"] if name in tasks.TRAITS[task]["exports"]),
        "serving": ",".join(name for name in known["serving"] if name in tasks.TRAITS[task]["servers"]),
    }
    data = [word for name, value in answers.items() for word in ("--data", f"{name}={value}")]
    new = [sys.executable, "-m", "fwnew", "new", path, "--framework", framework, *data, "--template", more_tasks]
    project.machine.ok(new)
    package = path.name.replace("-", "_")

    def run(*command: str | Path) -> str:
        return project.machine.ok([project.python, *command], path, PYTHONPATH=str(path / "src"))

    for tool in (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"], ["pytest", "-q"]):
        run("-m", *tool)
    for verb in (["train", "smoke"], ["evaluate"], ["export"], ["verify", "--strict"]):
        run("-m", package, *verb)
    results = json.loads((path / "artifacts" / "verify.json").read_text())["artifacts"]
    assert [result["format"] for result in results] == answers["exports"].split(",")
    question, answer = ASKED[task]
    (path / "question.txt").write_text(question)
    out = run("-m", package, "predict", "question.txt", "artifacts/golden.npz")
    assert len(out.splitlines()) == 65
    assert re.fullmatch(rf"question\.txt  {answer}", out.splitlines()[0])
    shutil.rmtree(path)
