"""Whether a step fits into memory: a program that takes too much is killed without a word."""

import os
from contextlib import suppress

from . import cpus
from .config import Config
from .errors import UserError


def check(kept: int, config: Config) -> None:
    """UserError if a step needs more memory than there is.

    `kept` is the bytes that the network keeps of an image, from its forward pass to its gradients. A
    step takes more than that, so none is refused that would have fitted.
    """
    needed, most = kept * config.batch_size, total()
    if config.head_epochs < config.epochs and needed > most:
        takes = f"A step with {config.batch_size} images takes over {needed / 1e9:,.1f} GB"
        # two thirds are for the weights, the images, and what is needed for a moment only
        fits = int(most / 3 / kept)
        advice = f"--batch-size {fits}" if fits else "a smaller --image-size"
        raise UserError(f"{takes}, and there are {most / 1e9:,.1f} GB of memory. Try {advice}.")


def total() -> float:
    """Return the bytes of memory of this machine, or of a limit that its container has."""
    limits = [float("inf")]
    with suppress(AttributeError, ValueError):  # Windows does not tell
        limits.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    for group in cpus.groups("memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):  # version 2, or 1
            with suppress(OSError, ValueError):  # it has no limit, or "max"
                limits.append(int((group / name).read_text("utf-8")))
    return min(limits)
