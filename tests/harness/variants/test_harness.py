"""The harness itself: its defects still apply, its failures can be repeated, its table says what happened."""

import json
import os
import shutil
import sys
import time
import tomllib
from argparse import Namespace
from pathlib import Path

import pytest

from tests.harness.variants import plan, table
from tests.harness.variants.__main__ import report
from tests.harness.variants.clock import Clock
from tests.harness.variants.defects import LIST, Defect, rendered
from tests.harness.variants.model import Variant
from tests.kit.commands import run
from tests.kit.templates import AWKWARD, ROOT, Files, Templates

DEFECTS = [Defect(**entry) for entry in tomllib.loads(LIST.read_text("utf-8"))["defect"]]


@pytest.fixture(scope="module")
def rows() -> list[tuple[Variant, Files]]:
    templates = Templates()
    return [(row, templates.render(row, **AWKWARD)) for row in plan.read()[0]]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.what)
def test_a_defect_belongs_to_one_place_and_changes_a_row(
    defect: Defect, rows: list[tuple[Variant, Files]], tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    shutil.copy(ROOT / "copier.yml", tmp_path)
    defect.plant(tmp_path)
    spoiled = Templates(tmp_path)
    assert any(rendered(spoiled, row) != files for row, files in rows)


def test_a_failure_prints_the_answers_that_lead_to_it(capsys: pytest.CaptureFixture[str]) -> None:
    variant = Variant({"framework": "pytorch", "exports": ["onnx", "torch_export"]})
    report(variant, "verify", "model.onnx differs")
    printed = capsys.readouterr().out
    assert f"{variant.id} failed at 'verify':\n    model.onnx differs\n" in printed
    assert "fwnew new demo --template . --data framework=pytorch --data exports=onnx,torch_export\n" in printed
    assert f'nox -s "variant({variant.id})"\n' in printed


def test_an_unknown_row_is_an_error_of_one_line() -> None:
    done = run([sys.executable, "-m", "tests.harness.variants", "pytorch-000000"], ROOT)
    assert done.code == 1
    assert done.err == "There is no row pytorch-000000: `python -m tests.harness.variants --list` shows them.\n"


def test_the_table_says_what_failed_and_what_could_not_be_had(tmp_path: Path) -> None:
    fine = {"id": "a-1", "answers": {"loop": "fast", "exports": ["x", "y"]}, "note": "", "seconds": {"write": 1.2}}
    odd = {"id": "b-2", "answers": {"loop": "slow", "exports": ["x"]}, "note": "no wheel", "seconds": {"write": 3.0}}
    how = Namespace(wise=0, versions="tested", jobs=2)
    table.write([{**fine, "failed": None}, {**odd, "failed": "write"}], how, 2.5, 99, tmp_path)
    text = (tmp_path / "variants.md").read_text("utf-8")
    assert "| row | loop | exports | write, s | result |" in text
    assert "| `a-1` | fast | x, y | 1 | passed |" in text
    assert "| `b-2` | slow | x | 3 | failed at write [1] |" in text
    assert "[1] no wheel" in text
    assert json.loads((tmp_path / "variants.json").read_text("utf-8"))["passed"] == 1


def test_rows_that_time_left_out_are_the_first_of_the_next_run(tmp_path: Path) -> None:
    rows = [Variant({"row": n}) for n in range(3)]
    late = Clock(time.time() - 71 * 60, tmp_path / "cache" / "left-out.json")
    assert late.is_late()
    assert late.first_those_left_out(rows) == rows
    late.leave_out([rows[2].id])
    early = Clock(time.time() - 69 * 60, late.place)
    assert not early.is_late()
    assert early.first_those_left_out(rows) == [rows[2], rows[0], rows[1]]
    early.leave_out([])
    assert early.first_those_left_out(rows) == rows


def test_a_row_that_was_left_out_is_named_and_without_a_clock_none_is(tmp_path: Path) -> None:
    began = {"FWNEW_BEGAN": "0", "XDG_CACHE_HOME": str(tmp_path)}
    done = run([sys.executable, "-m", "tests.harness.variants"], ROOT, {**os.environ, **began})
    rows, _ = plan.read()
    assert (done.code, done.out.splitlines()[0]) == (1, "0 of 0 rows passed in 0.0 minutes")
    assert set(done.out.splitlines()[1].split(": ")[1].split()) == {row.id for row in rows}
    assert not Clock(None, tmp_path / "none").is_late()
