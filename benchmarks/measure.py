"""The figures of docs/measured.md: accuracy from five seeds, and parity, size and latency of every export.

    nox -s nightly

Makes a project of each framework with every export from the working tree's templates, in a temporary folder, and
prints Markdown. About 10 minutes on 2 cores; exit code 1 if an accuracy is below its promise. With --quick, half a
minute: PyTorch alone, once, with the first preset; TensorFlow's project is only made.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from projects import environment, make, verb

EXPORTS = {
    "pytorch": "onnx,torch_export,torchscript",
    "tensorflow": "onnx,saved_model,tflite,tflite_int8",
}
SEEDS = range(5)
PROMISED = {"smoke": (0.90, 0.94), "default": (0.98, 0.99)}
"""The lowest accuracy of a seed, and the median of all."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="see whether this program still works")
    quick = parser.parse_args().quick
    seeds, presets = (SEEDS[:1], list(PROMISED)[:1]) if quick else (SEEDS, list(PROMISED))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, no GPU used.\n")
    kept = True
    with tempfile.TemporaryDirectory() as folder:
        for framework, exports in EXPORTS.items():
            options = ["--framework", framework, "--data", f"exports={exports}"]
            project = make(Path(folder), framework + "-demo", *options)
            if quick and framework != "pytorch":
                continue
            environment(project, "train,export")
            print(f"## {framework}\n")
            kept &= accuracies(project, presets, seeds)
            verb(project, "export", f"seed{seeds[0]}-{presets[-1]}")
            print(f"\n```\n{verb(project, 'verify', '--strict')}```\n", flush=True)
            shutil.rmtree(project)
    return 0 if kept else 1


def accuracies(project: Path, presets: Sequence[str], seeds: Sequence[int]) -> bool:
    """Prints a row per preset; says whether all are as good as promised."""
    print(f"| preset | accuracy on the 352 test images, seeds {seeds[0]} to {seeds[-1]} | seconds of `train`, median |")
    print("|---|---|---|")
    kept = True
    for preset in presets:
        found, seconds = [], []
        for seed in seeds:
            name = f"seed{seed}-{preset}"
            started = time.perf_counter()
            verb(project, "train", preset, "--seed", str(seed), "--name", name)
            seconds.append(time.perf_counter() - started)
            verb(project, "evaluate", name)
            found.append(json.loads((project / "runs" / name / "evaluation.json").read_text())["accuracy"])
        lowest, middle = PROMISED[preset]
        kept &= min(found) >= lowest and statistics.median(found) >= middle
        print(
            f"| {preset} | {', '.join(f'{a:.4f}' for a in found)} | {sorted(seconds)[len(seconds) // 2]:.1f} |",
            flush=True,
        )
    return kept


if __name__ == "__main__":
    sys.exit(main())
