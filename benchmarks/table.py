"""The table of docs/performance.md: every figure beside its target.

    nox -s benchmarks

Makes projects from the working tree's templates and gives them environments of their own; figures are medians of
process CPU time, and what is compared takes turns in one process. About 10 minutes on 2 cores; with --quick every
figure is of one round, which proves that this program works and nothing else.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

from projects import environment, make, run

HERE = Path(__file__).parent
MLP, CNN = "MLP 64-128-10, batch 64", "CNN 3x32x32, batch 128"
ONE_THREAD = {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "2"}

TARGETS = {
    (MLP, "generated, standard"): 0.89,
    (CNN, "generated, standard"): 0.97,
    (MLP, "generated, compiled"): 2.3,
    (MLP, "generated, Keras fit"): 0.31,
    (CNN, "generated, Keras fit"): 0.97,
}
"""The least speed, as a share of the limit's."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="see whether this program still works")
    quick = ["--quick"] if parser.parse_args().quick else []
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, no GPU used.\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        training(pytorch(folder, quick), "PyTorch")
        training(keras(folder, quick), "TensorFlow")
        scaffolding(folder, quick)
        updating(folder, quick)


def pytorch(folder: Path, quick: list[str]) -> list[dict[str, Any]]:
    standard, compiled = make(folder, "standard"), make(folder, "compiled", "--data", "loop=compiled")
    python = environment(standard, "train", "lightning")
    command = [python, HERE / "pytorch_loops.py", standard, compiled, *quick]
    if quick:
        os.environ["TORCHDYNAMO_DISABLE"] = "1"  # the compiled loop runs as it is written
    loops = ["limit", "generated, standard", "generated, compiled", "Lightning"]
    return measured(command, folder, loops[-1:] if quick else loops)


def keras(folder: Path, quick: list[str]) -> list[dict[str, Any]]:
    project = make(folder, "keras-demo", "--framework", "tensorflow")
    command = [environment(project), HERE / "keras_fit.py", project, *quick]
    return measured(command, folder, [] if quick else ["limit", "generated, Keras fit"])


def measured(command: list[str | Path], folder: Path, loops: list[str]) -> list[dict[str, Any]]:
    """A row per work and loop; peak memory comes from a process that runs that loop alone, if it is one of these."""
    rows = lines(run(command, folder, **ONE_THREAD))
    alone = [row for loop in loops for row in lines(run([*command, loop], folder, **ONE_THREAD))]
    peaks = {(row["work"], row["loop"]): {"peak_mib": row["peak_mib"]} for row in alone}
    return [row | peaks.get((row["work"], row["loop"]), {}) for row in rows]


def lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def training(rows: list[dict[str, Any]], framework: str) -> None:
    print(f"## A training step in {framework}\n")
    print("| work | loop | CPU time of a step | speed, limit = 1 | target | peak memory |")
    print("|---|---|---|---|---|---|")
    limit = {row["work"]: row["step"] for row in rows if row["loop"] == "limit"}
    for row in rows:
        speed = limit[row["work"]] / row["step"]
        time = f"{1e6 * row['step']:,.0f} µs"
        wanted = verdict(speed, TARGETS.get((row["work"], row["loop"])))
        print(f"| {row['work']} | {row['loop']} | {time} | {speed:.2f} | {wanted} | {row['peak_mib']:,.0f} MiB |")
    by_loop = {(row["work"], row["loop"]): row["step"] for row in rows}
    if (MLP, "Lightning") in by_loop:
        ratio = by_loop[MLP, "Lightning"] / by_loop[MLP, "generated, standard"]
        print(f"\nStandard loop ÷ Lightning on the MLP: {ratio:.2f} ({verdict(ratio, 2)}).")
    print(f"\nn = {rows[0]['n']} epochs each.\n", flush=True)


def verdict(value: float, target: float | None, at_most: bool = False) -> str:
    if target is None:
        return ""
    met = value <= target if at_most else value >= target
    return f"{'≤' if at_most else '≥'} {target:.3g}: {'met' if met else '**missed**'}"


def within(seconds: float, target: float) -> str:
    return f"≤ {1000 * target:.0f} ms: {'met' if seconds <= target else '**missed**'}"


def scaffolding(folder: Path, quick: list[str]) -> None:
    rows = {row["command"]: row for row in lines(run([sys.executable, HERE / "scaffolding.py", *quick], folder))}
    copier = rows["copier copy --defaults"]["cpu"]
    targets = {"fwnew --help": 0.09, "fwnew decide --defaults --json": 0.22, "fwnew new --defaults --no-git": copier}
    print("## The command line\n")
    print("| command | CPU time | ÷ `copier copy` | target | peak memory |")
    print("|---|---|---|---|---|")
    for name, row in rows.items():
        wanted = within(row["cpu"], targets[name]) if name in targets else ""
        ratio, memory = row["cpu"] / copier, f"{row['peak_mib']:.0f} MiB"
        print(f"| `{name}` | {1000 * row['cpu']:.0f} ms | {ratio:.2f} | {wanted} | {memory} |")
    print(f"\nn = {rows['fwnew --help']['n']} runs each; git's share counts.")


def updating(folder: Path, quick: list[str]) -> None:
    rows = {row["command"]: row for row in lines(run([sys.executable, HERE / "updating.py", *quick], folder))}
    copier = rows["copier update --defaults"]["cpu"]
    targets = {"fwnew update --dry-run": 1.5, "fwnew check --json": 0.5}
    print("\n## Updates\n")
    print("| command | CPU time | ÷ `copier update` | target | peak memory |")
    print("|---|---|---|---|---|")
    for name, row in rows.items():
        ratio, memory = row["cpu"] / copier, f"{row['peak_mib']:.0f} MiB"
        wanted = verdict(ratio, targets.get(name), at_most=True)
        print(f"| `{name}` | {1000 * row['cpu']:,.0f} ms | {ratio:.2f} | {wanted} | {memory} |")
    print(f"\nn = {rows['fwnew check --json']['n']} runs each; git's share counts.")


if __name__ == "__main__":
    main()
