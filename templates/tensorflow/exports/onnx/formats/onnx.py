"""ONNX: for ONNX Runtime, on every platform and from every language."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .. import cpus
from ..signature import Arrays, Signature

FILE = "model.onnx"
RUNTIME = "onnxruntime"
NEEDS_FRAMEWORK = False
SMALL = 2**22  # bytes of a model that one thread runs
QUANTISATION = None
TOLERANCE = 1e-4  # the largest difference, as a share of the largest output
MIN_AGREEMENT = 0.98


def export(model: Any, examples: Arrays, path: Path, signature: Signature) -> None:
    add_gelu()
    with warnings.catch_warnings(action="ignore", category=FutureWarning):  # of Keras' own making
        model.export(path, format="onnx", verbose=False)


def add_gelu() -> None:
    """Give tf2onnx the operation of GELU that it lacks: Erfc is 1 - Erf."""
    from tf2onnx.handler import tf_op

    class Erfc:
        @classmethod
        def version_9(cls, graph: Any, node: Any, **_: Any) -> None:
            one = graph.make_const(f"{node.name}_one", np.ones((), np.float32))
            node.type = "Erf"
            less = graph.insert_new_node_on_output("Sub", node.output[0])
            graph.replace_inputs(less, [one.output[0], node.output[0]])

    tf_op("Erfc")(Erfc)


def load(path: Path, signature: Signature) -> Callable[[Arrays], Arrays]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # waking threads takes longer than a row of a small model; spinning ones take CPUs from others
    options.intra_op_num_threads = cpus.count() if path.stat().st_size > SMALL else 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    outputs = [spec.name for spec in signature.outputs]
    return lambda inputs: dict(zip(outputs, session.run(outputs, inputs), strict=True))
