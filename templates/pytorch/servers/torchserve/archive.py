"""Pack for TorchServe: `archive` writes the model package and its handler into one .mar file."""

from pathlib import Path

from model_archiver.model_archiver import ModelArchiver
from model_archiver.model_archiver_config import ModelArchiverConfig

from . import package


def main() -> None:
    """Write artifacts/NAME.mar, for TorchServe."""
    manifest = package.read(package.ARTIFACTS)
    try:
        files = [package.whole(package.ARTIFACTS, artifact) for artifact in manifest["artifacts"]]
    except ValueError as error:
        raise SystemExit(f"{package.ARTIFACTS} cannot be used: {error}. Export again.") from None
    ModelArchiver.generate_model_archive(
        ModelArchiverConfig(
            model_name=manifest["name"],
            version="1.0",
            handler=str(Path(__file__).with_name("handler.py")),
            extra_files=",".join(map(str, [package.ARTIFACTS / "manifest.json", *files])),
            export_path=str(package.ARTIFACTS),
            force=True,
        )
    )
    print(package.ARTIFACTS / f"{manifest['name']}.mar")
