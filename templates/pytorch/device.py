"""Where a model is trained, and in which precision."""

from contextlib import AbstractContextManager

import torch

from .errors import UserError


def pick_device(name: str) -> torch.device:
    """Return the named device; for "auto" the accelerator, where there is one."""
    if name == "auto":
        found = torch.accelerator.current_accelerator(check_available=True)
        return found or torch.device("cpu")
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        reason = str(error).partition("\n")[0]
        raise UserError(f"--device {name} cannot be used here: {reason}") from None


def pick_precision(name: str, device: torch.device) -> AbstractContextManager:
    """Return the context of a forward pass; "auto" is bfloat16 on a GPU that has it."""
    bfloat16 = name == "bfloat16"
    if name == "auto":
        bfloat16 = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.autocast(device.type, torch.bfloat16, enabled=bfloat16)
