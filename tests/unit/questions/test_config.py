"""`copier.yml` is read as Copier reads it, several documents and included files among them."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from copier._template import load_template_config
from hypothesis import given
from hypothesis import strategies as st

from fwnew.errors import TemplateError
from fwnew.questions import config
from fwnew.questions.questions import load, resolve
from fwnew.sources.source import Source, find, opened
from tests.kit.commands import Fwnew
from tests.kit.git import commit, start_repository
from tests.kit.project_files import recorded
from tests.kit.snapshots import write

SEVERAL = {
    "copier.yml": """\
!include templates/first.yml
---
_exclude: [a]
_subdirectory: templates/answers
license: MIT
---
!include templates/more/*.yml
""",
    "templates/first.yml": "project_name: {type: str, default: demo}\n---\n_exclude: [b]\nlicense: none\n",
    "templates/more/one.yml": """\
- package: '{{ project_name }}_one'
- letter: {choices: !include templates/names.yml, default: x}
""",
    "templates/names.yml": "- x\n- y\n",
    "templates/answers/{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers | to_nice_yaml }}",
}
"""A template whose questions are spread over files."""


def test_documents_and_includes_are_one_list_of_questions_in_order(tmp_path: Path) -> None:
    content = config.read(write(tmp_path, SEVERAL))
    assert list(content) == ["project_name", "_exclude", "license", "_subdirectory", "package", "letter"]
    assert content["license"] == "MIT"
    assert content["_exclude"] == ["b", "a"]
    assert content["letter"] == {"choices": ["x", "y"], "default": "x"}
    assert resolve(load(tmp_path, "demo"), {}).values["package"] == "demo_one"


SETTINGS = ["_exclude", "_skip_if_exists", "_secret_questions", "_subdirectory", "_envops", "a", "b", "c"]
DOCUMENTS = st.lists(
    st.none()
    | st.dictionaries(st.sampled_from(SETTINGS[4:]), st.integers() | st.text("ab", max_size=3), max_size=3)
    | st.dictionaries(st.sampled_from(SETTINGS[:3]), st.lists(st.sampled_from("xyz"), max_size=2), max_size=2),
    max_size=3,
)


@given(DOCUMENTS, DOCUMENTS, DOCUMENTS, st.permutations(["copier", "one", "two"]))
def test_any_documents_in_any_order_mean_what_they_mean_to_copier(
    own: list[Any], one: list[Any], two: list[Any], order: list[str]
) -> None:
    parts = {"copier": yaml.safe_dump_all(own), "one": "!include one.yml\n", "two": "!include q/*.yml\n"}
    files = {
        "copier.yml": "---\n".join(parts[name] for name in order),
        "one.yml": yaml.safe_dump_all(one),
        "q/two.yml": yaml.safe_dump_all(two),
    }
    with TemporaryDirectory() as name:
        folder = write(Path(name), files)
        expected = load_template_config(folder / "copier.yml")
        found = config.read(folder)
    empty = {name for name in config.MERGED if not expected.get(name)}  # Copier adds them, and they say nothing
    assert {name: value for name, value in found.items() if name not in empty} == {
        name: value for name, value in expected.items() if name not in empty
    }
    assert [name for name in found if name not in empty] == [name for name in expected if name not in empty]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"copier.yml": "!include none.yml"}, "'none.yml', and the template has no such file"),
        ({"copier.yml": "!include /etc/passwd"}, "lies outside of the template"),
        ({"copier.yml": "!include ../*.yml"}, "lies outside of the template"),
        ({"copier.yml": "!include C:\\a.yml"}, "lies outside of the template"),
        ({"copier.yml": "!include [a]"}, "takes the path of a file"),
        ({"copier.yml": "!include copier.yml"}, "it includes itself"),
        (
            {"copier.yml": "!include a.yml", "a.yml": "!include b.yml", "b.yml": "!include a.yml"},
            "a.yml cannot be read",
        ),
        ({"copier.yml": "!include a.yml", "a.yml": "b: ["}, "a.yml cannot be read: line 1"),
        ({"copier.yml": "a: 1\n---\n3\n"}, "no questions by name"),
        ({"copier.yml": "[1, 2]"}, "no questions by name"),
        ({"copier.yml": "_exclude: 3"}, "_exclude is not a list"),
        ({"copier.yml": "_skip_if_exists: README.md"}, "_skip_if_exists is not a list"),
    ],
)
def test_an_include_that_cannot_be_is_one_sentence(tmp_path: Path, files: dict[str, str], says: str) -> None:
    folder = write(tmp_path / "template", files)
    with pytest.raises(TemplateError) as caught:
        config.read(folder)
    assert says in caught.value.message
    assert "\n" not in caught.value.message


def test_an_include_may_go_up_and_down_inside_of_the_template(tmp_path: Path) -> None:
    folder = write(tmp_path, {"copier.yml": "!include q/../x.yml", "x.yml": "a: 1", "q/y.yml": "b: 1"})
    assert config.read(folder) == {"a": 1}
    start_repository(folder)
    commit(folder, "one")
    with opened(find(folder.as_uri())) as place:
        assert config.read(place) == {"a": 1}


def test_an_include_through_a_link_that_leads_outside_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, {"secret.yml": "a: 1", "template/copier.yml": "!include inside.yml"}) / "template"
    (folder / "inside.yml").symlink_to(tmp_path / "secret.yml")
    with pytest.raises(TemplateError, match="lies outside"):
        config.read(folder)


@pytest.mark.parametrize("place", ["folder", "repository"])
def test_every_command_takes_a_template_whose_questions_are_spread(
    fwnew: Fwnew, work: Path, tmp_path: Path, place: str
) -> None:
    folder = write(tmp_path / "spread", {**SEVERAL, "templates/answers/a.txt": "1\n"})
    start_repository(folder)
    commit(folder, "one", "1.0.0")
    source = str(folder) if place == "folder" else folder.as_uri()
    fwnew("template", "allow", source)
    assert fwnew("new", "demo", "--template", source, "--data", "license=x").code == 0
    assert recorded(work / "demo")["package"] == "demo_one"
    (folder / "templates" / "answers" / "a.txt").write_text("2\n")
    (folder / "templates" / "more" / "two.yml").write_text("later: 1\n")
    commit(folder, "two", "2.0.0")
    assert fwnew("check", "demo").code == 1
    updated = fwnew("update", "demo", "--yes")
    assert updated.code == 0, updated
    assert recorded(work / "demo")["later"] == 1


def test_only_the_questions_are_checked_out_unless_there_are_links(tmp_path: Path) -> None:
    folder = write(tmp_path, {**SEVERAL, "templates/large.bin": "x"})
    start_repository(folder)
    commit(folder, "one", "1.0.0")
    with opened(find(folder.as_uri())) as place:
        names = {path.relative_to(place).as_posix() for path in place.rglob("*.*") if ".git" not in path.parts}
    assert names == {"copier.yml", "templates/first.yml", "templates/more/one.yml", "templates/names.yml"}
    (folder / "templates" / "names.yml").rename(folder / "templates" / "letters.yml")
    (folder / "templates" / "names.yml").symlink_to("letters.yml")
    commit(folder, "two", "2.0.0")
    with opened(find(folder.as_uri())) as place:
        assert config.read(place)["letter"]["choices"] == ["x", "y"]


def test_the_version_that_is_rendered_is_the_one_that_is_read(tmp_path: Path) -> None:
    folder = write(tmp_path, SEVERAL)
    start_repository(folder)
    commit(folder, "one", "1.0.0")
    (folder / "templates" / "names.yml").write_text("- z\n")
    found = find(folder.as_uri())
    assert isinstance(found, Source)
    with opened(found) as place:
        assert config.read(place)["letter"]["choices"] == ["x", "y"]
