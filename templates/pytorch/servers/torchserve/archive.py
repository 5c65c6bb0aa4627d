"""Pack for TorchServe: write the model package and its handler into one .mar file."""

from pathlib import Path

from model_archiver.model_archiver import ModelArchiver
from model_archiver.model_archiver_config import ModelArchiverConfig

from . import artifacts


def main() -> None:
    """Write artifacts/NAME.mar, for TorchServe."""
    package = artifacts.read()
    name, folder = package.manifest["name"], package.folder
    files = [folder / "manifest.json", folder / "task.json"]
    files += [package.path(artifact) for artifact in package.manifest["artifacts"]]
    ModelArchiver.generate_model_archive(
        ModelArchiverConfig(
            model_name=name,
            version="1.0",
            handler=str(Path(__file__).with_name("handler.py")),
            extra_files=",".join(map(str, files)),
            export_path=str(folder),
            force=True,
        )
    )
    print(folder / f"{name}.mar")
