"""What updates are tried on: a project of a template with three versions, two small ones, and one to compare."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fwnew.project import render
from fwnew.updates import prepare
from tests.harness.updates import template
from tests.harness.updates.cycle import FILES, Person, make_template, seen
from tests.harness.updates.edits import start
from tests.harness.updates.world import rendered_once as renderings_kept
from tests.harness.updates.world import world as made_world
from tests.kit.commands import Fwnew
from tests.kit.git import set_up


@pytest.fixture(scope="session")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A template of three versions."""
    folder = tmp_path_factory.mktemp("updates") / "template"
    who = {f"GIT_{role}_{what}": "a@b" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in who.items():
            patch.setenv(name, value)
        return template.make(folder)


@pytest.fixture
def project(versions: Path, work: Path) -> Path:
    """A project of the first version, as it was committed."""
    from copier import run_copy

    run_copy(str(versions), work / "demo", vcs_ref="1.0", defaults=True, quiet=True)
    start(work / "demo", "1.0")
    return work / "demo"


@pytest.fixture(scope="module")
def world() -> Iterator[Path]:
    with made_world() as folder:
        yield folder


@pytest.fixture
def repository(world: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of two projects of the first version, `a` and `b`, whose commands run in processes of their own."""
    if not hasattr(os, "fork"):
        pytest.skip("a command is forked off to be killed at a write")
    monkeypatch.setenv("HOME", str(world / "home"))
    return Path(shutil.copytree(world / "start", tmp_path / "room" / "repository"))


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a template of two versions."""
    folder = tmp_path_factory.mktemp("settings")
    make_template(folder, FILES)
    return folder


@pytest.fixture
def person(fwnew: Fwnew, kept: Path, work: Path) -> Person:
    return Person(fwnew, kept, work)


@pytest.fixture
def plain(kept: Path, fwnew: Fwnew, tmp_path: Path) -> Callable[[bool], dict[str, Any]]:
    """The cycle of a person who set nothing, run once."""

    def run(clash: bool = False) -> dict[str, Any]:
        if clash not in PLAIN:
            (tmp_path / "plain").mkdir()
            person = Person(fwnew, kept, tmp_path / "plain")
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(person.work)
                project = person.new()
                made = seen(project)
                person.edits(project, clash=clash)
                PLAIN[clash] = {"new": made, **person.goes_on(project)}
        return PLAIN[clash]

    return run


PLAIN = dict[bool, dict[str, Any]]()
"""What the cycle gives, once with a clash and once without."""


@pytest.fixture
def rendered_once(kept: Path) -> Iterator[None]:
    """Renderings are kept, where no setting could change them; see `test_git_settings` as well."""
    with renderings_kept(kept / "renderings"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "run_copier", prepare.run_copier)
        yield


@pytest.fixture
def configure(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets up git as the settings say: at home, or in a project that was made since."""
    return lambda settings, project=None: set_up(settings, home, monkeypatch, project)


@pytest.fixture
def goes_through(person: Person, configure: Callable[..., None]) -> Callable[[list[str]], tuple[Path, dict[str, Any]]]:
    """The whole cycle with some settings."""

    def run(settings: list[str], *, clash: bool = False) -> tuple[Path, dict[str, Any]]:
        configure(settings)
        project = person.new()
        made = seen(project)
        configure(settings, project)
        person.edits(project, clash=clash)
        return project, {"new": made, **person.goes_on(project)}

    return run
