"""TorchScript: for LibTorch programs that exist already. PyTorch deprecates it; new work uses torch.export."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

FILE = "model.ts"
RUNTIME = "torch"
QUANTISATION = None
TOLERANCE = 1e-4  # the largest difference, as a share of the largest logit
MIN_AGREEMENT = 0.98


def export(model: Any, images: Any, path: Path) -> None:
    import torch

    print("TorchScript is deprecated: torch.export (.pt2) replaces it, and AOTInductor runs that without Python.")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # said once, above
        torch.jit.freeze(torch.jit.trace(model, images)).save(str(path))


def load(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    import torch

    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        model = torch.jit.load(str(path)).eval()
    return lambda images: model(torch.from_numpy(images)).detach().numpy()
