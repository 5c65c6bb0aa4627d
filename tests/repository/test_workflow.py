"""The repository's own workflow."""

import re

import yaml

from tests.kit import ROOT

WORKFLOW = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")


def test_the_workflow_runs_the_test_command_of_the_readme() -> None:
    command = re.search(r"^    (python3 -m venv .*nox)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert command
    steps = yaml.safe_load(WORKFLOW)["jobs"]["test"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == [command[1]]


def test_every_action_is_pinned_by_commit_and_names_its_version() -> None:
    used = re.findall(r"uses: (.*)", WORKFLOW)
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v[\d.]+", action) for action in used)
