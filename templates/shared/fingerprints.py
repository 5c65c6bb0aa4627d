"""samples.csv in the folder of a run: the samples that it was begun with, each with its split."""

import csv
import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

Content = Path | np.ndarray
"""A sample: the file that has it, or an array."""

Sources = dict[str, tuple[str, Content]]
"""The split and the content of each sample, by its name."""


class Fingerprint(NamedTuple):
    split: str
    size: int  # bytes
    changed: int  # of a file: the time in nanoseconds
    inode: int  # of a file: two that change places differ in nothing else
    sha256: str


Fingerprints = dict[str, Fingerprint]


def take(sources: Sources, known: Fingerprints) -> Fingerprints:
    """Return those of all samples. A file of a known size, time and inode is not read again."""
    found = {}
    slow = tqdm(sources.items(), "looking at the samples", leave=False, disable=None, delay=1)
    for name, (split, content) in slow:
        if isinstance(content, Path):
            stat, old = content.stat(), known.get(name)
            state = (stat.st_size, stat.st_mtime_ns, stat.st_ino)
            digest = old.sha256 if old and old[1:4] == state else sha256(content)
        else:
            state, digest = (content.nbytes, 0, 0), sha256(content)
        found[name] = Fingerprint(split, *state, digest)
    return found


def sha256(content: Content) -> str:
    data = content.read_bytes() if isinstance(content, Path) else content.tobytes()
    return hashlib.sha256(data).hexdigest()


def differences(known: Fingerprints, found: Fingerprints) -> str:
    """Return how many samples are new, missing or changed, with an example of each."""
    both = known.keys() & found.keys()
    now, then = ({n: (each[n].split, each[n].sha256) for n in both} for each in (found, known))
    kinds = {
        "new": found.keys() - both,
        "missing": known.keys() - both,
        "changed": {name for name in both if now[name] != then[name]},
    }
    some = {kind: names for kind, names in kinds.items() if names}
    return ", ".join(f"{len(names)} {kind} ({min(names)})" for kind, names in some.items())


def show_twins(found: Fingerprints) -> None:
    """Print how many samples are, byte for byte, in more than one split."""
    by_content: dict[str, dict[str, str]] = {}  # of each content, a name in each split
    for name, (split, *_, digest) in found.items():
        by_content.setdefault(digest, {}).setdefault(split, name)
    twins = [names for names in by_content.values() if len(names) > 1]
    if twins:
        named = " and ".join(f"{name} ({split})" for split, name in sorted(twins[0].items()))
        print(f"samples in more than one split: {len(twins)}, such as {named};")
        print("the metrics will look better than they are")


def save(path: Path, fingerprints: Fingerprints) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(("name", *Fingerprint._fields))
        csv.writer(file).writerows((name, *each) for name, each in fingerprints.items())


def load(path: Path) -> Fingerprints:
    with path.open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    return {
        name: Fingerprint(split, int(size), int(changed), int(inode), digest)
        for name, split, size, changed, inode, digest in rows
    }
