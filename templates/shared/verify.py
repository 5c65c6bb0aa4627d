"""Prove the exports: run every artifact in its own runtime, against the trained model's answers."""

import json
import math
import statistics
import sys
import timeit
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from . import artifacts
from .artifacts import Package
from .signature import Arrays
from .task import Task

Result = dict[str, Any]
HEADER = (
    "artifact           runtime         status             size"
    "  agreement  max diff  tolerance      1 row   all rows"
)


def verify(folder: Path = artifacts.ARTIFACTS) -> list[Result]:
    """Return a result for each artifact of the package; also written to verify.json."""
    package = artifacts.read(folder)
    inputs, outputs = package.golden()
    listed = package.manifest["artifacts"]
    results = [check(package, artifact, inputs, outputs) for artifact in listed]
    text = json.dumps({"schema": 1, "artifacts": results}, indent=2) + "\n"
    (folder / "verify.json").write_text(text, "utf-8")
    return results


def check(package: Package, artifact: Result, inputs: Arrays, outputs: Arrays) -> Result:
    """Compare one artifact with the golden answers: its hash first, then its numbers."""
    result = {key: artifact[key] for key in ("format", "file", "runtime", "bytes")}
    result |= dict.fromkeys(("output", "max_abs_diff", "tolerance", "agreement", "latency_ms"))
    result |= {"status": "failed", "reason": None}
    rows = len(next(iter(inputs.values())))
    batches = {n: {name: array[:n] for name, array in inputs.items()} for n in (1, rows)}
    try:
        run = package.load(artifact)
        answers = {n: run(batch) for n, batch in batches.items()}
        check_shapes(answers, outputs)
        latency = {str(n): milliseconds(partial(run, batch)) for n, batch in batches.items()}
    except ModuleNotFoundError:
        return result | {"status": "not_checked", "reason": f"needs {artifact['runtime']}"}
    except Exception as error:  # noqa: BLE001 - a runtime may raise anything
        return result | {"reason": str(error).partition("\n")[0]}
    return result | {"latency_ms": latency} | compare(package.task, artifact, answers, outputs)


def compare(task: Task, artifact: Result, answers: dict[int, Arrays], golden: Arrays) -> Result:
    """Return how far an artifact's answers, to one row and to all, are from the golden ones."""
    name, difference, tolerance = worst(answers, golden, artifact["tolerance"])
    agreement = task.agreement(answers[max(answers)], golden)
    reason = None
    if not difference <= tolerance:  # NaN is not within it either
        reason = f"{name} differs by {difference:.2g}, more than {tolerance:.2g}"
    elif agreement < (least := artifact["min_agreement"]):
        reason = f"agrees on {agreement:.1%} of the rows; {least:.0%} is asked"
    numbers = {"max_abs_diff": difference, "tolerance": tolerance, "agreement": agreement}
    return {"output": name, **numbers, "status": "failed" if reason else "passed", "reason": reason}


def check_shapes(answers: dict[int, Arrays], golden: Arrays) -> None:
    """ValueError unless there is each output in its shape: NumPy would compare many others."""
    for n, given in answers.items():
        shapes = {name: array.shape for name, array in given.items()}
        asked = {name: array[:n].shape for name, array in golden.items()}
        if shapes != asked:
            raise ValueError(f"its outputs are {shapes}, not {asked}")


def worst(
    answers: dict[int, Arrays], golden: Arrays, tolerances: dict[str, float]
) -> tuple[str, float, float]:
    """Return the output that is farthest beyond its tolerance, or nearest to it, with both."""
    differences = {
        name: max(float(np.abs(rows[name] - golden[name][:n]).max()) for n, rows in answers.items())
        for name in golden
    }
    beyond = {name: differences[name] - tolerances[name] for name in golden}
    name = max(beyond, key=lambda name: math.inf if math.isnan(beyond[name]) else beyond[name])
    return name, differences[name], tolerances[name]


def milliseconds(run: Callable[[], object]) -> float:
    """Return the median time of 20 calls."""
    return round(1000 * statistics.median(timeit.repeat(run, number=1, repeat=20)), 3)


def main(*, strict: bool = False) -> None:
    """Compare every artifact with the trained model; with --strict, one not checked fails, too."""
    results = verify()
    print(HEADER)
    for r in results:
        size = f"{r['bytes'] / 1000:,.0f} kB"
        status = r["status"].replace("_", " ")
        row = f"{r['file']:17}  {r['runtime']:14}  {status:11}  {size:>10}"
        if r["latency_ms"]:
            row += f"  {r['agreement']:9.1%}  {r['max_abs_diff']:8.1e}  {r['tolerance']:9.1e}"
            row += "".join(f"  {ms:6.2f} ms" for ms in r["latency_ms"].values())
        print(row if r["status"] == "passed" else f"{row}  {r['reason']}")
    statuses = {result["status"] for result in results}
    if "failed" in statuses or (strict and "not_checked" in statuses):
        sys.exit(1)
