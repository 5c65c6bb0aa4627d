"""A folder that no project can be made in."""

import os
from pathlib import Path

import pytest

from tests.kit.commands import Fwnew, refused

from .conftest import Refuses

NEW_FOLDER = "name a new folder"
PORTABLE = "use letters, digits, '-' and '_', such as digits-demo"
UNPORTABLE = ["?", "a*", "<", "a>", "a:", '"', "|", "a\\"]


@pytest.fixture
def places(work: Path) -> Path:
    """Places where no project can be."""
    (work / "full").mkdir()
    (work / "full" / "thesis.txt").write_text("mine")
    (work / "file").write_text("mine")
    (work / "link").symlink_to("nowhere")
    (work / "loop").symlink_to("loop")
    return work


@pytest.mark.parametrize(
    ("dest", "error", "hint"),
    [
        ("full", "{work}/full is not empty", NEW_FOLDER),
        ("full/", "{work}/full is not empty", NEW_FOLDER),
        ("file", "{work}/file is a file", NEW_FOLDER),
        ("file/demo", "{work}/file is a file", "name a folder elsewhere"),
        ("link", "link is a broken symlink", "remove it, or name a new folder"),
        ("loop", "loop is a broken symlink", "remove it, or name a new folder"),
        ("no such/demo", "the folder {work}/no such does not exist", "create it: mkdir -p '{work}/no such'"),
        ("a\nb", "DEST 'a\\nb' holds characters that cannot be shown", "name a folder in plain text"),
        ("a\udcff", "DEST 'a\\udcff' holds characters that cannot be shown", "name a folder in plain text"),
        ("x" * 300, f"{'x' * 300} cannot be used: File name too long", NEW_FOLDER),
        *[(name, f"not every system allows '{name[-1]}' in a folder name", PORTABLE) for name in UNPORTABLE],
        ("a:b/c?", "not every system allows '?' in a folder name", PORTABLE),
        ("NUL.txt", "not every system allows the folder name 'NUL.txt'", PORTABLE),
        ("demo ", "not every system allows a folder name that ends with a space or a dot", PORTABLE),
        ("demo.", "not every system allows a folder name that ends with a space or a dot", PORTABLE),
        ("~nobody-here", "a folder name cannot begin with '~', which means a home folder", PORTABLE),
    ],
)
def test_a_folder_that_cannot_be_used_is_refused(
    refuses: Refuses, places: Path, dest: str, error: str, hint: str
) -> None:
    refuses([dest, "--defaults"], error.format(work=places), hint.format(work=places))


def test_a_name_is_judged_only_where_a_folder_would_be_made(
    fwnew: Fwnew, packaged: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work / "a: b" / "c?").mkdir(parents=True)
    assert fwnew("new", "a: b/demo", "--defaults").code == 0
    monkeypatch.chdir(work / "a: b" / "c?")
    assert fwnew("new", ".", "--defaults").code == 0


def test_a_tilde_that_no_shell_replaced_is_the_home_folder(
    fwnew: Fwnew, packaged: Path, work: Path, home: Path
) -> None:
    assert fwnew("new", "~/demo", "--defaults").code == 0
    assert (home / "demo" / "README.md").is_file()
    result = fwnew("new", "~", "--defaults")
    assert (result.code, result.err.splitlines()[0]) == (2, f"error: {home} is not empty")
    assert os.listdir(work) == []


@pytest.mark.parametrize("dest", ["full", "file", "link", "no such/demo"])
def test_the_folder_is_judged_before_the_missing_terminal(fwnew: Fwnew, places: Path, dest: str) -> None:
    result = fwnew("new", dest)
    refused(result)
    assert "terminal" not in result.err


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_a_folder_that_cannot_be_written_is_refused(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    parent = Path("/proc") if os.geteuid() == 0 else work / "parent"  # root may write to every folder of its own
    if os.geteuid():
        parent.mkdir(mode=0o555)
    result = fwnew("new", str(parent / "demo"), "--defaults")
    refused(result)
    error, hint = result.err.splitlines()
    assert error.startswith(f"error: the folder {parent} is not writable")
    assert hint == "hint: name a folder where you can write"
    assert not (parent / "demo").exists()
