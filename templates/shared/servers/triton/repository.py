"""Lay out for Triton: make the ONNX file the next version in a model repository."""

import shutil
from functools import partial
from pathlib import Path
from string import Template

from . import artifacts, runs, versions
from .signature import Spec
from .v2_client import DATATYPES

REPOSITORY = Path("tritonserver", "models")
TENSOR = Template('$side [ { name: "$name", data_type: TYPE_$kind, $dims } ]')
CONFIG = Template("""name: "$name"
backend: "onnxruntime"
max_batch_size: 256
$tensors
dynamic_batching { max_queue_delay_microseconds: 1000 }
version_policy { latest { num_versions: 2 } }
""")


def main() -> None:
    """Make the ONNX file of artifacts/ the next version in tritonserver/models/."""
    package = artifacts.read()
    source, signature = versions.source(package, "onnx"), package.task.signature
    tensors = [tensor("input", spec) for spec in signature.inputs]
    tensors += [tensor("output", spec) for spec in signature.outputs]
    name = package.manifest["name"]
    config = CONFIG.substitute(name=name, tensors="\n".join(tensors))
    model = REPOSITORY / name
    model.mkdir(parents=True, exist_ok=True)
    runs.write(model / "config.pbtxt", lambda new: new.write_text(config, "utf-8"))
    print(versions.add(model, partial(shutil.copy, source)))


def tensor(side: str, spec: Spec) -> str:
    """An input or output in Triton's words. The batch goes without saying; -1 is a free size."""
    kind = DATATYPES[spec.dtype]
    sizes = [-1 if isinstance(size, str) else size for size in spec.shape[1:]]
    dims = f"dims: {sizes}" if sizes else "dims: [1], reshape: { shape: [] }"
    return TENSOR.substitute(side=side, name=spec.name, kind=kind, dims=dims)
