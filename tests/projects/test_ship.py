"""Generated Dockerfiles, workflows and pipelines, executed; tests/harness/images/ stands in for registry and hosts."""

import json
import os
import re
import shutil
import sys
import tarfile
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from fwnew.questions.questions import resolve
from tests.harness.images import base_image
from tests.kit import ROOT
from tests.kit.machine import UV, Machine
from tests.kit.templates import Templates

from . import contract
from .conftest import NPM_SETTINGS, Project

SHIP = ROOT / "tests" / "harness" / "images"
GITLAB_CI_LOCAL = "gitlab-ci-local@4.60.0"  # later ones need a newer Node.js


@pytest.fixture(scope="session")
def tools(machine: Machine) -> Path:
    """A folder for PATH: `docker` by buildah, `gh` that keeps what it is given, and uv."""
    folder = machine.folder / "tools"
    folder.mkdir()
    scripts = {
        "docker": f'exec "{sys.executable}" "{SHIP / "docker.py"}" "$@"',
        "gh": 'echo "$@" > "$STORE/gh.txt" && cp "$4" "$STORE"',
        "uv": f'exec "{UV}" "$@"',
    }
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def containers(machine: Machine, tools: Path) -> Mapping[str, str]:
    """Variables for commands that build and run images, among which is one that stands in for Python's."""
    missing = [name for name in ("buildah", "mmdebstrap") if not shutil.which(name)]
    if missing or os.geteuid() != 0:
        pytest.skip(f"no image was built: that needs root and {' and '.join(missing) or 'buildah'}")
    folder = machine.folder / "containers"
    (folder / "state").mkdir(parents=True)
    places = f'graphroot = "{folder / "images"}"\nrunroot = "{folder / "running"}"\n'
    (folder / "storage.conf").write_text(f'[storage]\ndriver = "vfs"\n{places}')
    variables = {
        "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        "DOCKER_STATE": str(folder / "state"),
        "PATH": f"{tools}:{machine.environment['PATH']}",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONTAINERS_STORAGE_CONF", variables["CONTAINERS_STORAGE_CONF"])
        base_image.make(resolve(Templates().questions, {}).context["base_image"], folder)
    return variables


def generated(machine: Machine, template: Path, name: str, *options: str) -> Path:
    """A project with its first commit, as `fwnew new` leaves it."""
    path = machine.folder / name
    machine.ok([sys.executable, "-m", "fwnew", "new", path, "--defaults", "--template", template, *options])
    return path


@pytest.mark.parametrize("project", ["pytorch", pytest.param("tensorflow", marks=pytest.mark.nightly)], indirect=True)
def test_the_image_keeps_the_contract_and_holds_no_framework(
    project: Project, containers: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    machine, name = project.machine, f"server-{project.package}"
    machine.ok(["docker", "build", "--tag", name, project.path], **containers)
    machine.ok(["docker", "run", "--detach", "--publish", "8000:8000", "--name", name, name], **containers)
    client, url = contract.load_client(project), "http://127.0.0.1:8000"
    try:
        for _ in range(100):
            try:
                client.ask(f"{url}/readyz")
                break
            except OSError:
                time.sleep(0.1)
        contract.check(project, url)
        described = json.loads(machine.ok(["buildah", "inspect", "--type", "image", name], **containers))["Docker"]
        health = described["config"]["Healthcheck"]["Test"]
        assert health[0] == "CMD"
        machine.ok(["docker", "exec", name, *health[1:]], **containers)
        assert machine.ok(["docker", "exec", name, "id", "-u"], **containers).strip() == "10001"
        installed = machine.ok(["docker", "exec", name, "python", "-m", "pip", "list"], **containers)
        assert not {line.split()[0] for line in installed.splitlines()} & {"torch", "tensorflow-cpu", "keras"}
    finally:
        machine.ok(["docker", "stop", name], **containers)
    said = (Path(containers["DOCKER_STATE"]) / f"{name}.log").read_text()
    assert "Application shutdown complete" in said
    sizes = machine.ok(["buildah", "images", "--format", "{{.Name}} {{.Size}}"], **containers)
    with capsys.disabled():
        print(f"\n{sizes}")
    machine.ok(["buildah", "rmi", name], **containers)


@pytest.mark.nightly
def test_the_workflow_of_github_runs_from_the_style_to_the_release(
    machine: Machine, template: Path, containers: Mapping[str, str]
) -> None:
    project = generated(machine, template, "on-github", "--framework", "pytorch")
    workflow = project / ".github" / "workflows" / "ci.yml"
    store = machine.folder / "store"
    store.mkdir()
    (machine.folder / "tag.json").write_text(json.dumps({"ref": "refs/tags/v0.1.0"}))
    machine.ok(["git", "tag", "v0.1.0"], project)
    jobs = yaml.safe_load(workflow.read_text())["jobs"]
    used = {step["uses"] for job in jobs.values() for step in job["steps"] if "uses" in step}
    names = {action: action.partition("@")[0].partition("/")[2] for action in used}
    del names[next(action for action, name in names.items() if name == "checkout")]  # act does that itself
    actions = [f"--local-repository={action}={SHIP / 'actions' / name}" for action, name in names.items()]
    options = ["--platform=ubuntu-24.04=-self-hosted", f"--eventpath={machine.folder / 'tag.json'}"]
    servers = ["--cache-server-addr=127.0.0.1", "--artifact-server-addr=127.0.0.1"]
    act = [Path(sys.executable).with_name("act"), "push", "--workflows", workflow, *options, *servers, *actions]
    said = machine.ok(act, project, STORE=str(store), **containers)

    assert said.count("Job succeeded") == len(jobs) == 3
    assert re.search(r"model\.onnx +onnxruntime +passed", said)
    assert (store / "gh.txt").read_text().startswith("release create v0.1.0 on-github-v0.1.0.tar.gz")
    with tarfile.open(store / "on-github-v0.1.0.tar.gz") as released:
        assert "artifacts/manifest.json" in released.getnames()
    shutil.rmtree(project)


@pytest.mark.nightly
def test_the_pipeline_of_gitlab_runs_from_the_style_to_the_image(
    machine: Machine, template: Path, containers: Mapping[str, str]
) -> None:
    npm = shutil.which("npm")
    if not npm:
        pytest.skip("the pipeline was not run: that needs npm")
    tool = machine.folder / "gitlab-ci-local"
    machine.ok([npm, "install", "--silent", "--prefix", tool, GITLAB_CI_LOCAL], **NPM_SETTINGS)
    project = generated(machine, template, "on-gitlab", "--framework", "tensorflow", "--data", "ci=gitlab")
    cache = machine.folder / "gitlab-cache"
    program = tool / "node_modules" / ".bin" / "gitlab-ci-local"
    options = ["--force-shell-executor", "--variable", f"UV_CACHE_DIR={cache}"]
    said = machine.ok([program, *options, "check", "container"], project, **containers)
    assert "PASS  check" in said
    assert "PASS  container" in said
    assert (project / "artifacts" / "manifest.json").is_file()
    shutil.rmtree(project)
    shutil.rmtree(cache, ignore_errors=True)
