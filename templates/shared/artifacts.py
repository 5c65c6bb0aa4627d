"""The model package, artifacts/: the exports, a manifest, and the trained model's own answers."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .errors import UserError
from .formats import FORMATS
from .signature import Arrays, Signature, to_rows
from .task import Task

ARTIFACTS = Path("artifacts")
SCHEMA = 2
GOLDEN_BYTES = 2**24
Manifest = dict[str, Any]


@dataclass(frozen=True)
class Package:
    """A model package that was read."""

    folder: Path
    manifest: Manifest
    task: Task

    def path(self, entry: Manifest) -> Path:
        """A file of the manifest. UserError if it is missing or was changed since."""
        path = self.folder / entry["file"]
        if not path.exists():
            raise UserError(f"{path} is missing. Export again.")
        if sha256(path) != entry["sha256"]:
            raise UserError(f"{path} was changed since the export: see its sha256. Export again.")
        return path

    def load(self, artifact: Manifest) -> Callable[[Arrays], Arrays]:
        """An artifact in its runtime: inputs in, outputs out."""
        return FORMATS[artifact["format"]].load(self.path(artifact), self.task.signature)

    def golden(self) -> tuple[Arrays, Arrays]:
        """Some inputs of the test split, and the trained model's own outputs for them."""
        path, signature = self.path(self.manifest["golden"]), self.task.signature
        with np.load(path) as arrays:
            inputs = {spec.name: arrays[spec.name] for spec in signature.inputs}
            return inputs, {spec.name: arrays[spec.name] for spec in signature.outputs}


def read(folder: Path = ARTIFACTS) -> Package:
    """The package in a folder."""
    path = folder / "manifest.json"
    try:
        manifest: Manifest = json.loads(path.read_text("utf-8"))
        formats = {artifact["format"] for artifact in manifest["artifacts"]}
        if manifest["schema"] != SCHEMA or not formats or formats - FORMATS.keys():
            found = f"schema {manifest['schema']} with {', '.join(sorted(formats))}"
            raise ValueError(f"it has {found}; this code reads {SCHEMA} with {', '.join(FORMATS)}")
        package = Package(folder, manifest, Task.load(folder / "task.json"))
    except FileNotFoundError:
        raise UserError(f"There is no model package in {folder}. Run `export` first.") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path} cannot be used ({error}). Export again.") from None
    package.path(manifest["task"])  # unchanged, too
    return package


def golden_rows(example: Arrays) -> int:
    """Return how many such rows golden.npz holds: 64, or fewer where they are large."""
    size = sum(array.nbytes for array in example.values())
    return max(1, min(64, GOLDEN_BYTES // size))


def write(about: Manifest, task: Task, model: Any, examples: Any, golden: Arrays) -> None:
    """Export every format to a new folder, which then takes the place of artifacts/.

    `about` begins the manifest; `examples` go through the model while it is converted; `golden`
    holds inputs, and the trained model's own outputs for them.
    """
    signature = task.signature
    new = ARTIFACTS.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    task.save(new / "task.json")
    np.savez(new / "golden.npz", allow_pickle=False, **golden)
    first = to_rows({spec.name: golden[spec.name][:1] for spec in signature.inputs})
    (new / "request.json").write_text(json.dumps({"instances": first}) + "\n", "utf-8")
    artifacts = [export(name, model, examples, new, signature, golden) for name in FORMATS]
    manifest = {"schema": SCHEMA, "name": __package__, **about, **asdict(signature)}
    files = {"task": entry(new / "task.json"), "golden": entry(new / "golden.npz")}
    text = json.dumps(manifest | files | {"artifacts": artifacts}, indent=2)
    (new / "manifest.json").write_text(text + "\n", "utf-8")
    shutil.rmtree(ARTIFACTS, ignore_errors=True)
    os.replace(new, ARTIFACTS)
    for artifact in artifacts:  # not before: `export | head -1` ends the program here
        print(f"{ARTIFACTS / artifact['file']}  {artifact['bytes'] / 1000:,.0f} kB")


def export(
    name: str, model: Any, examples: Any, folder: Path, signature: Signature, golden: Arrays
) -> Manifest:
    """Export one format, and return what the manifest says of it."""
    module = FORMATS[name]
    path = folder / module.FILE
    module.export(model, examples, path, signature)
    tolerance = {
        spec.name: float(f"{module.TOLERANCE * np.abs(golden[spec.name]).max():.2g}")
        for spec in signature.outputs
    }
    about = {"runtime": module.RUNTIME, "batch": "dynamic", "quantisation": module.QUANTISATION}
    needs = {"tolerance": tolerance, "min_agreement": module.MIN_AGREEMENT}
    return {"format": name, **entry(path), **about, **needs}


def entry(path: Path) -> Manifest:
    """What a manifest says of a file or a folder."""
    files = [file for file in (path, *path.rglob("*")) if file.is_file()]
    size = sum(file.stat().st_size for file in files)
    return {"file": path.name, "sha256": sha256(path), "bytes": size}


def sha256(path: Path) -> str:
    """The hash of a file's bytes; of a folder, the hash of its files' hashes and names."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    files = sorted(file for file in path.rglob("*") if file.is_file())
    lines = (f"{sha256(file)}  {file.relative_to(path).as_posix()}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
