"""Where the template comes from: a bundle that fwnew carries and installs, or whatever a team names."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fwnew.errors import FwnewError, GitError, TemplateError, UsageError
from fwnew.sources import bundle, source
from fwnew.sources.versions import newest, versions_of
from tests.kit.git import commit, git, start_repository


def installed(home: Path) -> Path:
    return home / ".local" / "share" / "fwnew" / "template.bundle"


def test_the_default_is_the_newest_version_that_fwnew_carries(packaged: Path) -> None:
    found = source.find()
    assert (found.url, found.ref) == ("~/.local/share/fwnew/template.bundle", "0.2.0")


def test_looking_at_the_default_installs_nothing(packaged: Path, home: Path) -> None:
    with source.opened(source.find()) as folder:
        assert (folder / "copier.yml").is_file()
    assert not installed(home).exists()


def test_versions_are_ordered_as_versions_and_a_final_one_is_preferred(
    make_bundle: Callable[..., Path],
) -> None:
    known = versions_of(make_bundle("0.10.0", "0.9.0", "not-a-version", "0.11.0rc1"))
    assert list(known) == ["0.9.0", "0.10.0", "0.11.0rc1"]
    assert newest(known) == "0.10.0"


def test_an_annotated_tag_counts_with_its_commit(template: Callable[..., Path]) -> None:
    repository = template()
    start_repository(repository)
    commit(repository, "x")
    git(repository, "tag", "-a", "1.0", "-m", "annotated")
    assert versions_of(repository) == {"1.0": git(repository, "rev-parse", "HEAD")}


def test_install_copies_once(packaged: Path, home: Path) -> None:
    assert bundle.install() is True
    assert installed(home).read_bytes() == packaged.read_bytes()
    assert bundle.install() is False
    assert [file.name for file in installed(home).parent.iterdir()] == ["template.bundle"]


def test_what_a_killed_installation_left_is_removed_an_hour_later(packaged: Path, home: Path) -> None:
    bundle.install()
    folder = installed(home).parent
    for name, age in ((".template-old", 7200), (".template-fresh", 60), ("other", 7200)):
        (folder / name).write_text("half")
        os.utime(folder / name, (time.time() - age,) * 2)
    bundle.install()
    assert sorted(file.name for file in folder.iterdir()) == [".template-fresh", "other", "template.bundle"]


def test_install_adds_versions(
    packaged: Path, home: Path, make_bundle: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle.install()
    monkeypatch.setattr(bundle, "PACKAGED", make_bundle("0.1.0", "0.2.0", "0.3.0"))
    assert bundle.install() is True
    assert list(bundle.installed_versions()) == ["0.1.0", "0.2.0", "0.3.0"]


def test_more_versions_are_never_replaced_by_fewer(
    packaged: Path, home: Path, make_bundle: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "PACKAGED", make_bundle("0.1.0", "0.2.0", "0.3.0"))
    bundle.install()
    monkeypatch.setattr(bundle, "PACKAGED", packaged)
    assert bundle.install() is False
    assert list(bundle.installed_versions()) == ["0.1.0", "0.2.0", "0.3.0"]
    assert source.find().ref == "0.2.0"  # a project says what its fwnew carries


def test_a_divergent_installed_template_is_an_error_and_stays(
    packaged: Path, home: Path, make_bundle: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "PACKAGED", make_bundle("0.1.0", "0.2.0", "0.2.1"))
    bundle.install()
    before = installed(home).read_bytes()
    monkeypatch.setattr(bundle, "PACKAGED", make_bundle("0.1.0", "0.2.0", "0.3.0", name="other.bundle"))
    with pytest.raises(TemplateError, match=r"versions that this fwnew does not know: 0\.2\.1 \("):
        bundle.install()
    assert installed(home).read_bytes() == before


def test_an_unreadable_installed_template_is_an_error_and_stays(packaged: Path, home: Path) -> None:
    installed(home).parent.mkdir(parents=True)
    installed(home).write_text("not a bundle")
    with pytest.raises(TemplateError, match="cannot be read"):
        bundle.install()
    assert installed(home).read_text() == "not a bundle"


def test_a_home_that_cannot_be_written_is_an_error_in_one_sentence(packaged: Path, home: Path) -> None:
    (home / ".local").write_text("a file where a folder should be")
    with pytest.raises(FwnewError, match="cannot be written"):
        bundle.install()


def test_an_installation_without_a_template_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "PACKAGED", tmp_path / "missing.bundle")
    with pytest.raises(TemplateError, match="carries no template"):
        source.find()
    assert source.facts() == {"source": None, "newest": None, "carried": [], "installed": []}


def test_a_plain_folder_has_no_version_and_is_named_absolutely(
    template: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = template()
    monkeypatch.chdir(folder.parent)
    assert source.find("template") == source.Source(str(folder), str(folder), None)


def test_a_folder_inside_a_repository_is_a_plain_folder(template: Callable[..., Path]) -> None:
    folder = template()
    git(folder.parent, "init", "-q")
    assert source.find(str(folder)).ref is None


def test_a_repository_without_a_commit_is_no_template_yet(template: Callable[..., Path]) -> None:
    git(template(), "init", "-q")
    with pytest.raises(TemplateError, match="without a commit"):
        source.find(str(template()))


def test_a_repository_gives_its_newest_version_not_its_working_tree(template: Callable[..., Path]) -> None:
    repository = template()
    start_repository(repository)
    commit(repository, "x", "1.0")
    (repository / "copier.yml").write_text("later: 1")
    found = source.find(str(repository))
    assert found.ref == "1.0"
    with source.opened(found) as folder:
        assert "later" not in (folder / "copier.yml").read_text()


def test_a_git_url_is_recorded_as_it_is_written(packaged: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--mirror", str(packaged), "team.git")
    url = f"git+file://{tmp_path}/team.git"
    found = source.find(url)
    assert (found.url, found.ref) == (url, "0.2.0")
    with source.opened(found) as folder:
        assert (folder / "copier.yml").is_file()


@pytest.mark.parametrize("name", ["nowhere", "https://example.com", "helper::address"])
def test_what_is_neither_a_folder_nor_a_git_url_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="neither a folder nor a git URL"):
        source.find(name)


def test_a_credential_would_be_recorded_and_is_refused() -> None:
    with pytest.raises(UsageError, match="holds a credential") as caught:
        source.find("https://me:secret@example.com/template.git")
    assert "secret" not in caught.value.message + caught.value.hint


def test_a_repository_that_is_not_there_is_an_error_of_git(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="git ls-remote failed"):
        source.find(f"file://{tmp_path}/nowhere.git")


def test_without_git_the_error_is_one_sentence(packaged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GitError, match="git is not installed"):
        source.find()


def test_git_variables_of_a_hook_do_not_mislead(packaged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_WORK_TREE", "/nonexistent")
    assert source.find().ref == "0.2.0"
