"""torch.export: a whole program in one .pt2 file, for Python without this code, and for AOTInductor."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

FILE = "model.pt2"
RUNTIME = "torch"
QUANTISATION = None
TOLERANCE = 1e-4  # the largest difference, as a share of the largest logit
MIN_AGREEMENT = 0.98


def export(model: Any, images: Any, path: Path) -> None:
    import torch

    program = torch.export.export(model, (images,), dynamic_shapes=({0: torch.export.Dim("batch", min=1)},))
    torch.export.save(program, path)


def load(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    import torch

    os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = "1"  # or it falls back to pickle, which runs what a file tells it to
    model = torch.export.load(path).module()
    return lambda images: model(torch.from_numpy(images)).detach().numpy()
