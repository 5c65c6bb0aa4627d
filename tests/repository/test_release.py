"""tools/release.py, and what a released template can do: be copied and updated by Copier alone, offline."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fwnew.sources import bundle
from fwnew.sources.address import INSTALLED
from tests.kit import ROOT
from tests.kit.commands import run
from tests.kit.git import commit, git, start_repository
from tests.kit.project_files import recorded


@pytest.fixture
def checkout(template: Callable[..., Path]) -> Path:
    """A repository like this one, with the small template."""
    root = template("checkout")
    shutil.copytree(ROOT / "tools", root / "tools")
    ignored = shutil.ignore_patterns("*.bundle", "__pycache__")
    shutil.copytree(ROOT / "src" / "fwnew", root / "src" / "fwnew", ignore=ignored)
    (root / ".gitignore").write_text("__pycache__/\n")
    start_repository(root)
    prepare(root, "0.1.0")
    return root


def prepare(root: Path, version: str) -> None:
    """What a maintainer does before a release."""
    (root / "pyproject.toml").write_text(f'[project]\nname = "fwnew"\nversion = "{version}"\n')
    with (root / "CHANGELOG.md").open("a") as changelog:
        changelog.write(f"## {version} (2025-01-01)\n\n")
    commit(root, version)


def release(root: Path, *command: str) -> str:
    """What is wrong; nothing when the release was made."""
    command = command or (sys.executable, "tools/release.py")
    done = run(command, root)
    return "" if done.code == 0 else done.err


def bundle_in(root: Path) -> Path:
    return root / "src" / "fwnew" / "sources" / "template.bundle"


def test_a_release_appends_exactly_the_template_to_the_history(checkout: Path, tmp_path: Path) -> None:
    assert release(checkout) == ""
    (checkout / "templates" / "pytorch" / "README.md.jinja").write_text("changed\n")
    prepare(checkout, "0.2.0")
    assert release(checkout) == ""

    git(tmp_path, "clone", "-q", str(bundle_in(checkout)), "clone")
    assert git(tmp_path / "clone", "log", "--format=%s", "main") == "fwnew 0.2.0\nfwnew 0.1.0"
    assert git(tmp_path / "clone", "describe", "--tags") == "0.2.0"
    tree = git(checkout, "ls-tree", "-r", "HEAD", "copier.yml", "templates")
    assert git(tmp_path / "clone", "ls-tree", "-r", "HEAD") == tree
    assert git(checkout, "status", "--porcelain") == f"M {bundle_in(checkout).relative_to(checkout)}"


def test_the_next_release_of_this_repository_appends_its_templates(tmp_path: Path) -> None:
    root = tmp_path / "fwnew"
    git(ROOT, "checkout-index", "--all", f"--prefix={root}/")
    git(root, "init", "-q")
    before = versions(root)
    prepare(root, "99.0.0")
    assert release(root, sys.executable, "-m", "nox", "-s", "release") == ""
    assert versions(root) == [*before, "refs/tags/99.0.0"]
    git(root, "fetch", "-q", str(bundle_in(root)), "99.0.0")
    assert git(root, "ls-tree", "-r", "FETCH_HEAD") == git(root, "ls-tree", "-r", "HEAD", "copier.yml", "templates")


def versions(root: Path) -> list[str]:
    heads = git(root, "bundle", "list-heads", str(bundle_in(root))).split()
    return [ref for ref in heads if ref.startswith("refs/tags/")]


def test_what_a_release_needs_and_lacks_is_named(checkout: Path) -> None:
    changelog = (checkout / "CHANGELOG.md").read_text()
    (checkout / "CHANGELOG.md").write_text("## 0.1.01\n")
    assert "no heading '## 0.1.0'" in release(checkout)
    (checkout / "CHANGELOG.md").write_text(changelog)

    extra = checkout / "templates" / "pytorch" / "extra"
    extra.write_text("")
    assert "commit these first" in release(checkout)
    assert not bundle_in(checkout).exists()
    extra.unlink()

    assert release(checkout) == ""
    before = bundle_in(checkout).read_bytes()
    assert "has a version 0.1.0" in release(checkout)
    assert bundle_in(checkout).read_bytes() == before


def test_a_project_follows_a_second_release_with_copier_alone(
    checkout: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copier = [sys.executable, "-m", "copier"]
    release(checkout)
    monkeypatch.setattr(bundle, "PACKAGED", bundle_in(checkout))
    bundle.install()
    copy = [*copier, "copy", "--defaults", "--quiet", "-d", "project_name=demo", INSTALLED, "demo"]
    subprocess.run(copy, cwd=work, check=True)
    project = work / "demo"
    start_repository(project)
    commit(project, "start")

    with (checkout / "templates" / "pytorch" / "README.md.jinja").open("a") as readme:
        readme.write("News of 0.2.0\n")
    prepare(checkout, "0.2.0")
    release(checkout)
    bundle.install()
    subprocess.run([*copier, "update", "--defaults", "--quiet"], cwd=project, check=True)
    assert "News of 0.2.0" in (project / "README.md").read_text()
    found = recorded(project)
    assert (found["_src_path"], found["_commit"]) == (INSTALLED, "0.2.0")
