"""Words, and whether the two of a pair have the same letters in another order."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .config import Config
from .errors import UserError
from .fingerprints import Sources
from .signature import Arrays
from .task import Task

ALPHABET = "abcdefgh"


@dataclass(frozen=True)
class Samples:
    pairs: list[tuple[str, str]]  # of equal lengths
    targets: np.ndarray  # float32 [n], 1 for the same letters and -1 for others

    def __len__(self) -> int:
        return len(self.targets)

    def examples(self, count: int, task: Task) -> Arrays:
        return {"letters": np.array([task.numbers(word) for word, _ in self.pairs[:count]])}


def load_samples(split: str, config: Config) -> Samples:
    rng = np.random.default_rng(("train", "val", "test").index(split))
    n = 512 if split == "train" else 128
    pairs, targets = [], np.where(np.arange(n) % 2, 1, -1).astype(np.float32)
    for target in targets:
        word = rng.choice(list(ALPHABET), 6)
        other = rng.permutation(word) if target == 1 else rng.choice(list(ALPHABET), 6)
        pairs.append(("".join(word), "".join(other)))
    return Samples(pairs, targets)


def load_unseen(root: Path, trained_on: set[str]) -> Samples:
    raise UserError(f"{root}: the words are made up, and are not read from a folder.")


def sources(config: Config) -> Sources:
    splits = {split: load_samples(split, config) for split in ("train", "val", "test")}
    return {
        f"{split} {row}": (split, np.array(pair))
        for split, samples in splits.items()
        for row, pair in enumerate(samples.pairs)
    }
