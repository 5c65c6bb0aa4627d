"""Training from a pretrained backbone beats training from nothing, on real photographs."""

import json
import shutil
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.harness.variants import weights
from tests.kit.machine import Machine

pytestmark = pytest.mark.nightly

STAMPS = Path("/usr/share/tuxpaint/stamps")
PHOTOGRAPHS = ("animals/mammals", "animals/birds", "animals/fish", "plants/flowers", "food/vegetables")
"""Folders of Tux Paint's stamps (Debian's tuxpaint-stamps-default) with photographs; others hold drawings, too."""

SEEDS = range(3)


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """Each is in a split by itself, and none is mirrored."""
    if not STAMPS.exists():
        pytest.skip("needs Debian's package tuxpaint-stamps-default")
    for folder in PHOTOGRAPHS:
        for file in (STAMPS / folder).rglob("*.png"):
            if "mirror" not in file.name:
                place = tmp_path / "photographs" / Path(folder).name / f"{file.parent.name}-{file.name}"
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, place)
    return tmp_path / "photographs"


def made(machine: Machine, template: Path, start: str) -> Path:
    """A project of that start in PyTorch, with its environment."""
    path = machine.folder / f"photographs-{start}"
    data = ["--data", f"start={start}", "--data", "serving=", "--data", "container="]
    machine.ok([sys.executable, "-m", "fwnew", "new", path, "--framework", "pytorch", *data, "--template", template])
    machine.uv("venv", "--quiet", ".venv", cwd=path)
    machine.uv("pip", "install", "--quiet", "-e", ".[train]", "-c", "constraints.txt", cwd=path)
    return path


def accuracies(machine: Machine, project: Path, *settings: str | Path) -> Sequence[float]:
    """The balanced accuracy on the test split, from each seed."""
    found = []
    for seed in SEEDS:
        name = f"seed{seed}"
        for verb in (["train", *settings, "--name", name, "--seed", str(seed)], ["evaluate", name]):
            machine.ok([project / ".venv" / "bin" / "python", "-m", project.name.replace("-", "_"), *verb], project)
        found.append(json.loads((project / "runs" / name / "evaluation.json").read_text())["balanced_accuracy"])
    return found


def test_a_backbone_beats_a_network_from_nothing(machine: Machine, template: Path, photographs: Path) -> None:
    nothing, backbone = (made(machine, template, start) for start in ("scratch", "pretrained"))
    found = weights.settings("pytorch", backbone / ".venv" / "bin" / "python", machine)
    fine_tuned = accuracies(machine, backbone, "--data-dir", photographs, *found)
    trained = accuracies(machine, nothing, "--data-dir", photographs, "--image-size", "64")
    print(f"balanced accuracy: from a backbone {fine_tuned}, from nothing {trained}")
    assert min(fine_tuned) > max(trained)
    assert statistics.median(fine_tuned) > 0.8
