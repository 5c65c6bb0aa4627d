"""How many CPUs this process may use: in a container often fewer than the machine has."""

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")


def count() -> int:
    """Return the CPUs of this process's affinity, or of a quota that its container has."""
    affinity = getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))  # of Linux
    return max(1, math.ceil(min([len(affinity(0)), *map(quota, groups("cpu"))])))


def groups(kind: str) -> Iterator[Path]:
    """Yield the control groups of this process, each a part of the next: of "cpu" or "memory"."""
    with suppress(OSError, ValueError):  # not Linux
        for line in Path("/proc/self/cgroup").read_text("utf-8").splitlines():
            _, kinds, path = line.split(":", 2)
            if kinds == "" or kind in kinds.split(","):  # version 2, or 1
                group = GROUPS / (kind if kinds else "") / path[1:]
                yield from (group, *group.parents)


def quota(group: Path) -> float:
    """Return how many CPUs a control group may use."""
    with suppress(OSError, ValueError):  # it has no quota, or "max"
        most, period = map(int, (group / "cpu.max").read_text("utf-8").split())
        return most / period
    with suppress(OSError):
        files = (group / f"cpu.cfs_{name}_us" for name in ("quota", "period"))
        most, period = (int(file.read_text("utf-8")) for file in files)
        return most / period if most > 0 else math.inf
    return math.inf
