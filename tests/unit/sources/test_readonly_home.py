"""A home folder that cannot be written, read or found: a new project needs none."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fwnew.errors import TemplateError
from fwnew.project import render
from fwnew.questions.questions import load, resolve
from fwnew.sources import bundle, source
from fwnew.sources.address import INSTALLED
from tests.kit.commands import Fwnew
from tests.kit.project_files import recorded


@pytest.fixture(params=["a file in the way", "a folder of nobody", "none", "a file"])
def unwritable(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home folder in which nothing can be made, for root neither; git's identity comes from the environment."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
    if request.param == "a file in the way":
        (home / ".local").write_text("a file where a folder should be")
    elif request.param == "none":
        monkeypatch.delenv("HOME")
        monkeypatch.delenv("USERPROFILE")
        expanduser = os.path.expanduser  # finds nothing without HOME, as for a user whom the system does not know
        monkeypatch.setattr("os.path.expanduser", lambda path: expanduser(path) if "HOME" in os.environ else path)
    else:
        place = "/proc" if request.param == "a folder of nobody" else str(home / ".gitconfig")
        monkeypatch.setenv("HOME", place)
        monkeypatch.setenv("USERPROFILE", place)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder that nobody can write to")
@pytest.mark.usefixtures("unwritable")
def test_without_a_home_a_note_says_what_an_update_needs(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    result = fwnew("new", "demo", "--defaults", "--json")
    assert result.code == 0, result.err
    answers = recorded(work / "demo")
    assert (answers["_src_path"], answers["_commit"]) == ("~/.local/share/fwnew/template.bundle", "0.2.0")
    assert "`copier update` needs it: run `fwnew template install`" in result.json["note"]
    assert f"note: {result.json['note']}" in " ".join(result.err.split())
    assert result.json["repository"] == "committed"
    assert os.listdir(work) == ["demo"]


def test_installed_versions_that_diverge_are_refused_as_ever(
    fwnew: Fwnew, packaged: Path, make_bundle: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, work: Path
) -> None:
    monkeypatch.setattr(bundle, "PACKAGED", make_bundle("0.1.0", "0.2.1"))
    bundle.install()
    monkeypatch.setattr(bundle, "PACKAGED", packaged)
    with pytest.raises(TemplateError, match="versions that this fwnew does not know"):
        bundle.carried_versions()
    assert fwnew("new", "demo", "--defaults").code == 1
    assert os.listdir(work) == []


def test_without_writing_the_larger_of_packaged_and_installed_is_rendered(
    packaged: Path, make_bundle: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    assert list(bundle.carried_versions()) == ["0.1.0", "0.2.0"]
    assert not (home / ".local").exists()
    monkeypatch.setattr(bundle, "PACKAGED", make_bundle("0.1.0", "0.2.0", "0.3.0"))
    bundle.install()
    monkeypatch.setattr(bundle, "PACKAGED", packaged)
    assert list(bundle.carried_versions()) == ["0.1.0", "0.2.0", "0.3.0"]


@pytest.mark.parametrize("version", ["0.2.0", "0.3.0"], ids=["only packaged", "only installed"])
def test_the_carried_template_comes_from_the_bundle_with_the_version(
    packaged: Path, make_bundle: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str
) -> None:
    if version == "0.3.0":
        monkeypatch.setattr(bundle, "PACKAGED", make_bundle("0.1.0", "0.2.0", "0.3.0"))
        bundle.install()
        monkeypatch.setattr(bundle, "PACKAGED", packaged)
    template = source.Source(INSTALLED, "wherever", version)
    with source.opened(template) as folder:
        answers = resolve(load(folder, "demo"), {"project_name": "demo"})
    render.run_copier(INSTALLED, version, answers, tmp_path / "demo")
    assert (tmp_path / "demo" / "VERSION").read_text() == f"{version}\n"
    found = recorded(tmp_path / "demo")
    assert (found["_src_path"], found["_commit"]) == (INSTALLED, version)
