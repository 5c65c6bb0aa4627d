"""What cannot be updated is one sentence and a hint, and nothing changes."""

import subprocess
from pathlib import Path

import pytest

from fwnew.sources import trust
from fwnew.updates import journal
from fwnew.updates.existing import locate
from tests.kit.commands import Fwnew, failed, refused
from tests.kit.disks import on_a_disk
from tests.kit.snapshots import lying


def recorded(name: str, value: str) -> str:
    """A command that changes what the project records, and commits that."""
    return f'sed -i "s#^{name}:.*#{name}: {value}#" .copier-answers.yml; git commit -qam x'


def holding(text: str) -> str:
    return f"echo '{text}' > .copier-answers.yml; git commit -qam x"


@pytest.mark.parametrize(
    ("damage", "arguments", "message", "hint"),
    [
        ("echo x >> src/app.py", [], "uncommitted changes: src/app.py", "commit or stash"),
        ("echo x > new.txt", [], "uncommitted changes: new.txt", "commit or stash"),
        ("rm -rf .git", [], "is not in a git repository", "git init"),
        ("rm -rf .git; git init -q", [], "has no commit yet", "git add -A"),
        ("rm .copier-answers.yml; git commit -qam x", [], "it has no .copier-answers.yml", "fwnew new DEST"),
        (holding("["), [], ".copier-answers.yml is broken", "git checkout HEAD"),
        (holding("a: 1"), [], "has no _src_path", "without versions"),
        (recorded("_commit", "9.0"), [], "has no _commit", "without versions"),
        (recorded("_commit", "'9.0'"), [], "but the newest of the template", "fetch the newer template"),
        (recorded("_commit", "--upload-pack=x"), [], "invalid _commit", "restore it from git"),
        (recorded("_src_path", "/etc"), [], "is not allowed", "fwnew template allow"),
        (recorded("_src_path", "ext::sh"), [], "neither a folder nor a git URL", "URL"),
        (recorded("name", "[a]"), [], "edited by hand", "git log"),
        ("true", ["--to", "7"], "the template has no version 7", "1.0, 2.0, 3.0"),
        ("true", ["--data", "nmae=x"], "no question 'nmae'", "did you mean 'name'?"),
        ("true", ["--data", "name"], "is not KEY=VALUE", "--data"),
        ("true", ["--abort", "--dry-run"], "--abort goes alone", "leave out"),
    ],
)
def test_what_cannot_be_updated_is_a_sentence_and_a_hint_and_no_change(
    fwnew: Fwnew, project: Path, damage: str, arguments: list[str], message: str, hint: str
) -> None:
    subprocess.run(damage, shell=True, cwd=project, check=True)
    before = lying(project)
    result = fwnew("update", "demo", "--yes", *arguments)
    refused(result)
    first, second = (*result.err.splitlines(), "")[:2]
    assert message in first
    assert hint in second
    assert lying(project) == before


def test_an_older_version_is_refused(fwnew: Fwnew, project: Path) -> None:
    fwnew("update", "demo", "--yes", "--to", "2.0", "--commit")
    refused(fwnew("update", "demo", "--yes", "--to", "1.0"), "git revert")


def test_a_template_that_is_gone_is_one_sentence(fwnew: Fwnew, project: Path, versions: Path) -> None:
    moved = versions.rename(versions.with_name("moved"))
    try:
        result = fwnew("update", "demo", "--yes")
    finally:
        moved.rename(versions)
    refused(result, "neither a folder nor a git URL")


def test_a_template_that_cannot_be_reached_is_one_sentence(fwnew: Fwnew, project: Path) -> None:
    trust.file().write_text('allow = ["https://127.0.0.1:9/"]')
    subprocess.run(recorded("_src_path", "https://127.0.0.1:9/x.git"), shell=True, cwd=project, check=True)
    result = fwnew("update", "demo", "--yes")
    failed(result, "git ls-remote https://127.0.0.1:9/x.git")
    assert len(result.err.splitlines()) == 2


def test_two_updates_at_once_are_refused(fwnew: Fwnew, project: Path) -> None:
    before = lying(project)
    with journal.locked(locate(project)):
        refused(fwnew("update", "demo", "--yes"), "another update of this project is running")
    assert lying(project) == before


def test_the_framework_is_not_changed_by_an_update(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    fwnew("new", "demo", "--defaults")
    result = fwnew("update", "demo", "--yes", "--data", "framework=tensorflow")
    refused(result, "fwnew new DEST --framework tensorflow")


def test_a_project_on_a_disk_that_cannot_be_written_is_refused(project: Path, work: Path, tmp_path: Path) -> None:
    script = """
        mount --bind demo "$DISK" && mount -o remount,bind,ro "$DISK" || exit 99
        cd "$DISK" && "$PYTHON" -m fwnew update --yes
    """
    refused(on_a_disk(script, cwd=work, disk=tmp_path / "disk"), "is not writable")
