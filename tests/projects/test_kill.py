"""A training that is killed goes on by itself, and ends as if nothing had happened."""

import json
import os
import random
import subprocess
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from .conftest import Project

pytestmark = pytest.mark.nightly  # for every change, rows of the variants kill a training each

KILLS = int(os.environ.get("FWNEW_KILLS", "4"))
SETTINGS = ("train", "smoke", "--epochs", "12", "--channels", "8")

SAME_WEIGHTS = {
    "pytorch": """
import sys, torch
first, *others = (torch.load(f"runs/{name}/last.pt", weights_only=True)["model"] for name in sys.argv[1:])
assert all(torch.equal(first[name], other[name]) for other in others for name in first)
""",
    "tensorflow": """
import sys, keras, numpy
models = [keras.models.load_model(f"runs/{name}/last.keras", compile=False) for name in sys.argv[1:]]
first, *others = [model.get_weights() for model in models]
assert all(numpy.array_equal(*pair) for other in others for pair in zip(first, other, strict=True))
""",
}


def history(run: Path) -> list[dict[str, Any]]:
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return [{name: value for name, value in json.loads(line).items() if name != "seconds"} for line in lines]


def test_a_killed_training_ends_with_the_weights_of_an_undisturbed_one(project: Project, tmp_path: Path) -> None:
    """Bit for bit, in both frameworks; and so does a second one of the same seed."""
    for name in ("alone", "again"):  # the first run is slower: nothing is in the disk's cache yet
        started = time.monotonic()
        assert project.verb(*SETTINGS, "--name", name, cwd=tmp_path).code == 0
        whole = time.monotonic() - started

    draw = random.Random(0)
    killed, resumed, names = 0, 0, ["killed0"]
    while killed < KILLS:
        run = tmp_path / "runs" / names[-1]
        began = time.monotonic()
        process = subprocess.Popen(
            [project.python, "-m", project.package, *SETTINGS, "--name", run.name],
            cwd=tmp_path,
            env=dict(project.machine.environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        # most of the first half is Python's and the framework's own start: every other kill waits for a checkpoint
        moment = draw.uniform(0.6, 1) * whole
        if killed % 2 == 0:
            while process.poll() is None and not [*run.glob("last.*")]:
                time.sleep(0.02)
            moment = draw.uniform(0, 0.1) * whole
        try:
            _, error = process.communicate(timeout=moment)
            assert process.returncode == 0, error
            whole = time.monotonic() - began  # as fast as the machine is now, or none might be caught any more
            names.append(f"killed{len(names)}")
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            killed += 1
            resumed += bool([*run.glob("last.*")])
            for file in [*run.glob("best.*"), *run.glob("last.*")]:  # both frameworks write zip files
                assert zipfile.ZipFile(file).testzip() is None
    assert resumed >= KILLS / 2  # so many runs had something to go on from
    done = project.verb(*SETTINGS, "--name", names[-1], cwd=tmp_path)
    assert done.code == 0, done.err

    alone = history(tmp_path / "runs" / "alone")
    assert len(alone) == 12
    for name in ("again", *names):
        assert history(tmp_path / "runs" / name) == alone
    script = SAME_WEIGHTS[project.summary["answers"]["framework"]]
    project.machine.ok([project.python, "-c", script, "alone", "again", *names], tmp_path)
