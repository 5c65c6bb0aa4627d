"""A machine without git, with other settings of Copier, or with a full disk."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kit.commands import Fwnew, Result, run
from tests.kit.disks import on_a_disk
from tests.kit.project_files import recorded

from .conftest import Refuses


def test_without_git_there_is_one_sentence(refuses: Refuses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    hint = "install it from https://git-scm.com"
    refuses(["demo", "--defaults"], "git is not installed, or not on PATH", hint, code=1)


def test_the_users_copier_settings_change_no_answer(fwnew: Fwnew, packaged: Path, work: Path, home: Path) -> None:
    settings = "defaults: {author: Somebody else, framework: tensorflow}\ntrust: ['/']\n"
    (home / ".config" / "copier").mkdir(parents=True)
    (home / ".config" / "copier" / "settings.yml").write_text(settings)
    done = run([sys.executable, "-m", "fwnew", "new", "demo", "--defaults"], work)
    assert done.code == 0, done
    answers = recorded(work / "demo")
    assert (answers["author"], answers["framework"]) == ("Ada Lovelace", "pytorch")


ON_A_SMALL_DISK = """
    mount -t tmpfs -o size=$1k none "$DISK" && cp "$GITCONFIG" "$DISK" || exit 99
    cd "$PLACE" && "$PYTHON" -m fwnew new demo --defaults
    code=$?
    ls -A "$PLACE"
    find "$DISK" -type f -not -path "*/demo/*"
    df -k "$DISK" | awk 'END { print $3 }'
    exit $code
"""


@pytest.fixture
def on_a_small_disk(work: Path, home: Path, tmp_path: Path) -> Callable[[int, str], Result]:
    """Runs fwnew with a disk of so many kilobytes, which nobody else sees, as its PLACE, HOME or TMPDIR."""
    disk = tmp_path / "disk"

    def run(size: int, role: str) -> Result:
        variables = {"PLACE": str(work), "GITCONFIG": str(home / ".gitconfig"), role: str(disk)}
        return on_a_disk(ON_A_SMALL_DISK, str(size), cwd=work, disk=disk, **variables)

    return run


@pytest.mark.parametrize("role", ["PLACE", "HOME", "TMPDIR"])
def test_a_full_disk_is_one_sentence_at_any_moment_and_leaves_nothing(
    on_a_small_disk: Callable[[int, str], Result], role: str, tmp_path: Path
) -> None:
    """The real template, on disks from next to nothing to a page less than it needs."""
    sizes = [40]
    if role == "PLACE":
        roomy = on_a_small_disk(20_000, role)
        assert roomy.code == 0, roomy.err
        used = int(roomy.out.split()[-1])
        sizes = [8, used // 2, used - 20, used - 12, used - 4]  # git words the last ones in three ways
    for size in sizes:
        done = on_a_small_disk(size, role)
        assert done.code == 1, size
        assert re.fullmatch(rf"error: the disk is full\nhint: make room in {tmp_path}/disk.*\n", done.err), size
        here = [".gitconfig"] if role == "PLACE" else []
        assert done.out.split()[:-1] == [*here, f"{tmp_path}/disk/.gitconfig"], size
