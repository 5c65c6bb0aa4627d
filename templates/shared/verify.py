"""Prove the exports: `verify` runs every artifact in its own runtime against the trained model's own answers."""

import json
import statistics
import sys
import timeit
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from . import package

BATCHES = (1, 64)
HEADER = "artifact           runtime         status           size  agreement  max diff  tolerance  1 image  64 images"


def verify(folder: Path = package.ARTIFACTS) -> list[dict[str, Any]]:
    """One result per artifact of the package, also written to verify.json."""
    manifest = package.read(folder)
    try:
        with np.load(package.whole(folder, manifest["golden"])) as golden:
            images, logits = golden["images"], golden["logits"]
    except (KeyError, OSError, TypeError, ValueError) as error:
        raise SystemExit(f"The golden answers cannot be used ({error}). Export again.") from None
    results = [check(folder, artifact, images, logits) for artifact in manifest["artifacts"]]
    (folder / "verify.json").write_text(json.dumps({"schema": 1, "artifacts": results}, indent=2) + "\n", "utf-8")
    return results


def check(folder: Path, artifact: dict[str, Any], images: np.ndarray, logits: np.ndarray) -> dict[str, Any]:
    """Compares one artifact with the golden answers: its hash first, then its numbers."""
    result = {key: artifact[key] for key in ("format", "file", "runtime", "tolerance", "bytes")}
    result |= {"status": "failed", "reason": None, "max_abs_diff": None, "agreement": None, "latency_ms": None}
    try:
        run = package.load(folder, artifact)
        answers = {batch: run(images[:batch]) for batch in BATCHES}
        times = {batch: timeit.repeat(partial(run, images[:batch]), number=1, repeat=20) for batch in BATCHES}
    except ModuleNotFoundError:
        return result | {"status": "not_checked", "reason": f"needs {artifact['runtime']}"}
    except Exception as error:  # noqa: BLE001 - a runtime may raise anything
        return result | {"reason": str(error).partition("\n")[0]}

    difference = max(float(np.abs(answer - logits[:batch]).max()) for batch, answer in answers.items())
    agreement = float(np.mean(answers[BATCHES[-1]].argmax(axis=1) == logits[: BATCHES[-1]].argmax(axis=1)))
    latency = {str(batch): round(1000 * statistics.median(seconds), 3) for batch, seconds in times.items()}
    result |= {"max_abs_diff": difference, "agreement": agreement, "latency_ms": latency}
    if not difference <= artifact["tolerance"]:  # NaN is not within it either
        return result | {"reason": f"differs by {difference:.2g}, more than {artifact['tolerance']:.2g}"}
    if agreement < artifact["min_agreement"]:
        return result | {"reason": f"agrees on {agreement:.1%} of the images; {artifact['min_agreement']:.0%} is asked"}
    return result | {"status": "passed"}


def main(*, strict: bool = False) -> None:
    """Compare every artifact with the trained model; with --strict, one whose runtime is not installed fails, too."""
    results = verify()
    print(HEADER)
    for r in results:
        row = f"{r['file']:17}  {r['runtime']:14}  {r['status'].replace('_', ' '):11}  {r['bytes'] / 1000:5,.0f} kB"
        if r["latency_ms"]:
            row += f"  {r['agreement']:9.1%}  {r['max_abs_diff']:8.1e}  {r['tolerance']:9.1e}"
            row += "  {:4.2f} ms    {:4.2f} ms".format(*r["latency_ms"].values())
        print(row if r["status"] == "passed" else f"{row}  {r['reason']}")
    statuses = {result["status"] for result in results}
    sys.exit("failed" in statuses or (strict and "not_checked" in statuses))
