"""The model package, artifacts/: the exports, a manifest, and the trained model's own answers."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .errors import UserError
from .formats import FORMATS
from .signature import Arrays, Signature, to_rows
from .task import Task

ARTIFACTS = Path("artifacts")
SCHEMA = 3
GOLDEN_BYTES = 2**24
Manifest = dict[str, Any]


@dataclass(frozen=True)
class Package:
    """A model package that was read."""

    folder: Path
    manifest: Manifest
    task: Task

    def path(self, entry: Manifest) -> Path:
        """A file of the manifest. UserError if it is elsewhere, missing or was changed since."""
        return unchanged(self.folder, entry)

    def load(self, artifact: Manifest) -> Callable[[Arrays], Arrays]:
        """An artifact in its runtime: inputs in, outputs out."""
        path = self.path(artifact)
        try:
            return FORMATS[artifact["format"]].load(path, self.task.signature)
        except ModuleNotFoundError:
            raise
        except Exception as error:  # noqa: BLE001 - a runtime may raise anything
            reason = str(error).partition("\n")[0]
            raise UserError(f"{path} cannot be loaded ({reason}). Export again.") from None

    def golden(self) -> tuple[Arrays, Arrays]:
        """Some inputs of the test split, and the trained model's own outputs for them."""
        path, signature = self.path(self.manifest["golden"]), self.task.signature
        try:
            with np.load(path) as arrays:
                inputs = {spec.name: arrays[spec.name] for spec in signature.inputs}
                return inputs, {spec.name: arrays[spec.name] for spec in signature.outputs}
        except Exception as error:  # noqa: BLE001 - a damaged file may raise anything
            raise UserError(f"{path} cannot be used: {error}") from None


def read(folder: Path = ARTIFACTS) -> Package:
    """The package in a folder."""
    path = folder / "manifest.json"
    try:
        manifest = read_manifest(path)
        formats = {artifact["format"] for artifact in manifest["artifacts"]}
        if not formats or formats - FORMATS.keys():
            found = f"it has {', '.join(sorted(formats))}"
            raise ValueError(f"{found}; this code reads {', '.join(FORMATS)}")
        package = Package(folder, manifest, Task.load(folder / "task.json"))
    except FileNotFoundError:
        raise UserError(f"There is no model package in {folder}. Run `export` first.") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path} cannot be used ({error}). Export again.") from None
    package.path(manifest["task"])  # unchanged, too
    return package


def read_manifest(path: Path) -> Manifest:
    """Return a manifest that is as it was written. ValueError, KeyError or TypeError otherwise."""
    manifest: Manifest = json.loads(path.read_text("utf-8"))
    if manifest["schema"] != SCHEMA:
        raise ValueError(f"it has schema {manifest['schema']}; this code reads {SCHEMA}")
    if manifest["sha256"] != digest(manifest):
        raise ValueError("it was changed since the export")
    return manifest


def unchanged(folder: Path, entry: Manifest) -> Path:
    """Return a file of a manifest. UserError if it is elsewhere, missing or was changed since."""
    path = folder / entry["file"]
    if entry["file"] in ("", ".", "..") or path.name != entry["file"]:
        raise UserError(f"The manifest names {entry['file']}, which is not in {folder}.")
    if not path.exists():
        raise UserError(f"{path} is missing. Export again.")
    if sha256(path) != entry["sha256"]:
        raise UserError(f"{path} was changed since the export: see its sha256. Export again.")
    return path


def golden_rows(example: Arrays) -> int:
    """Return how many such rows golden.npz holds: 64, or fewer where they are large."""
    size = sum(array.nbytes for array in example.values())
    return max(1, min(64, GOLDEN_BYTES // size))


def write(about: Manifest, task: Task, model: Any, examples: Any, golden: Arrays) -> None:
    """Export every format to a new folder, whose files then take the place of the old ones.

    `about` begins the manifest; `examples` go through the model while it is converted; `golden`
    holds inputs, and the trained model's own outputs for them.
    """
    signature = task.signature
    new = ARTIFACTS / "new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    task.save(new / "task.json")
    np.savez(new / "golden.npz", allow_pickle=False, **golden)
    first = to_rows({spec.name: golden[spec.name][:1] for spec in signature.inputs})
    (new / "request.json").write_text(json.dumps({"instances": first}) + "\n", "utf-8")
    artifacts = [export(name, model, examples, new, signature, golden) for name in FORMATS]
    about = about | {"notes": task.notes}
    manifest = {"schema": SCHEMA, "name": __package__, **about, **asdict(signature)}
    files = {"task": entry(new / "task.json"), "golden": entry(new / "golden.npz")}
    manifest |= files | {"artifacts": artifacts}
    text = json.dumps(manifest | {"sha256": digest(manifest)}, indent=2)
    (new / "manifest.json").write_text(text + "\n", "utf-8")
    install(new)
    for artifact in artifacts:  # not before: `export | head -1` ends the program here
        print(f"{ARTIFACTS / artifact['file']}  {artifact['bytes'] / 1000:,.0f} kB")


def install(new: Path) -> None:
    """Move a new package to artifacts/, which may be a link or a mount: it stays what it is."""
    with suppress(OSError, KeyError, TypeError, ValueError):  # there is no old one, or not whole
        for artifact in read_manifest(ARTIFACTS / "manifest.json")["artifacts"]:
            with suppress(UserError):
                remove(unchanged(ARTIFACTS, artifact))
    for name in ("verify.json", "manifest.json"):  # a kill leaves no package, not half of each
        remove(ARTIFACTS / name)
    for path in sorted(new.iterdir(), key=lambda path: path.name == "manifest.json"):
        remove(ARTIFACTS / path.name)
        os.replace(path, ARTIFACTS / path.name)
    new.rmdir()


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def digest(manifest: Manifest) -> str:
    """The hash of a manifest, in which it is not counted itself."""
    others = {key: value for key, value in manifest.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(others, sort_keys=True).encode()).hexdigest()


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
