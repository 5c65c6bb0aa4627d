"""`fwnew update`: everything arrives, nothing is lost, and nothing is half done."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fwnew.sources import trust
from fwnew.sources.address import INSTALLED
from fwnew.updates import journal
from fwnew.updates.existing import locate
from tests.harness.updates import template as versions
from tests.harness.updates.edits import contents, start

Fwnew = Callable[..., Any]
Git = Callable[..., str]

KILLS = int(os.environ.get("FWNEW_KILLS", "10"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template of three versions, and projects of it."""
    folder = tmp_path_factory.mktemp("updates")
    (folder / "template").mkdir()
    who = {f"GIT_{role}_{what}": "a@b" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    os.environ.update(who)
    versions.make(folder / "template")
    for name in who:
        del os.environ[name]
    return folder


@pytest.fixture
def project(made: Path, work: Path) -> Path:
    """A project of the first version, as it was committed."""
    from copier import run_copy

    run_copy(str(made / "template"), work / "demo", vcs_ref="1.0", defaults=True, quiet=True)
    start(work / "demo", "1.0")
    return work / "demo"


@pytest.fixture
def commit(git: Git) -> Callable[[Path], str]:
    """Commits all that lies in a folder."""

    def run(folder: Path) -> str:
        git(folder, "add", "-A")
        git(folder, "commit", "-qm", "work")
        return git(folder, "rev-parse", "HEAD")

    return run


def state(project: Path) -> dict[str, bytes]:
    return dict(contents(project))


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_edits_arrive_in_files_that_the_template_renamed_and_nothing_is_committed(
    fwnew: Fwnew, project: Path, commit: Callable[[Path], str], git: Git
) -> None:
    edit(project / "src" / "helper.py", "HELP_15 = 15", "HELP_15 = 'mine'")
    head = commit(project)
    result = fwnew("update", "demo", "--yes")
    assert result.code == 0, result
    assert "demo: 1.0 -> 3.0" in result.out
    assert "R  src/helper.py -> src/util.py" in result.out
    util = (project / "src" / "util.py").read_text()
    assert "HELP_15 = 'mine'" in util
    assert "HELP_2 = 'two'" in util
    assert not (project / "src" / "helper.py").exists()
    assert git(project, "rev-parse", "HEAD") == head
    assert "_commit: '3.0'" in (project / ".copier-answers.yml").read_text()
    assert git(project, "diff", "--name-only") == ""  # all of it is in the index


def test_a_conflict_has_markers_cannot_be_committed_and_is_exit_code_1(
    fwnew: Fwnew, project: Path, commit: Callable[[Path], str]
) -> None:
    edit(project / "src" / "app.py", "return 5", "return 'mine'")
    commit(project)
    result = fwnew("update", "demo", "--yes", "--commit")
    assert result.code == 1
    assert "C  src/app.py" in result.out
    assert "both changed the same lines" in result.out
    text = (project / "src" / "app.py").read_text()
    assert "<<<<<<< yours\n    return 'mine'\n=======\n    return 'five'\n>>>>>>> template" in text
    refused = subprocess.run(["git", "commit", "-am", "x"], cwd=project, capture_output=True, text=True, check=False)
    edit(project / "src" / "app.py", "return 'mine'", "return 6")
    assert subprocess.run(["git", "commit", "-m", "x"], cwd=project, capture_output=True, check=False).returncode != 0
    assert refused.returncode == 0 or "unmerged" in refused.stderr


def test_abort_puts_everything_back_and_keeps_what_stood_there(
    fwnew: Fwnew, project: Path, commit: Callable[[Path], str], git: Git
) -> None:
    edit(project / "src" / "app.py", "return 5", "return 'mine'")
    head = commit(project)
    before = state(project)
    assert fwnew("update", "demo", "--yes").code == 1
    (project / "src" / "app.py").write_text("half settled\n")
    result = fwnew("update", "demo", "--abort")
    assert result.code == 0, result
    assert state(project) == before
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "rev-parse", "HEAD") == head
    kept = result.out.split("git show ")[1].split()[0]
    assert git(project, "show", f"{kept}:src/app.py") == "half settled"
    again = fwnew("update", "demo", "--abort")
    assert (again.code, "there is no update to roll back" in again.err) == (2, True)


def test_with_commit_it_is_committed_alone_and_can_be_taken_back_by_git_only(
    fwnew: Fwnew, project: Path, git: Git
) -> None:
    assert fwnew("update", "demo", "--yes", "--commit").code == 0
    assert git(project, "log", "-1", "--format=%s") == "Update the template from 1.0 to 3.0"
    assert git(project, "status", "--porcelain") == ""
    refused = fwnew("update", "demo", "--abort")
    assert (refused.code, "git revert" in refused.err) == (2, True)
    assert "up to date: 3.0" in fwnew("update", "demo", "--yes").out


def test_what_one_side_deleted_stays_if_it_was_changed_stays_away_if_it_was_not_and_is_named(
    fwnew: Fwnew, project: Path, commit: Callable[[Path], str]
) -> None:
    edit(project / "src" / "old.py", "OLD_3 = 3", "OLD_3 = 'mine'")
    (project / "conf" / "settings.toml").unlink()
    commit(project)
    result = fwnew("update", "demo", "--yes")
    assert result.code == 0
    assert "OLD_3 = 'mine'" in (project / "src" / "old.py").read_text()
    assert not (project / "conf" / "settings.toml").exists()
    assert "src/old.py          kept: the template no longer has it, and you changed it" in result.out
    assert "conf/settings.toml  left out: you deleted it, and the template changed it" in result.out


def test_a_binary_file_and_one_that_git_ignores_stay_yours_and_the_templates_come_beside(
    fwnew: Fwnew, project: Path, commit: Callable[[Path], str]
) -> None:
    (project / "data" / "logo.bin").write_bytes(b"\0mine\xff")
    commit(project)
    (project / "report.log").write_bytes(b"mine, ignored\n")
    result = fwnew("update", "demo", "--yes")
    assert result.code == 0, result
    assert (project / "data" / "logo.bin").read_bytes() == b"\0mine\xff"
    assert (project / "data" / "logo.bin.template").read_bytes() == versions.files("3.0")["data/logo.bin"]
    assert (project / "report.log").read_bytes() == b"mine, ignored\n"
    assert (project / "report.log.template").read_bytes() == b"made by the template\n"
    assert "data/logo.bin  binary: " in result.out
    assert "report.log     in the way: " in result.out
    assert fwnew("update", "demo", "--abort").code == 0
    assert (project / "report.log").read_bytes() == b"mine, ignored\n"


def test_the_answers_stay_readable_when_both_changed_them(
    fwnew: Fwnew, project: Path, commit: Callable[[Path], str]
) -> None:
    file = project / ".copier-answers.yml"
    file.write_text(file.read_text().replace("_commit: '1.0'", "# ours\n_commit: '1.0'"))
    commit(project)
    assert fwnew("update", "demo", "--yes").code == 0
    assert "<<<<" not in file.read_text()
    assert "_commit: '3.0'" in file.read_text()
    assert "# ours" in file.read_text() + (project / ".copier-answers.yml.yours").read_text()


def test_a_dry_run_shows_everything_and_writes_nothing(fwnew: Fwnew, project: Path, git: Git) -> None:
    before, objects = state(project), git(project, "count-objects", "-v")
    result = fwnew("update", "demo", "--dry-run")
    assert result.code == 0
    assert "+    return 'five'" in result.out
    assert result.out.rstrip().endswith("Nothing was written.")
    assert state(project) == before
    assert git(project, "count-objects", "-v") == objects
    assert git(project, "status", "--porcelain") == ""


def test_for_programs_there_is_json(fwnew: Fwnew, project: Path) -> None:
    result = fwnew("update", "demo", "--yes", "--to", "2.0", "--json")
    found = result.json
    assert (found["from"], found["to"], found["applied"], found["conflicts"]) == ("1.0", "2.0", True, [])
    assert {"path": "src/util.py", "kind": "renamed", "before": "src/helper.py"} in found["changes"]


@pytest.mark.parametrize("place", ["a sub-folder", "a worktree", "a submodule", "a detached head"])
def test_it_works_wherever_git_does(
    fwnew: Fwnew, project: Path, work: Path, git: Git, commit: Callable[[Path], str], place: str
) -> None:
    where = project
    if place == "a sub-folder":
        shutil.rmtree(project / ".git")
        (work / "other").mkdir()
        (work / "other" / "file").write_text("one\n")
        git(work, "init", "-q")
        commit(work)
        (work / "other" / "file").write_text("two\n")
        (work / "other" / "staged").write_text("new\n")
        git(work, "add", "other/staged")
    elif place == "a worktree":
        where = work / "tree"
        git(project, "worktree", "add", "-q", str(where))
    elif place == "a submodule":
        outer = work / "outer"
        outer.mkdir()
        git(outer, "init", "-q")
        git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(project), "inner")
        where = outer / "inner"
    else:
        git(project, "checkout", "-q", "--detach")
    assert fwnew("update", str(where), "--yes").code == 0
    assert (where / "src" / "util.py").is_file()
    if place == "a sub-folder":
        assert git(work, "diff", "--name-only") == "other/file"
        assert "A  other/staged" in git(work, "status", "--porcelain").splitlines()
    assert fwnew("update", str(where), "--abort").code == 0
    assert (where / "src" / "helper.py").is_file()
    assert git(where, "status", "--porcelain", "--", ".") == ""
    if place == "a sub-folder":
        assert (work / "other" / "file").read_text() == "two\n"
        assert git(work, "diff", "--cached", "--name-only") == "other/staged"


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
def test_what_cannot_be_updated_is_one_sentence_and_a_hint_and_nothing_changes(
    fwnew: Fwnew, project: Path, damage: str, arguments: list[str], message: str, hint: str
) -> None:
    subprocess.run(damage, shell=True, cwd=project, check=True)
    before = state(project)
    result = fwnew("update", "demo", "--yes", *arguments)
    assert result.code == 2, result
    first, second = (*result.err.splitlines(), "")[:2]
    assert message in first
    assert hint in second
    assert state(project) == before


def test_an_older_version_is_refused(fwnew: Fwnew, project: Path) -> None:
    fwnew("update", "demo", "--yes", "--to", "2.0", "--commit")
    result = fwnew("update", "demo", "--yes", "--to", "1.0")
    assert (result.code, "git revert" in result.err) == (2, True)


def test_a_template_that_is_gone_is_one_sentence(fwnew: Fwnew, project: Path, made: Path) -> None:
    (made / "template").rename(made / "moved")
    try:
        result = fwnew("update", "demo", "--yes")
    finally:
        (made / "moved").rename(made / "template")
    assert result.code == 2
    assert "neither a folder nor a git URL" in result.err


def test_without_a_terminal_nobody_is_asked(fwnew: Fwnew, project: Path) -> None:
    result = fwnew("update", "demo")
    assert (result.code, "add --yes, or --dry-run" in result.err) == (2, True)


@pytest.mark.parametrize("keys", ["n", "y", "\x03"])
def test_on_a_terminal_a_person_sees_the_difference_and_decides(project: Path, keys: str) -> None:
    pexpect = pytest.importorskip("pexpect")
    environment = {**os.environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
    child = pexpect.spawn(
        sys.executable, ["-m", "fwnew", "update"], env=environment, cwd=project, encoding="utf-8", timeout=20,
        dimensions=(24, 80),
    )  # fmt: skip
    child.expect("\x1b\\[32m\\+    return 'five'\x1b")
    child.expect("Update")
    child.send(keys)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == (0 if keys == "y" else 130)
    assert (project / "src" / "util.py").exists() == (keys == "y")


def test_two_updates_at_once_are_refused(fwnew: Fwnew, project: Path) -> None:
    before = state(project)
    with journal.locked(locate(project)):
        result = fwnew("update", "demo", "--yes")
    assert (result.code, "another update of this project is running" in result.err) == (2, True)
    assert state(project) == before


def test_a_file_that_both_renamed_is_there_twice_and_named(
    fwnew: Fwnew, project: Path, commit: Callable[[Path], str]
) -> None:
    (project / "src" / "helper.py").rename(project / "src" / "aid.py")
    edit(project / "src" / "aid.py", "HELP_15 = 15", "HELP_15 = 'mine'")
    commit(project)
    result = fwnew("update", "demo", "--yes")
    assert result.code == 0, result
    assert "HELP_15 = 'mine'" in (project / "src" / "aid.py").read_text()
    assert "src/util.py  kept: you and the template renamed this file differently" in result.out


def test_modes_line_ends_odd_names_and_links_survive(
    fwnew: Fwnew, project: Path, commit: Callable[[Path], str]
) -> None:
    (project / "src" / "helper.py").chmod(0o755)
    guide = (project / "docs" / "guide.md").read_bytes().replace(b"\n", b"\r\n")
    (project / "docs" / "guide.md").write_bytes(guide)
    odd = project / "src" / "größe\n数.py"
    odd.write_bytes(b"\xff\xfe")
    (project / "latest").symlink_to("src")
    commit(project)
    assert fwnew("update", "demo", "--yes", "--to", "2.0").code == 0
    assert os.access(project / "src" / "util.py", os.X_OK)
    assert (project / "docs" / "guide.md").read_bytes() == guide
    assert odd.read_bytes() == b"\xff\xfe"
    assert (project / "latest").readlink() == Path("src")


def test_a_folder_that_became_a_file_and_a_file_that_became_a_link_stay_what_they_are(
    fwnew: Fwnew, project: Path, commit: Callable[[Path], str]
) -> None:
    shutil.rmtree(project / "src")
    (project / "src").write_text("mine\n")
    (project / "conf" / "settings.toml").unlink()
    (project / "conf" / "settings.toml").symlink_to("../src")
    commit(project)
    result = fwnew("update", "demo", "--yes")
    assert result.code == 0, result
    assert (project / "src").read_text() == "mine\n"
    assert (project / "conf" / "settings.toml").readlink() == Path("../src")
    assert not list(project.rglob("*~*"))
    assert re.search("conf/settings.toml +kept: you replaced it by something else", result.out)


@pytest.mark.parametrize("language", ["C", "de_DE.UTF-8"])
def test_nothing_depends_on_gits_language_or_settings(
    fwnew: Fwnew, project: Path, git: Git, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("LANG", language)
    for setting in ("core.quotePath=true", "merge.conflictStyle=diff3", "core.autocrlf=input", "diff.renames=false"):
        git(project, "config", *setting.split("="))
    git(project, "config", "status.showUntrackedFiles", "no")
    result = fwnew("update", "demo", "--yes")
    assert (result.code, "R  src/helper.py -> src/util.py" in result.out) == (0, True)


def test_a_decision_that_todays_evidence_would_change_is_mentioned(
    fwnew: Fwnew, project: Path, commit: Callable[[Path], str]
) -> None:
    record = project / "docs" / "decisions" / "0001-framework.md"
    record.parent.mkdir()
    text = fwnew("decide", "--data", "team=keras", "--data", "weights.team=3", "--markdown").out
    record.write_text(text.replace("recommendation: tensorflow", "recommendation: pytorch"))
    commit(project)
    out = fwnew("update", "demo", "--dry-run").out
    assert "the decision for the framework, today:\nFlipped: " in out


def test_a_project_on_a_disk_that_cannot_be_written_is_refused(project: Path, work: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    script = """
        mount --bind demo "$DISK" && mount -o remount,bind,ro "$DISK" || exit 99
        cd "$DISK" && "$PYTHON" -m fwnew update --yes
    """
    variables = {**os.environ, "DISK": str(tmp_path / "disk"), "PYTHON": sys.executable}
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = ["unshare", "--mount", *as_root, "sh", "-c", script]
    done = subprocess.run(command, cwd=work, env=variables, capture_output=True, text=True, check=False)
    if done.returncode == 99 or done.stderr.startswith("unshare"):
        pytest.skip("no disk can be mounted here")
    assert (done.returncode, "is not writable" in done.stderr) == (2, True), done.stderr


def test_a_template_that_cannot_be_reached_is_one_sentence(
    fwnew: Fwnew, project: Path, commit: Callable[[Path], str]
) -> None:
    trust.file().write_text('allow = ["https://127.0.0.1:9/"]')
    subprocess.run(recorded("_src_path", "https://127.0.0.1:9/x.git"), shell=True, cwd=project, check=True)
    result = fwnew("update", "demo", "--yes")
    assert (result.code, len(result.err.splitlines())) == (1, 2)
    assert "git ls-remote https://127.0.0.1:9/x.git" in result.err


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_killed_update_is_whole_or_waits_to_be_rolled_back(fwnew: Fwnew, project: Path, work: Path, git: Git) -> None:
    before = state(project)
    command = [sys.executable, "-m", "fwnew", "update", "--yes"]
    started = time.perf_counter()
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    duration = time.perf_counter() - started
    after = state(project)
    assert fwnew("update", "demo", "--abort").code == 0
    moments, outcomes = random.Random(0), []
    for number in range(KILLS):
        child = subprocess.Popen(command, cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # Most of the time goes into rendering: two of three kills aim at the end, where files are written.
        share = moments.random() if number % 3 == 0 else 0.75 + 0.25 * moments.random()
        time.sleep(duration * share)
        child.send_signal(signal.SIGKILL)
        child.wait()
        half = "was interrupted" in fwnew("update", "demo", "--yes", "--dry-run").err
        found = state(project)
        assert half or found in (before, after)
        outcomes.append(found == after)
        if half or found == after:
            assert fwnew("update", "demo", "--abort").code == 0
        assert git(project, "status", "--porcelain") == ""
        assert state(project) == before
    assert not all(outcomes)


def test_an_update_that_git_cannot_write_is_taken_back(fwnew: Fwnew, project: Path, git: Git) -> None:
    before = state(project)
    (project / ".git" / "index.lock").touch()  # as by another git
    result = fwnew("update", "demo", "--yes")
    assert result.code == 1, result
    assert "index.lock" in result.err
    (project / ".git" / "index.lock").unlink()
    assert fwnew("check", "demo").code == 1
    assert state(project) == before
    assert git(project, "status", "--porcelain") == ""


ON_A_SMALL_DISK = """
    mount -t tmpfs -o size=$1k none "$DISK" && cp -r demo "$DISK" || exit 99
    cd "$DISK/demo" && "$PYTHON" -m fwnew update --yes
    code=$?
    rm -rf "$AFTER" && cp -r "$DISK/demo" "$AFTER"
    exit $code
"""


@pytest.mark.parametrize("spare", [8, 100, 200, 300, 400, 800, 1600, 8000])
def test_on_a_full_disk_a_project_is_as_before_or_updated(
    project: Path, work: Path, tmp_path: Path, git: Git, spare: int
) -> None:
    before = state(project)
    (tmp_path / "disk").mkdir()
    used = int(subprocess.run(["du", "-sk", "demo"], cwd=work, capture_output=True, check=True).stdout.split()[0])
    after = tmp_path / "after"
    variables = {**os.environ, "DISK": str(tmp_path / "disk"), "PYTHON": sys.executable, "AFTER": str(after)}
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = ["unshare", "--mount", *as_root, "sh", "-c", ON_A_SMALL_DISK, "sh", str(used + spare)]
    done = subprocess.run(
        command, cwd=work, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    if done.returncode == 99 or done.stderr.startswith("unshare"):
        pytest.skip("no disk can be mounted here")
    if done.returncode == 0:
        assert (after / "src" / "util.py").is_file()
        return
    assert (done.returncode, spare < 8000) == (1, True), done.stderr
    assert "the disk is full" in done.stderr
    assert state(after) == before
    assert git(after, "status", "--porcelain") == ""


def test_the_framework_is_not_changed_by_an_update(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    fwnew("new", "demo", "--defaults")
    result = fwnew("update", "demo", "--yes", "--data", "framework=tensorflow")
    assert result.code == 2
    assert "fwnew new DEST --framework tensorflow" in result.err


def test_a_missing_bundle_is_installed_by_an_update_that_writes(
    fwnew: Fwnew, packaged: Path, work: Path, home: Path
) -> None:
    fwnew("new", "demo", "--defaults")
    shutil.rmtree(home / ".local")
    assert "up to date: 0.2.0" in fwnew("update", "demo", "--yes").out
    assert fwnew("update", "demo", "--dry-run", "--data", "author=Grace").code == 0
    assert not Path(INSTALLED).expanduser().exists()
    assert fwnew("update", "demo", "--yes", "--data", "author=Grace").code == 0
    assert Path(INSTALLED).expanduser().is_file()


def test_a_part_is_added_at_the_projects_own_version(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    fwnew("new", "demo", "--defaults")
    result = fwnew("add", "export", "torchscript", "demo", "--yes", "--json")
    assert (result.code, result.json["to"]) == (0, "0.2.0")
    assert result.json["answers"]["exports"] == ["onnx", "torchscript"]
    fwnew("update", "demo", "--abort")
    again = fwnew("add", "export", "onnx", "demo", "--yes")
    assert (again.code, "has onnx already" in again.err) == (2, True)
    wrong = fwnew("add", "export", "saved_model", "demo", "--yes")
    assert (wrong.code, "is a TensorFlow format" in wrong.err) == (2, True)
    unknown = fwnew("add", "exprot", "onnx", "demo", "--yes")
    assert (unknown.code, "did you mean 'exports'?" in unknown.err) == (2, True)


def test_the_record_of_the_decision_is_left_alone(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    fwnew("new", "demo", "--decide", "goal=research")
    record = work / "demo" / "docs" / "decisions" / "0001-framework.md"
    before = record.read_text()
    assert fwnew("update", "demo", "--yes", "--data", "author=Grace").code == 0
    assert record.read_text() == before
