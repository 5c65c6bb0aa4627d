"""Lay out for Triton: `repository` makes the ONNX file the next version in a model repository."""

import json
import shutil
from functools import partial
from pathlib import Path
from string import Template

from . import package, versions
from .config import write

REPOSITORY = Path("tritonserver", "models")
CONFIG = Template("""name: "$name"
backend: "onnxruntime"
max_batch_size: 256
input [ { name: "images", data_type: TYPE_FP32, dims: $images } ]
output [ { name: "logits", data_type: TYPE_FP32, dims: $logits } ]
dynamic_batching { max_queue_delay_microseconds: 1000 }
version_policy { latest { num_versions: 2 } }
""")


def main() -> None:
    """Make the ONNX file of artifacts/ the next version in tritonserver/models/."""
    manifest = package.read(package.ARTIFACTS)
    artifacts = {artifact["format"]: artifact for artifact in manifest["artifacts"]}
    if "onnx" not in artifacts:
        raise SystemExit(f"There is no onnx in {package.ARTIFACTS}. Export again.")
    try:
        source = package.whole(package.ARTIFACTS, artifacts["onnx"])
    except ValueError as error:
        raise SystemExit(f"{package.ARTIFACTS} cannot be used: {error}. Export again.") from None
    images, logits = (json.dumps(manifest[side][0]["shape"][1:]) for side in ("inputs", "outputs"))
    config = CONFIG.substitute(name=manifest["name"], images=images, logits=logits)
    model = REPOSITORY / manifest["name"]
    model.mkdir(parents=True, exist_ok=True)
    write(model / "config.pbtxt", lambda new: new.write_text(config, "utf-8"))
    print(versions.add(model, partial(shutil.copy, source)))
