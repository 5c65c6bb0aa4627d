"""The harness itself: its defects still apply, its failures can be repeated, its table says what happened."""

import json
import shutil
import subprocess
import sys
import tomllib
from argparse import Namespace
from pathlib import Path

import pytest

from tests.templates.rendered import AWKWARD, ROOT, Files, Templates
from tests.variants import plan, table
from tests.variants.__main__ import report
from tests.variants.defects import LIST, Defect
from tests.variants.model import Variant

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
    assert any(spoiled.render(row, **AWKWARD) != files for row, files in rows)


def test_a_failure_prints_the_answers_that_lead_to_it(capsys: pytest.CaptureFixture[str]) -> None:
    variant = Variant({"framework": "pytorch", "exports": ["onnx", "torch_export"]})
    report(variant, "verify", "model.onnx differs")
    printed = capsys.readouterr().out
    assert f"{variant.id} failed at 'verify':\n    model.onnx differs\n" in printed
    assert "fwnew new demo --template . --data framework=pytorch --data exports=onnx,torch_export\n" in printed
    assert f'nox -s "variant({variant.id})"\n' in printed


def test_an_unknown_row_is_an_error_of_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.variants", "pytorch-000000"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "There is no row pytorch-000000: `python -m tests.variants --list` shows them.\n"


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
