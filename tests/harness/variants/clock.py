"""A run that is cut off proves nothing: late in it no row is started, and the next run begins with those left out."""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.harness.variants.model import Variant

BEGAN, MINUTES = "FWNEW_BEGAN", 70
"""The variable with the second at which the whole run began, and how long it may start rows after that."""


@dataclass(frozen=True)
class Clock:
    """Since when the whole run is on its way, if anybody said so, and where it keeps what it left out."""

    began: float | None
    place: Path

    @classmethod
    def of_this_run(cls) -> "Clock":
        began = os.environ.get(BEGAN)
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return cls(float(began) if began else None, cache / "fwnew-rows" / "left-out.json")

    def is_late(self) -> bool:
        return self.began is not None and time.time() - self.began > MINUTES * 60

    def first_those_left_out(self, rows: Sequence[Variant]) -> list[Variant]:
        """The same rows in another order, where rows are left out at all."""
        try:
            left_out = json.loads(self.place.read_text("utf-8")) if self.began is not None else []
        except (OSError, ValueError):
            left_out = []
        return sorted(rows, key=lambda row: row.id not in left_out)

    def leave_out(self, ids: Sequence[str]) -> None:
        """Remember them, or forget them once all rows were run."""
        if self.began is not None:
            self.place.parent.mkdir(parents=True, exist_ok=True)
            self.place.write_text(json.dumps(ids), "utf-8")
