"""The figures of docs/measured.md: accuracy from five seeds, and parity, size and latency of every export.

    nox -s nightly

Makes a project of each framework with every export from the working tree's templates, in a temporary folder, and
prints Markdown. About 10 minutes on 2 cores; exit code 1 if an accuracy is below its promise.
"""

import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from projects import make, run

EXPORTS = {
    "pytorch": "onnx,torch_export,torchscript",
    "tensorflow": "onnx,saved_model,tflite,tflite_int8",
}
SEEDS = range(5)
PROMISED = {"smoke": (0.90, 0.94), "default": (0.98, 0.99)}
"""The lowest accuracy of a seed, and the median of all."""


def main() -> int:
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, no GPU used.\n")
    kept = True
    with tempfile.TemporaryDirectory() as folder:
        for framework, exports in EXPORTS.items():
            options = ["--framework", framework, "--data", f"exports={exports}", "--smoke"]
            project = make(Path(folder), framework + "-demo", *options)
            print(f"## {framework}\n")
            kept &= accuracies(project)
            verb(project, "export", "seed0-default")
            print(f"\n```\n{verb(project, 'verify', '--strict')}```\n", flush=True)
            shutil.rmtree(project)
    return 0 if kept else 1


def accuracies(project: Path) -> bool:
    """Prints a row per preset; says whether all are as good as promised."""
    print(f"| preset | accuracy on the 364 test images, seeds {SEEDS[0]} to {SEEDS[-1]} | seconds of `train`, median |")
    print("|---|---|---|")
    kept = True
    for preset, promised in PROMISED.items():
        found, seconds = [], []
        for seed in SEEDS:
            name = f"seed{seed}-{preset}"
            started = time.perf_counter()
            verb(project, "train", preset, "--seed", str(seed), "--name", name)
            seconds.append(time.perf_counter() - started)
            verb(project, "evaluate", name)
            found.append(json.loads((project / "runs" / name / "evaluation.json").read_text())["accuracy"])
        kept &= min(found) >= promised[0] and statistics.median(found) >= promised[1]
        print(
            f"| {preset} | {', '.join(f'{a:.4f}' for a in found)} | {sorted(seconds)[len(seconds) // 2]:.1f} |",
            flush=True,
        )
    return kept


def verb(project: Path, *arguments: str) -> str:
    package = project.name.replace("-", "_")
    return run([project / ".venv" / "bin" / "python", "-m", package, *arguments], project)


if __name__ == "__main__":
    sys.exit(main())
