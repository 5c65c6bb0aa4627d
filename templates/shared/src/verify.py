"""Prove the exports: `verify` runs every artifact in its own runtime against the trained model's own answers."""

import json
import statistics
import sys
import timeit
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from . import package
from .formats import FORMATS

BATCHES = (1, 64)


def verify(folder: Path = package.ARTIFACTS) -> list[dict[str, Any]]:
    """One result per artifact of the package, also written to verify.json."""
    manifest = package.read(folder)
    try:
        golden_path = folder / manifest["golden"]["file"]
        if package.sha256(golden_path) != manifest["golden"]["sha256"]:
            raise ValueError("its sha256 is not the manifest's")
        with np.load(golden_path) as golden:
            images, logits = golden["images"], golden["logits"]
    except (KeyError, OSError, TypeError, ValueError) as error:
        raise SystemExit(f"The golden answers cannot be used ({error}). Export again.") from None
    results = [check(folder, artifact, images, logits) for artifact in manifest["artifacts"]]
    (folder / "verify.json").write_text(json.dumps({"schema": 1, "artifacts": results}, indent=2) + "\n")
    return results


def check(folder: Path, artifact: dict[str, Any], images: np.ndarray, logits: np.ndarray) -> dict[str, Any]:
    """Compares one artifact with the golden answers: its hash first, then its numbers."""
    result = {key: artifact[key] for key in ("format", "file", "runtime", "tolerance", "bytes")}
    result |= {"status": "failed", "reason": None, "max_abs_diff": None, "agreement": None, "latency_ms": None}
    path = folder / artifact["file"]
    if not path.exists():
        return result | {"reason": "the file is missing"}
    if package.sha256(path) != artifact["sha256"]:
        return result | {"reason": "its sha256 is not the manifest's"}
    try:
        run = FORMATS[artifact["format"]].load(path)
        answers = {batch: run(images[:batch]) for batch in BATCHES}
        latency = {str(batch): milliseconds(run, images[:batch]) for batch in BATCHES}
    except ModuleNotFoundError:
        return result | {"status": "not_checked", "reason": f"needs {artifact['runtime']}"}
    except Exception as error:  # noqa: BLE001 - a runtime may raise anything
        return result | {"reason": str(error).partition("\n")[0]}

    difference = max(float(np.abs(answer - logits[:batch]).max()) for batch, answer in answers.items())
    agreement = float(np.mean(answers[BATCHES[-1]].argmax(axis=1) == logits[: BATCHES[-1]].argmax(axis=1)))
    result |= {"max_abs_diff": difference, "agreement": agreement, "latency_ms": latency}
    if not difference <= artifact["tolerance"]:  # NaN is not within it either
        return result | {"reason": f"differs by {difference:.2g}, more than {artifact['tolerance']:.2g}"}
    if agreement < artifact["min_agreement"]:
        return result | {"reason": f"agrees on {agreement:.1%} of the images; {artifact['min_agreement']:.0%} is asked"}
    return result | {"status": "passed"}


def milliseconds(run: Callable[[np.ndarray], np.ndarray], images: np.ndarray) -> float:
    """Median time of 20 calls."""
    seconds = timeit.repeat(lambda: run(images), number=1, repeat=20)
    return round(1000 * statistics.median(seconds), 3)


def table(results: list[dict[str, Any]]) -> str:
    rows = [["artifact", "runtime", "size", "status", "agreement", "max diff", "tolerance", "1 image", "64 images"]]
    for r in results:
        row = [r["file"], r["runtime"], f"{r['bytes'] / 1000:,.0f} kB", r["status"].replace("_", " ")]
        if r["latency_ms"]:
            row += [f"{r['agreement']:.1%}", f"{r['max_abs_diff']:.1e}", f"{r['tolerance']:.1e}"]
            row += [f"{r['latency_ms'][str(batch)]:.2f} ms" for batch in BATCHES]
        rows.append(row + [""] * (len(rows[0]) - len(row)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join([*lines, *(f"{r['file']}: {r['reason']}" for r in results if r["reason"])])


def main(*, strict: bool = False) -> None:
    """Run every artifact in its own runtime and compare it with the trained model's own answers.

    Args:
        strict: An artifact whose runtime is not installed fails, too.
    """
    results = verify()
    print(table(results))
    statuses = {result["status"] for result in results}
    if "failed" in statuses or (strict and "not_checked" in statuses):
        sys.exit(1)
