"""Ask Triton, KServe or another server that speaks the Open Inference Protocol, version 2."""

import numpy as np

from .client import ask
from .signature import Arrays

DATATYPES = {
    f"{kind}{bits}": f"{word}{bits}"
    for kind, word in (("float", "FP"), ("int", "INT"), ("uint", "UINT"))
    for bits in (8, 16, 32, 64)
}
"""What the protocol calls NumPy's dtypes."""
LOCAL = f"http://127.0.0.1:8000/v2/models/{__package__}"


def predict(inputs: Arrays, model: str = LOCAL, token: str = "") -> Arrays:
    """Return the model's outputs by their names, for a batch of inputs by theirs.

    Triton knows no rows without an axis: such inputs are sent, and outputs come, as [batch, 1].
    """
    tensors = []
    for name, array in inputs.items():
        tensor = {
            "name": name,
            "datatype": DATATYPES[array.dtype.name],
            "shape": [*array.shape, 1][: max(2, array.ndim)],
        }
        tensors.append(tensor | {"data": array.ravel().tolist()})
    outputs = ask(f"{model}/infer", {"inputs": tensors}, token)["outputs"]
    dtypes = {datatype: dtype for dtype, datatype in DATATYPES.items()}
    return {
        each["name"]: np.array(each["data"], dtypes[each["datatype"]]).reshape(each["shape"])
        for each in outputs
    }
