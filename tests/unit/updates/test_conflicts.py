"""Where both changed the same lines, an update leaves markers, and can be taken back."""

from pathlib import Path

from tests.kit.commands import Fwnew, refused, run
from tests.kit.git import commit, git
from tests.kit.project_files import edit
from tests.kit.snapshots import lying


def test_a_conflict_has_markers_cannot_be_committed_and_is_exit_code_1(fwnew: Fwnew, project: Path) -> None:
    edit(project / "src" / "app.py", "return 5", "return 'mine'")
    commit(project)
    result = fwnew("update", "demo", "--yes", "--commit")
    assert result.code == 1
    assert "C  src/app.py" in result.out
    assert "both changed the same lines" in result.out
    text = (project / "src" / "app.py").read_text()
    assert "<<<<<<< yours\n    return 'mine'\n=======\n    return 'five'\n>>>>>>> template" in text
    all_of_it = run(["git", "commit", "-am", "x"], project)
    edit(project / "src" / "app.py", "return 'mine'", "return 6")
    assert run(["git", "commit", "-m", "x"], project).code != 0
    assert all_of_it.code == 0 or "unmerged" in all_of_it.err


def test_abort_puts_everything_back_and_keeps_what_stood_there(fwnew: Fwnew, project: Path) -> None:
    edit(project / "src" / "app.py", "return 5", "return 'mine'")
    head = commit(project)
    before = lying(project)
    assert fwnew("update", "demo", "--yes").code == 1
    (project / "src" / "app.py").write_text("half settled\n")
    result = fwnew("update", "demo", "--abort")
    assert result.code == 0, result
    assert lying(project) == before
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "rev-parse", "HEAD") == head
    kept = result.out.split("git show ")[1].split()[0]
    assert git(project, "show", f"{kept}:src/app.py") == "half settled"
    refused(fwnew("update", "demo", "--abort"), "there is no update to roll back")
