"""Where a model is trained, in which precision, and by how many threads."""

from contextlib import AbstractContextManager

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from .config import Config
from .errors import UserError
from .samples import Samples
from .task import Task

THREADS = torch.get_num_threads()
WORTH_IT = 10**9  # operations of a forward pass; below, threads wait for each other too often


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


@torch.inference_mode()
def limit_threads(model: nn.Module, samples: Samples, task: Task, config: Config) -> None:
    """Train a small model by one thread: beside other processes, several would be far slower."""
    device = next(model.parameters()).device
    row = samples.examples(1, task)
    model.eval()
    with FlopCounterMode(display=False) as counter:
        model(*(torch.from_numpy(row[spec.name]).to(device) for spec in task.signature.inputs))
    small = counter.get_total_flops() * config.batch_size < WORTH_IT
    torch.set_num_threads(1 if small else THREADS)
