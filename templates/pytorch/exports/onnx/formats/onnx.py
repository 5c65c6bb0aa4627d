"""ONNX: for ONNX Runtime, on every platform and from every language."""

import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import cpus
from ..signature import Arrays, Signature

FILE = "model.onnx"
RUNTIME = "onnxruntime"
NEEDS_FRAMEWORK = False
SMALL = 2**22  # bytes of a model that one thread runs
QUANTISATION = None
TOLERANCE = 1e-4  # the largest difference, as a share of the largest output
MIN_AGREEMENT = 0.98


def export(model: Any, examples: Any, path: Path, signature: Signature) -> None:
    import torch

    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it misses torchvision
    with warnings.catch_warnings(action="ignore"):  # about names of PyTorch's own, and of axes
        torch.onnx.export(
            model,
            examples,
            path,
            dynamo=True,
            external_data=False,
            verbose=False,
            input_names=[spec.name for spec in signature.inputs],
            output_names=[spec.name for spec in signature.outputs],
            dynamic_shapes=tuple(
                {axis: torch.export.Dim(name, min=1) for axis, name in spec.free.items()}
                for spec in signature.inputs
            ),
        )


def load(path: Path, signature: Signature) -> Callable[[Arrays], Arrays]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # waking threads takes longer than a row of a small model; spinning ones take CPUs from others
    options.intra_op_num_threads = cpus.count() if path.stat().st_size > SMALL else 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    outputs = [spec.name for spec in signature.outputs]
    return lambda inputs: dict(zip(outputs, session.run(outputs, inputs), strict=True))
