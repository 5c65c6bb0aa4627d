"""What is rendered for containers, CI and other tools, checked by the tools of those who run it.

tests/projects/test_ship.py runs it.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.harness.variants import plan
from tests.harness.variants.model import Variant
from tests.kit.commands import run
from tests.kit.git import git, start_repository
from tests.kit.snapshots import write
from tests.kit.templates import AWKWARD, Files, Templates

URL = "https://git.example.com/starters/template.git"
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def distinct() -> dict[str, dict[str, str]]:
    """Every different text of each file that is for containers or CI, from a name for it; with awkward names, too."""
    templates = Templates()
    found: dict[str, dict[str, str]] = {}
    for variant in plan.read()[1]:
        for source in ("~/.local/share/fwnew/template.bundle", URL):
            for texts in ({"project_name": "3D-Digits.demo"}, AWKWARD):
                for path, text in templates.render(variant, source, **texts).items():
                    if path.endswith((".yaml", ".yml", "Dockerfile", ".json")) and not path.startswith(".copier"):
                        texts_of = found.setdefault(path, {})
                        if text not in texts_of.values():
                            texts_of[f"{variant.id}-{len(texts_of)}"] = text
    return found


@pytest.fixture
def written(distinct: dict[str, dict[str, str]], tmp_path: Path) -> Callable[[str], Iterator[Path]]:
    """Writes every different text of a file, each to a folder of its own, and gives their paths."""

    def write(path: str) -> Iterator[Path]:
        assert distinct[path]
        for name, text in distinct[path].items():
            file = tmp_path / name / path
            file.parent.mkdir(parents=True)
            file.write_text(text)
            yield file

    return write


def ok(*command: Any) -> str:
    done = run([BIN / command[0], *command[1:]])
    assert done.code == 0, done.said
    return done.out


def test_workflows_are_valid_and_safe_and_pin_their_actions(written: Callable[[str], Iterator[Path]]) -> None:
    for file in written(".github/workflows/ci.yml"):
        ok("actionlint", file)  # first: zizmor passes over what is no workflow
        ok("zizmor", "--offline", "--quiet", file)
        ok("check-jsonschema", "--builtin-schema", "vendor.github-workflows", file)
        used = [line.partition("uses: ")[2] for line in file.read_text().splitlines() if "uses: " in line]
        assert all(len(action.partition("@")[2].partition(" # v")[0]) == 40 for action in used)


def test_a_workflow_asks_for_no_right_that_it_does_not_need(written: Callable[[str], Iterator[Path]]) -> None:
    for file in written(".github/workflows/ci.yml"):
        workflow = yaml.safe_load(file.read_text())
        assert workflow["permissions"] == {}
        rights = {name: job["permissions"] for name, job in workflow["jobs"].items()}
        assert rights.pop("release") == {"contents": "write"}
        assert all(right == {"contents": "read"} for right in rights.values())


def test_pipelines_keep_to_the_schema_of_gitlab(written: Callable[[str], Iterator[Path]]) -> None:
    for file in written(".gitlab-ci.yml"):
        ok("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", file)


def test_the_template_is_looked_after_only_where_ci_can_reach_it() -> None:
    templates = Templates()
    for ci, path in (("github", ".github/workflows/ci.yml"), ("gitlab", ".gitlab-ci.yml")):
        reached, local = (templates.render(Variant({"ci": ci}), source)[path] for source in (URL, "~/a.bundle"))
        assert "copier check-update" in reached
        assert "copier" not in local


def test_dockerfiles_pass_hadolint(written: Callable[[str], Iterator[Path]]) -> None:
    for file in written("Dockerfile"):
        ok("hadolint", file)


def test_compose_files_are_valid(written: Callable[[str], Iterator[Path]]) -> None:
    for path in ("compose.yaml", "tf_serving/compose.yaml", "tritonserver/compose.yaml"):
        for file in written(path):
            ok("docker-compose", "--file", file, "config", "--quiet")


def test_manifests_that_kustomize_put_together_are_strictly_valid(
    distinct: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    paths = [path for path in distinct if path.startswith("kubernetes/")]
    assert len(paths) == 3
    for number, texts in enumerate(zip(*(distinct[path].values() for path in paths), strict=False)):
        folder = write(tmp_path / str(number), dict(zip(paths, texts, strict=True)))
        whole = tmp_path / f"{number}.yaml"
        whole.write_text(ok("kubectl", "kustomize", folder / "kubernetes" / "production"))
        ok("kubernetes-validate", "--strict", whole)
        assert [one["kind"] for one in yaml.safe_load_all(whole.read_text())] == ["Service", "Deployment"]


def test_what_is_for_an_image_is_let_into_it() -> None:
    """.dockerignore names all that the Dockerfile copies, and nothing that git ignores but the model package."""
    files: Files = Templates().render(Variant({}))
    let_in = {line[1:] for line in files[".dockerignore"].splitlines() if line.startswith("!")}
    copied = [
        line.split()[1:-1]
        for line in files["Dockerfile"].splitlines()
        if line.startswith("COPY ") and "--from" not in line
    ]
    assert {name for names in copied for name in names} == let_in


def test_renovate_s_settings_keep_to_its_schema(written: Callable[[str], Iterator[Path]]) -> None:
    for file in written("renovate.json"):
        ok("check-jsonschema", "--builtin-schema", "vendor.renovate", file)


def test_renovate_looks_for_the_template_only_where_it_can_reach_it() -> None:
    templates, variant = Templates(), Variant({"tools": ["renovate"]})
    reached, local = (json.loads(templates.render(variant, source)["renovate.json"]) for source in (URL, "~/a.bundle"))
    assert "copier" not in reached
    assert local["copier"] == {"enabled": False}


def test_a_dev_container_installs_what_the_readme_does() -> None:
    for framework in ("pytorch", "tensorflow"):
        for accelerator in ("cpu", "gpu"):
            variant = Variant({"framework": framework, "accelerator": accelerator, "tools": ["devcontainer"]})
            files = Templates().render(variant)
            container = json.loads(files[".devcontainer/devcontainer.json"])
            first, _, install = container["postCreateCommand"].partition(" && ")
            assert first == "pip install uv"
            assert f"    {install.replace(' --system', '')}\n" in files["README.md"]
            assert f"FROM {container['image'].replace('-bookworm', '-slim-bookworm')}" in files["Dockerfile"]


def test_the_hooks_pass_a_new_project_and_stop_a_badly_formatted_commit(tmp_path: Path) -> None:
    write(tmp_path, Templates().render(Variant({"tools": ["pre_commit"]})))
    path, cache = f"{BIN}:{os.environ['PATH']}", str(tmp_path / "cache")
    environment = {**os.environ, "PATH": path, "PRE_COMMIT_HOME": cache, "HOME": str(tmp_path)}
    hooks = ["pre-commit", "run", "--all-files"]
    start_repository(tmp_path)
    git(tmp_path, "add", ".")
    assert run(hooks, tmp_path, environment).code == 0
    (tmp_path / "src" / "bad.py").write_text("x=1")
    git(tmp_path, "add", ".")
    assert run(hooks, tmp_path, environment).code == 1
