"""A training that is killed goes on by itself, and ends as if nothing had happened."""

import json
import os
import random
import subprocess
import time
import zipfile
from pathlib import Path
from typing import Any

from .conftest import Project

KILLS = int(os.environ.get("FWNEW_KILLS", "20"))
SETTINGS = ("train", "smoke", "--epochs", "12", "--width", "8")

COMPARE = {
    "pytorch": """
import sys, torch
one, other = (torch.load(f"runs/{name}/last.pt", weights_only=True) for name in sys.argv[1:])
assert all(torch.equal(one["model"][name], other["model"][name]) for name in one["model"])
""",
    "tensorflow": """
import sys, keras, numpy
one, other = (keras.models.load_model(f"runs/{name}/last.keras", compile=False).get_weights() for name in sys.argv[1:])
assert all(numpy.array_equal(*pair) for pair in zip(one, other, strict=True))
""",
}


def history(run: Path) -> list[dict[str, Any]]:
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return [{name: value for name, value in json.loads(line).items() if name != "seconds"} for line in lines]


def test_a_killed_training_ends_with_the_weights_of_one_that_was_left_alone(project: Project, tmp_path: Path) -> None:
    """Bit for bit, in both frameworks: also the proof that the same seed gives the same result twice."""
    started = time.monotonic()
    assert project.verb(*SETTINGS, "--name", "alone", cwd=tmp_path).code == 0
    whole = time.monotonic() - started

    draw = random.Random(0)
    killed = interrupted = runs = 0
    while killed < KILLS:
        run = tmp_path / "runs" / f"killed{runs}"
        process = subprocess.Popen(
            [project.python, "-m", project.package, *SETTINGS, "--name", run.name],
            cwd=tmp_path,
            env=dict(project.machine.environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            # the first third is Python's and the framework's own start
            _, error = process.communicate(timeout=draw.uniform(0.3, 1) * whole)
            assert process.returncode == 0, error
            runs += 1
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            killed += 1
            interrupted += run.exists()
            for file in [*run.glob("best.*"), *run.glob("last.*")]:  # both frameworks write zip files
                assert zipfile.ZipFile(file).testzip() is None
    assert interrupted > KILLS / 4
    framework = project.summary["answers"]["framework"]
    for name in [f"killed{number}" for number in range(runs + 1)]:
        done = project.verb(*SETTINGS, "--name", name, cwd=tmp_path)
        assert done.code == 0, done.err
        assert history(tmp_path / "runs" / name) == history(tmp_path / "runs" / "alone")
        project.machine.ok([project.python, "-c", COMPARE[framework], "alone", name], tmp_path)
