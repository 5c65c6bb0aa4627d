"""A file that the template renamed and rewrote: what a person made of it arrives, and what that breaks is named."""

import json
from pathlib import Path

import pytest

from tests.kit.commands import Fwnew
from tests.kit.git import commit, start_repository

OLD = '"""The package."""\n\n\ndef read() -> int:\n    return 1\n\n\ndef write() -> int:\n    return 2\n'
NEW = '"""Artifacts."""\n\nimport json\nimport os\nfrom pathlib import Path\n\n' + "".join(
    f"\n\ndef part_{i}(path: Path) -> str:\n    return json.dumps(os.fspath(path))[{i}:]\n" for i in range(9)
)
RENAMES = """
renames:
  type: yaml
  when: false
  default: "{src/{{ name }}/package.py: src/{{ name }}/artifacts.py}"
"""


@pytest.fixture
def project(work: Path) -> Path:
    """A project of the first version of such a template."""
    from copier import run_copy

    template = work / "template"
    folder = template / "files" / "src" / "{{ name }}"
    folder.mkdir(parents=True)
    (template / "files" / "{{ _copier_conf.answers_file }}.jinja").write_text("{{ _copier_answers|to_nice_yaml }}")
    (folder / "__init__.py").write_text("")
    (folder / "config.py").write_text("def find_run() -> int:\n    return 3\n")
    start_repository(template)
    for version, name, text, more in (("1.0", "package.py", OLD, ""), ("2.0", "artifacts.py", NEW, RENAMES)):
        (template / "copier.yml").write_text(f"_subdirectory: files\nname: {{type: str, default: demo}}\n{more}")
        (folder / "package.py").unlink(missing_ok=True)
        (folder / name).write_text(text)
        if version == "2.0":
            (folder / "config.py").write_text("WIDTH = 3\n")
        commit(template, version, version)
    run_copy(str(template), work / "demo", vcs_ref="1.0", defaults=True, quiet=True)
    start_repository(work / "demo")
    commit(work / "demo")
    return work / "demo"


def test_an_edit_arrives_under_the_new_name_although_git_sees_no_rename(fwnew: Fwnew, project: Path) -> None:
    file = project / "src" / "demo" / "package.py"
    file.write_text(file.read_text() + "\n\nOURS = 'kept'\n")
    commit(project)
    result = fwnew("update", "demo", "--yes")
    assert "src/demo/package.py -> src/demo/artifacts.py" in result.out
    assert not file.exists()
    text = (project / "src" / "demo" / "artifacts.py").read_text()
    assert "OURS = 'kept'" in text
    assert "def part_8(" in text


def test_a_file_that_was_not_edited_is_renamed_and_nothing_is_in_conflict(fwnew: Fwnew, project: Path) -> None:
    result = fwnew("update", "demo", "--yes")
    assert result.code == 0
    assert (project / "src" / "demo" / "artifacts.py").read_text() == NEW
    assert not (project / "src" / "demo" / "package.py").exists()


def test_a_file_that_a_person_renamed_keeps_their_name_and_their_lines(fwnew: Fwnew, project: Path) -> None:
    file = project / "src" / "demo" / "package.py"
    file.write_text(file.read_text() + "\n\nOURS = 'kept'\n")
    file.rename(file.with_name("ours.py"))
    commit(project)
    fwnew("update", "demo", "--yes")
    assert "OURS = 'kept'" in (project / "src" / "demo" / "ours.py").read_text()
    assert not file.exists()


def test_imports_that_the_update_breaks_are_named(fwnew: Fwnew, project: Path) -> None:
    mine = project / "src" / "demo" / "mine.py"
    mine.write_text("from . import config\nfrom .gone import x\nfrom .package import read\n\nconfig.find_run()\n")
    commit(project)
    result = fwnew("update", "demo", "--dry-run", "--json")
    notes = [note for note in json.loads(result.out)["notes"] if note["kind"] == "import"]
    assert [note["path"] for note in notes] == ["src/demo/mine.py"] * 2
    assert "demo.config.find_run" in notes[0]["says"]
    assert "demo.package.read" in notes[1]["says"]  # and nothing of `gone`, which was broken before
