"""Whatever git can clone is a template's address, and Copier gets a spelling that it understands."""

from collections.abc import Callable
from pathlib import Path

import pytest
from copier._vcs import get_repo

from fwnew.errors import UsageError
from fwnew.sources import address, source, trust
from fwnew.sources.address import identity
from fwnew.sources.trust import Config
from fwnew.sources.versions import same, versions_of
from tests.kit.commands import Fwnew
from tests.kit.git import commit, git, start_repository
from tests.kit.project_files import recorded

X = "https://git.example.com/team/starter"


@pytest.mark.parametrize(
    ("template", "for_git", "for_copier"),
    [
        (X, X, f"git+{X}"),
        (f"{X}/", X, f"git+{X}"),
        (f"{X}.git", f"{X}.git", f"{X}.git"),
        (f"git+{X}", X, f"git+{X}"),
        (f"{X}.git/", f"{X}.git", f"git+{X}.git"),
        ("http://host:8080/x", "http://host:8080/x", "git+http://host:8080/x"),
        ("ssh://git@host:2222/team/x", "ssh://git@host:2222/team/x", "git+ssh://git@host:2222/team/x"),
        ("git+ssh://git@host/x", "ssh://git@host/x", "git+ssh://git@host/x"),
        ("git://host/x", "git://host/x", "git://host/x"),
        ("ftp://host/x", "ftp://host/x", "git+ftp://host/x"),
        ("file:///srv/x", "file:///srv/x", "git+file:///srv/x"),
        ("file:///srv/x.git", "file:///srv/x.git", "file:///srv/x.git"),
        ("git@host:team/x", "git@host:team/x", "git@host:team/x"),
        ("ada@host:x", "ada@host:x", "git+ada@host:x"),
        ("host:/srv/x", "host:/srv/x", "git+host:/srv/x"),
        ("host:x.git", "host:x.git", "host:x.git"),
        ("[::1]:x", "[::1]:x", "git+[::1]:x"),
        ("gh:team/x", "https://github.com/team/x.git", "gh:team/x"),
        ("gh:/team/x.git", "https://github.com/team/x.git", "gh:/team/x.git"),
        ("gl:team/x/", "https://gitlab.com/team/x.git", "git+https://gitlab.com/team/x.git"),
        ("https://github.com/team/x", "https://github.com/team/x.git", "https://github.com/team/x"),
        ("https://github.com/team/x/", "https://github.com/team/x.git", "git+https://github.com/team/x.git"),
    ],
)
def test_an_address_means_the_same_to_git_and_to_copier(template: str, for_git: str, for_copier: str) -> None:
    assert (address.url_for_git(template), address.for_copier(template)) == (for_git, for_copier)
    assert get_repo(for_copier) == for_git
    assert address.identity(for_copier) == address.identity(template)  # and so one permission


@pytest.mark.parametrize(
    "template",
    ["ext::sh -c id", "git+ext::sh -c id", "fd::17", "helper::https://host/x", "helper://host/x", "-x",
     "git+--x=host:y", "https://", "https://host", "https:///x", "ssh://-oProxyCommand=id/x", "a\nb:c", "", " ", "file://host/x"],
)  # fmt: skip
def test_what_could_run_a_program_or_leads_nowhere_is_no_address(template: str) -> None:
    with pytest.raises(UsageError, match="neither a folder nor a git URL"):
        address.identity(template)


@pytest.mark.parametrize("scheme", ["https", "http", "ftps", "git+https"])
def test_a_credential_is_refused_in_any_url(scheme: str) -> None:
    with pytest.raises(UsageError, match="holds a credential"):
        address.url_for_git(f"{scheme}://me:secret@host/x")


@pytest.mark.parametrize(
    ("entry", "template"),
    [
        ("https://git.example.com/team/", f"git+{X}"),
        ("git+https://git.example.com/team/", X),
        (X, f"git+{X}"),
        (f"git+{X}", X),
        ("gh:team/", "git+https://github.com/team/x"),
        ("https://github.com/team/x", "gh:team/x"),
        ("/srv/templates/", "file:///srv/templates/x"),
        ("file:///srv/templates/", "git+file:///srv/templates/x"),
        ("git+file:///srv/a%20b", "/srv/a b"),
    ],
)
def test_one_permission_covers_every_spelling(entry: str, template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda path: path.is_absolute())
    assert Config(allow=(entry,)).allows(template)


@pytest.mark.parametrize("path", ["templates/../x", "templates/%2e%2e/x", "templates2/x", "x"])
def test_a_file_url_does_not_lead_out_of_an_allowed_folder(path: str) -> None:
    assert not Config(allow=("file:///srv/templates/",)).allows(f"file:///srv/{path}")


@pytest.fixture
def places(packaged: Path, tmp_path: Path) -> dict[str, str]:
    """The same versions as a bundle, a repository, and bare repositories with names of all sorts."""
    git(tmp_path, "clone", "-q", "--bare", str(packaged), "a bare one")
    git(tmp_path, "clone", "-q", "--bare", str(packaged), "bare.git")
    git(tmp_path, "clone", "-q", str(packaged), "repository")
    return {
        "bundle": str(packaged),
        "repository": f"{tmp_path}/repository",
        "its git folder": f"{tmp_path}/repository/.git",
        "bare": f"{tmp_path}/a bare one",
        "bare.git": f"{tmp_path}/bare.git",
        "relative": "../a bare one",
        "file URL": f"file://{tmp_path}/a%20bare%20one",
        "git+file URL": f"git+file://{tmp_path}/bare.git",
        "https": "https://git.example.com/team/bare",
    }


PLACES = ["bundle", "repository", "its git folder", "bare", "bare.git", "relative", "file URL", "git+file URL", "https"]


@pytest.mark.parametrize("place", PLACES)
def test_what_a_project_of_any_address_records_is_found_again(
    fwnew: Fwnew, work: Path, home: Path, tmp_path: Path, places: dict[str, str], place: str
) -> None:
    trust.add("https://git.example.com/")
    git(home, "config", "--global", f"url.file://{tmp_path}/bare.insteadOf", "https://git.example.com/team/bare")
    git(home, "config", "--global", "safe.bareRepository", "explicit")
    git(tmp_path, "clone", "-q", "bare.git", "x")
    (tmp_path / "bare").symlink_to("bare.git")
    result = fwnew("new", "demo", "--defaults", "--json", "--template", places[place])
    assert result.code == 0, result.err
    answers = recorded(work / "demo")
    assert answers["_commit"] == result.json["template"]["version"] == "0.2.0"
    assert get_repo(answers["_src_path"])
    again = source.find(answers["_src_path"])
    assert (again.url, again.ref) == (answers["_src_path"], "0.2.0")
    assert identity(again.url) == identity(places[place])


@pytest.mark.parametrize("tagged", [True, False])
def test_a_bare_repository_is_read_in_its_newest_version_or_as_it_ends(
    fwnew: Fwnew, work: Path, template: Callable[..., Path], tmp_path: Path, tagged: bool
) -> None:
    history = template("history")
    start_repository(history)
    commit(history, "x")
    if tagged:
        git(history, "tag", "1.0")
    git(tmp_path, "clone", "-q", "--bare", "history", "bare")
    assert source.find(f"{tmp_path}/bare").ref == ("1.0" if tagged else "HEAD")
    assert fwnew("new", "demo", "--defaults", "--template", f"{tmp_path}/bare").code == 0


def test_two_tags_on_one_commit_are_one_version_in_the_first_commit(
    fwnew: Fwnew, work: Path, template: Callable[..., Path]
) -> None:
    root = template("team")
    start_repository(root)
    commit(root, "x")
    git(root, "tag", "-a", "1.0", "-m", "chosen by git")
    git(root, "tag", "1.0.1")
    assert fwnew("new", "demo", "--defaults", "--template", str(root)).code == 0
    assert recorded(work / "demo")["_commit"] == "1.0"
    assert git(work / "demo", "log", "--format=%s") == f"Start from {root} 1.0"
    known = versions_of(root)
    assert same(known, "1.0", "1.0.1")
    assert not same(known, "1.0", "2.0")
    assert not same(known, "2.0", "2.0")


def test_a_template_is_fetched_outside_of_the_current_repository(
    fwnew: Fwnew, work: Path, packaged: Path, places: dict[str, str]
) -> None:
    git(work, "init", "-q", "--object-format=sha256")
    for options in ([], ["--template", places["file URL"]]):
        result = fwnew("new", "demo", "--defaults", "--dry-run", *options)
        assert result.code == 0, result.err
    assert fwnew("template", "install").code == 0
