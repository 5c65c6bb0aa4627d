"""The repository's own workflows."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.kit import ROOT
from tests.kit.commands import run

WORKFLOWS = {file.stem: file.read_text("utf-8") for file in (ROOT / ".github" / "workflows").glob("*.yml")}


def test_the_workflow_runs_the_test_command_of_the_readme() -> None:
    command = re.search(r"^    (python3 -m venv .*nox)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert command
    steps = yaml.safe_load(WORKFLOWS["ci"])["jobs"]["test"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == [command[1]]


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_every_action_is_pinned_by_commit_and_names_its_version(workflow: str) -> None:
    used = re.findall(r"uses: (.*)", WORKFLOWS[workflow])
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v[\d.]+", action) for action in used)


def test_only_the_job_that_publishes_has_an_identity_and_builds_nothing() -> None:
    jobs = yaml.safe_load(WORKFLOWS["publish"])["jobs"]
    assert {name for name, job in jobs.items() if "id-token" in job["permissions"]} == {"publish"}
    assert [step["run"] for step in jobs["publish"]["steps"] if "run" in step] == [
        "uv publish --trusted-publishing always"
    ]


def test_what_is_published_belongs_together(
    make_bundle: Callable[..., Path], build_file_tree: Callable[..., Path], tmp_path: Path
) -> None:
    checkout = build_file_tree(tmp_path / "checkout", {"pyproject.toml": '[project]\nversion = "0.2.0"\n'})
    (checkout / "tools").mkdir()
    tool = checkout / "tools" / "check_release.py"
    tool.write_text((ROOT / "tools" / "check_release.py").read_text("utf-8"), "utf-8")
    sources = checkout / "src" / "fwnew" / "sources"
    sources.mkdir(parents=True)

    def check(tag: str, *released: str) -> tuple[int, str]:
        (sources / "template.bundle").write_bytes(make_bundle(*released).read_bytes())
        done = run([sys.executable, tool, tag])
        return done.code, done.said

    assert check("0.2.0", "0.1.0", "0.2.0") == (0, "0.2.0: the tag, pyproject.toml and the bundle agree\n")
    assert check("0.3.0", "0.1.0", "0.2.0")[1] == "error: the tag is 0.3.0, and pyproject.toml says 0.2.0\n"
    assert "the bundle has no version 0.2.0" in check("0.2.0", "0.1.0")[1]
