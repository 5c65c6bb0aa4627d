"""The model package, artifacts/: what leaves the training environment, and all that is needed elsewhere.

manifest.json says what the model takes, gives and was measured at, and describes each artifact; golden.npz holds
images of the test split and the trained model's own answers to them.
"""

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
    """Exports every format to a new folder, which then takes the place of artifacts/.

    `about` begins the manifest; `examples` go through the model while it is converted; `layout` names the axes of the
    images (NCHW or NHWC), which become golden.npz with their logits.
    """
    new, old = ARTIFACTS.with_suffix(".new"), ARTIFACTS.with_suffix(".old")
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
        artifact["bytes"] = sum(file.stat().st_size for file in files(path))
        artifact |= {"runtime": module.RUNTIME, "batch": "dynamic", "quantisation": module.QUANTISATION}
        tolerance = module.TOLERANCE * float(np.abs(logits).max())
        artifact |= {"tolerance": float(f"{tolerance:.2g}"), "min_agreement": module.MIN_AGREEMENT}
        manifest["artifacts"].append(artifact)
        print(f"{ARTIFACTS / module.FILE}  {artifact['bytes'] / 1000:,.0f} kB")
    (new / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    shutil.rmtree(old, ignore_errors=True)
    if ARTIFACTS.exists():
        os.replace(ARTIFACTS, old)
    os.replace(new, ARTIFACTS)
    shutil.rmtree(old, ignore_errors=True)


def read(folder: Path) -> Manifest:
    """The manifest of a package."""
    path = folder / "manifest.json"
    try:
        manifest: Manifest = json.loads(path.read_text())
        schema, formats = manifest["schema"], [artifact["format"] for artifact in manifest.get("artifacts", [])]
    except FileNotFoundError:
        raise SystemExit(f"There is no model package in {folder}. Make one first: export") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise SystemExit(f"{path} is no manifest ({error!r}). Export again.") from None
    if schema != SCHEMA:
        raise SystemExit(f"{path} has schema {schema}; this code reads {SCHEMA}. Export again.")
    if not (formats and set(formats) <= set(FORMATS)):
        raise SystemExit(f"{path} has the formats {formats}; this code has {list(FORMATS)}. Export again.")
    return manifest


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
    lines = (f"{sha256(file)}  {file.relative_to(path).as_posix()}\n" for file in files(path))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def files(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
