"""`fwnew update`: what the template changed arrives, and what a person made of the project stays."""

import os
import re
import shutil
from pathlib import Path

from tests.harness.updates.template import files
from tests.kit.commands import Fwnew
from tests.kit.git import commit, git
from tests.kit.project_files import edit


def test_edits_arrive_in_a_renamed_file_and_nothing_is_committed(fwnew: Fwnew, project: Path) -> None:
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


def test_what_one_side_deleted_and_the_other_changed_is_named(fwnew: Fwnew, project: Path) -> None:
    edit(project / "src" / "old.py", "OLD_3 = 3", "OLD_3 = 'mine'")
    (project / "conf" / "settings.toml").unlink()
    commit(project)
    result = fwnew("update", "demo", "--yes")
    assert result.code == 0
    assert "OLD_3 = 'mine'" in (project / "src" / "old.py").read_text()
    assert not (project / "conf" / "settings.toml").exists()
    assert "src/old.py          kept: the template no longer has it, and you changed it" in result.out
    assert "conf/settings.toml  left out: you deleted it, and the template changed it" in result.out


def test_the_answers_stay_readable_when_both_changed_them(fwnew: Fwnew, project: Path) -> None:
    file = project / ".copier-answers.yml"
    file.write_text(file.read_text().replace("_commit: '1.0'", "# ours\n_commit: '1.0'"))
    commit(project)
    assert fwnew("update", "demo", "--yes").code == 0
    assert "<<<<" not in file.read_text()
    assert "_commit: '3.0'" in file.read_text()
    assert "# ours" in file.read_text() + (project / ".copier-answers.yml.yours").read_text()


def test_a_file_that_both_renamed_is_there_twice_and_named(fwnew: Fwnew, project: Path) -> None:
    (project / "src" / "helper.py").rename(project / "src" / "aid.py")
    edit(project / "src" / "aid.py", "HELP_15 = 15", "HELP_15 = 'mine'")
    commit(project)
    result = fwnew("update", "demo", "--yes")
    assert result.code == 0, result
    assert "HELP_15 = 'mine'" in (project / "src" / "aid.py").read_text()
    assert "src/util.py  kept: you and the template renamed this file differently" in result.out


def test_modes_line_ends_odd_names_and_links_survive(fwnew: Fwnew, project: Path) -> None:
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


def test_what_became_a_file_or_a_link_stays_one(fwnew: Fwnew, project: Path) -> None:
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


def test_the_record_of_the_decision_is_left_alone(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    fwnew("new", "demo", "--decide", "goal=research")
    record = work / "demo" / "docs" / "decisions" / "0001-framework.md"
    before = record.read_text()
    assert fwnew("update", "demo", "--yes", "--data", "author=Grace").code == 0
    assert record.read_text() == before


def test_the_templates_binary_and_ignored_files_come_beside_yours(fwnew: Fwnew, project: Path) -> None:
    (project / "data" / "logo.bin").write_bytes(b"\0mine\xff")
    commit(project)
    (project / "report.log").write_bytes(b"mine, ignored\n")
    result = fwnew("update", "demo", "--yes")
    assert result.code == 0, result
    assert (project / "data" / "logo.bin").read_bytes() == b"\0mine\xff"
    assert (project / "data" / "logo.bin.template").read_bytes() == files("3.0")["data/logo.bin"]
    assert (project / "report.log").read_bytes() == b"mine, ignored\n"
    assert (project / "report.log.template").read_bytes() == b"made by the template\n"
    assert "data/logo.bin  binary: " in result.out
    assert "report.log     in the way: " in result.out
    assert fwnew("update", "demo", "--abort").code == 0
    assert (project / "report.log").read_bytes() == b"mine, ignored\n"
