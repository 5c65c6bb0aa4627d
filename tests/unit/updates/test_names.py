"""However a person's folder is called, and whatever names the files have, an update is the same."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.harness.updates.cycle import ANSWERS, FILES, Person, different, make_template, seen, without
from tests.kit.commands import Fwnew
from tests.kit.snapshots import FILE, lay, lying

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links and modes as POSIX has them")

ODD = ["new\nline", "blank ", " blank", "co:lon", "quo'te\"", "ü", "u\u0308", os.fsdecode(b"\xff"), "-dash", "*", "[a]",
       "!not", "#hash", ":(top)x", "back\\slash", "$HOME", "tab\t", "dem o.git"]  # fmt: skip


@pytest.mark.usefixtures("rendered_once")
@pytest.mark.parametrize("name", ODD, ids=ascii)
def test_no_name_of_a_folder_changes_an_update(person: Person, plain: Any, name: str) -> None:
    wanted = {name: value for name, value in plain().items() if name != "new"}
    project = person.new()
    person.edits(project)
    there = project.rename(person.work / name)
    found = person.goes_on(there) if name[0] != "-" else person.goes_on(Path("./") / there)
    assert different(without("says", found), without("says", wanted)) == []


NAMES = [name for name in ODD if name not in ("u\u0308", "dem o.git")]


def test_no_name_of_a_file_changes_an_update(fwnew: Fwnew, work: Path, tmp_path: Path) -> None:
    odd = {"1.0": dict.fromkeys(NAMES, (FILE, b"one\n")), "2.0": dict.fromkeys(NAMES, (FILE, b"two\n"))}
    odd["2.0"] |= {os.fsdecode(b"added \xfe"): (FILE, b"added\n")}
    for version in odd:
        odd[version][ANSWERS] = FILES[version][ANSWERS]
    kept = tmp_path / "odd"
    make_template(kept, odd)
    person = Person(fwnew, kept, work)
    project = person.new()
    lay(project, {f"own/{name}": (FILE, b"mine\n") for name in NAMES})
    person.commits(project)
    before = seen(project)
    assert person.fwnew("update", "--yes", "demo").code == 0
    files = lying(project)
    assert {name: files[name] for name in odd["2.0"] if name != ANSWERS} == {
        name: row for name, row in odd["2.0"].items() if name != ANSWERS
    }
    assert person.status(project) == [line for line in person.status(project) if line[1:2] == b" "]
    assert person.fwnew("update", "--abort", "demo").code == 0
    assert different(seen(project), before) == []
    assert person.fwnew("update", "--yes", "--commit", "demo").code == 0
    assert person.status(project) == []
