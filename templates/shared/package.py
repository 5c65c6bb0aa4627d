"""The model package, artifacts/: the exports, a manifest, and the trained model's own answers in golden.npz."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .formats import FORMATS

ARTIFACTS = Path("artifacts")
SCHEMA = 1
GOLDEN = 64  # images in golden.npz
Manifest = dict[str, Any]


def write(about: Manifest, model: Any, examples: Any, layout: str, images: np.ndarray, logits: np.ndarray) -> None:
    """Exports every format, and golden answers, to a new folder, which then takes the place of artifacts/.

    `about` begins the manifest; `examples` go through the model while it is converted; `layout` is NCHW or NHWC.
    """
    new = ARTIFACTS.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    np.savez(new / "golden.npz", images=images, logits=logits)
    axes = dict(zip(layout, images.shape, strict=True))
    size = {"height": axes["H"], "width": axes["W"], "channels": axes["C"], "layout": layout}
    manifest: Manifest = {"schema": SCHEMA, "name": __package__, "task": "image-classification"} | about
    manifest |= {
        "inputs": [{"name": "images", "shape": [None, *images.shape[1:]], "dtype": "float32"}],
        "outputs": [{"name": "logits", "shape": [None, *logits.shape[1:]], "dtype": "float32"}],
        "preprocessing": size | {"resize": "bilinear, antialiased", "range": [0, 255]},
        "golden": {"file": "golden.npz", "sha256": sha256(new / "golden.npz")},
        "artifacts": [],
    }
    for name, module in FORMATS.items():
        path = new / module.FILE
        module.export(model, examples, path)
        artifact = {"format": name, "file": module.FILE, "sha256": sha256(path)}
        artifact["bytes"] = sum(file.stat().st_size for file in [path, *path.rglob("*")] if file.is_file())
        artifact |= {"runtime": module.RUNTIME, "batch": "dynamic", "quantisation": module.QUANTISATION}
        tolerance = module.TOLERANCE * float(np.abs(logits).max())
        artifact |= {"tolerance": float(f"{tolerance:.2g}"), "min_agreement": module.MIN_AGREEMENT}
        manifest["artifacts"].append(artifact)
    (new / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    shutil.rmtree(ARTIFACTS, ignore_errors=True)
    os.replace(new, ARTIFACTS)
    for artifact in manifest["artifacts"]:  # not before: `export | head -1` ends it at the second line
        print(f"{ARTIFACTS / artifact['file']}  {artifact['bytes'] / 1000:,.0f} kB")


def read(folder: Path) -> Manifest:
    """The manifest of a package."""
    path = folder / "manifest.json"
    try:
        manifest: Manifest = json.loads(path.read_text("utf-8"))
        formats = {artifact["format"] for artifact in manifest["artifacts"]}
        if manifest["schema"] == SCHEMA and formats and formats <= set(FORMATS):
            return manifest
        reason = f"schema {manifest['schema']} with {sorted(formats)}; this code reads {SCHEMA} with {list(FORMATS)}"
    except FileNotFoundError:
        raise SystemExit(f"There is no model package in {folder}. Make one first: export") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        reason = repr(error)
    raise SystemExit(f"{path} cannot be used: {reason}. Export again.")


def load(folder: Path, artifact: Manifest) -> Callable[[np.ndarray], np.ndarray]:
    """An artifact in its runtime: images [n, ...] in, logits [n, classes] out."""
    return FORMATS[artifact["format"]].load(whole(folder, artifact))


def whole(folder: Path, entry: Manifest) -> Path:
    """A file that the manifest lists; ValueError if it is missing or is not the one that was exported."""
    path = folder / entry["file"]
    if not path.exists():
        raise ValueError("the file is missing")
    if sha256(path) != entry["sha256"]:
        raise ValueError("its sha256 is not the manifest's")
    return path


def sha256(path: Path) -> str:
    """Of a file's bytes; of a folder, of its files' hashes and names."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    files = sorted(file for file in path.rglob("*") if file.is_file())
    lines = (f"{sha256(file)}  {file.relative_to(path).as_posix()}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
