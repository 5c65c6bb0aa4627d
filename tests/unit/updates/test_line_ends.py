"""Where git turns line ends or keeps other modes, files come as the repository wants them, and go back so."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.harness.updates.cycle import CRLF, FILES, Person, different, seen, without
from tests.kit.git import git
from tests.kit.snapshots import FILE, lying

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="links and modes as POSIX has them"),
    pytest.mark.usefixtures("rendered_once"),
]

TURNS = {
    "symlinks": ["repository core.symlinks=false"],
    "attributes": [".git/info/attributes: *.txt text eol=crlf\n*.bat -text\n"],
    "ident": [".git/info/attributes: * ident\n"],
}
"""What a repository's own settings say of files in its work tree is obeyed."""


@pytest.mark.parametrize("name", TURNS)
def test_files_come_as_the_repository_wants_them_to_lie_there(
    plain: Any, goes_through: Any, tmp_path: Path, name: str
) -> None:
    wanted = plain()
    project, found = goes_through(TURNS[name])
    found, wanted = (without("work tree", result, "update", "commit") for result in (found, wanted))
    assert different(found, wanted) == []
    git(project, "checkout-index", "--all", f"--prefix={tmp_path}/fresh/")
    changed = git(project, "diff", "--name-only", "--no-renames", "--diff-filter=d", "HEAD^").split()
    fresh, lies = lying(tmp_path / "fresh"), lying(project)
    assert {path: lies[path] for path in changed} == {path: fresh[path] for path in changed}


@pytest.fixture
def windows(person: Person, tmp_path: Path, home: Path) -> Path:
    """A clone by a git that turns line ends."""
    project = person.new()
    person.edits(project)
    git(home, "config", "--global", "core.autocrlf", "true")
    (tmp_path / "windows").mkdir()
    git(tmp_path, "clone", "-q", str(project), "windows/demo")
    assert b"\r\n" in (tmp_path / "windows" / "demo" / "text.txt").read_bytes()
    return tmp_path / "windows" / "demo"


def test_where_git_turned_line_ends_the_index_and_the_commit_are_equal(
    person: Person, plain: Any, windows: Path
) -> None:
    wanted = {name: value for name, value in plain().items() if name != "new"}
    found = person.goes_on(windows)
    assert different(without("work tree", found), without("work tree", wanted)) == []


def test_where_git_turned_line_ends_an_update_turns_them_as_well(person: Person, windows: Path) -> None:
    assert person.fwnew("update", "--yes", str(windows)).code == 0
    files = lying(windows)
    assert {name: files[name] for name in FILES["2.0"] if name in ("text.txt", "y.log", "added/text.txt")} == {
        "text.txt": (FILE, CRLF.replace(b"line 3\r", b"line three\r").replace(b"line 15\r", b"mine\r")),
        "y.log": (FILE, b"new log\r\n"),
        "added/text.txt": (FILE, b"added\r\n"),
    }
    assert files["added/data.bin"] == FILES["2.0"]["added/data.bin"]


def test_where_git_turned_line_ends_an_abort_leaves_them_so(person: Person, windows: Path) -> None:
    before = lying(windows)
    assert person.fwnew("update", "--yes", str(windows)).code == 0
    assert person.fwnew("update", "--abort", str(windows)).code == 0
    assert different(lying(windows), before) == []


@pytest.mark.parametrize("where", ["core.attributesFile={home}/all", ".git/info/attributes"])
def test_attributes_that_turn_binary_files_keep_nobody_from_going_back(
    person: Person, configure: Any, where: str
) -> None:
    rule = "* text eol=crlf\n"
    settings = [where, f"all: {rule}"] if "=" in where else [f"{where}: {rule}"]
    configure(settings)
    project = person.new()
    configure(settings, project)
    person.edits(project)
    before = seen(project)
    assert person.fwnew("update", "--yes", "demo").code in (0, 1)
    assert person.fwnew("update", "--abort", "demo").code == 0
    assert different(seen(project), before) == []
