"""torch.export: a whole program in one .pt2 file, for Python without this code, and AOTInductor."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..signature import Arrays, Signature

FILE = "model.pt2"
RUNTIME = "torch"
NEEDS_FRAMEWORK = True
QUANTISATION = None
TOLERANCE = 1e-4  # the largest difference, as a share of the largest output
MIN_AGREEMENT = 0.98


def export(model: Any, examples: Any, path: Path, signature: Signature) -> None:
    import torch

    free = tuple(
        {
            axis: torch.export.Dim(name, min=1, max=spec.longest if axis else None)
            for axis, name in spec.free.items()
        }
        for spec in signature.inputs
    )
    torch.export.save(torch.export.export(model, examples, dynamic_shapes=free), path)


def load(path: Path, signature: Signature) -> Callable[[Arrays], Arrays]:
    import torch

    # without it PyTorch falls back to pickle, which runs what a file tells it to
    os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = "1"
    model = torch.export.load(path).module()

    def run(inputs: Arrays) -> Arrays:
        tensors = [torch.from_numpy(inputs[spec.name]) for spec in signature.inputs]
        outputs = signature.name_outputs(model(*tensors))
        return {name: output.detach().numpy() for name, output in outputs.items()}

    return run
