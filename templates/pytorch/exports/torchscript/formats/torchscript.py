"""TorchScript: for LibTorch programs that exist already. New work uses torch.export."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..signature import Arrays, Signature

FILE = "model.ts"
RUNTIME = "torch"
NEEDS_FRAMEWORK = True
QUANTISATION = None
TOLERANCE = 1e-4  # the largest difference, as a share of the largest output
MIN_AGREEMENT = 0.98


def export(model: Any, examples: Any, path: Path, signature: Signature) -> None:
    import torch

    print("TorchScript is deprecated: torch.export (.pt2) replaces it, also without Python.")
    with warnings.catch_warnings(action="ignore"):  # of its end; `verify` finds what a trace lost
        torch.jit.freeze(torch.jit.trace(model, examples)).save(str(path))


def load(path: Path, signature: Signature) -> Callable[[Arrays], Arrays]:
    import torch

    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        model = torch.jit.load(str(path)).eval()

    def run(inputs: Arrays) -> Arrays:
        tensors = [torch.from_numpy(inputs[spec.name]) for spec in signature.inputs]
        outputs = signature.name_outputs(model(*tensors))
        return {name: output.detach().numpy() for name, output in outputs.items()}

    return run
