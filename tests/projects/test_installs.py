"""fwnew carries its template however it was installed, and its projects are updated by plain Copier."""

import json
import shutil
import sys
import tarfile
from pathlib import Path

import pytest

from fwnew.sources import bundle
from fwnew.sources.address import INSTALLED
from fwnew.sources.versions import newest
from tests.kit import ROOT
from tests.kit.machine import Machine

FORMS = ["folder", "editable", "wheel", "sdist"]


@pytest.fixture(scope="module")
def distributions(machine: Machine, checkout: Path) -> Path:
    """A wheel and an sdist."""
    machine.uv("build", "--wheel", "--sdist", "--out-dir", machine.folder / "dist", checkout)
    return machine.folder / "dist"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_installation_makes_the_same_project(
    machine: Machine, checkout: Path, distributions: Path, form: str, tmp_path: Path
) -> None:
    what = {
        "folder": [checkout],
        "editable": ["-e", checkout],
        "wheel": [next(distributions.glob("*.whl"))],
        "sdist": [next(distributions.glob("*.tar.gz"))],
    }[form]
    machine.uv("venv", "--python", sys.executable, tmp_path / "venv")
    machine.uv("pip", "install", "--python", tmp_path / "venv" / "bin" / "python", *what)
    fwnew = tmp_path / "venv" / "bin" / "fwnew"
    shown = json.loads(machine.ok([fwnew, "template", "show", "--json"], tmp_path))
    machine.ok([fwnew, "new", "demo", "--defaults"], tmp_path)
    answers = (tmp_path / "demo" / ".copier-answers.yml").read_text("utf-8")
    assert "_src_path: ~/.local/share/fwnew/template.bundle" in answers
    assert f"_commit: {shown['carried'][-1]}" in answers


def test_the_sdist_holds_what_its_tests_need(distributions: Path) -> None:
    with tarfile.open(next(distributions.glob("*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"copier.yml", "noxfile.py", "README.md", "src/fwnew/sources/template.bundle"} <= names


def test_plain_copier_updates_a_project_of_the_first_release_offline(machine: Machine, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(machine.folder / "home", home, ignore=shutil.ignore_patterns(".local"))
    offline = {"HOME": str(home), "GIT_ALLOW_PROTOCOL": "file", "ALL_PROXY": "http://127.0.0.1:9"}
    copier = [sys.executable, "-m", "copier"]
    machine.ok([sys.executable, "-m", "fwnew", "template", "install"], tmp_path, **offline)

    at_first = ["--vcs-ref", "0.1.0", "--data", "project_name=demo"]
    copy = [*copier, "copy", "--defaults", "--quiet", *at_first, INSTALLED]
    machine.ok([*copy, tmp_path / "demo"], tmp_path, **offline)
    project = tmp_path / "demo"
    machine.ok("git init -q && git add -A && git commit -qm start", project, **offline)
    model = project / "src" / "demo" / "model.py"
    edited = model.read_text("utf-8").replace("BatchNorm2d(outputs)", "BatchNorm2d(outputs, eps=1e-4)")
    assert edited != model.read_text("utf-8")
    model.write_text(edited, "utf-8")
    machine.ok("git commit -qam 'A steadier normalisation'", project, **offline)

    machine.ok([*copier, "update", "--defaults", "--quiet"], project, **offline)
    answers = (project / ".copier-answers.yml").read_text("utf-8")
    assert "_commit: 0.1.0" not in answers
    assert f"_commit: {newest(bundle.packaged_versions())}" in answers
    assert "eps=1e-4" in model.read_text("utf-8")
    changed = machine.ok(["git", "status", "--porcelain"], project)
    assert ".copier-answers.yml" in changed
    assert "UU" not in changed
    assert not list(project.rglob("*.rej"))

    machine.uv("venv", "--python", sys.executable, cwd=project)
    machine.uv("pip", "install", "-e", ".[train,export,serve,dev]", "-c", "constraints.txt", cwd=project)
    assert "passed" in machine.ok([project / ".venv" / "bin" / "python", "-m", "pytest", "-q"], project)


def test_the_newest_release_is_the_working_tree_unless_it_is_changed(machine: Machine, tmp_path: Path) -> None:
    machine.ok(["git", "clone", "-q", ROOT / "src" / "fwnew" / "sources" / "template.bundle", "bundle"], tmp_path)
    newest = machine.ok("git describe --tags --abbrev=0", tmp_path / "bundle").strip()
    machine.ok(["git", "checkout", "-q", newest], tmp_path / "bundle")
    same = machine.run(["diff", "-r", ROOT / "templates", tmp_path / "bundle" / "templates"]).code == 0
    same = same and (ROOT / "copier.yml").read_bytes() == (tmp_path / "bundle" / "copier.yml").read_bytes()
    assert same or "## Unreleased" in (ROOT / "CHANGELOG.md").read_text("utf-8")
