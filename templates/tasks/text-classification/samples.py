"""Where the texts come from, sentences of Django's translations or --data-dir, and how they are split."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from . import fingerprints, text_file
from .config import Config
from .errors import UserError
from .fingerprints import Sources
from .signature import Arrays
from .task import Task

SHARES = {"test": 0.2, "val": 0.1}  # of each class; the rest is trained on
LANGUAGES = "cs da de es et fi fr hu it lt nl pl pt ro sv tr"


@dataclass(frozen=True)
class Samples:
    """Labelled texts."""

    texts: list[str]
    targets: np.ndarray  # int64 [n], indices into the labels
    labels: tuple[str, ...]
    names: list[str]
    groups: list[str]  # texts of a group are in one split
    splits: list[str] = field(default_factory=list)  # empty if the data does not say them

    def __len__(self) -> int:
        return len(self.targets)

    def some(self, rows: np.ndarray) -> "Samples":
        lists = (self.texts, self.names, self.groups, self.splits)
        some = ([each[row] for row in rows] if each else [] for each in lists)
        texts, names, groups, splits = some
        return Samples(texts, self.targets[rows], self.labels, names, groups, splits)

    def labelled_as(self, task: Task) -> Self:
        """Return them with targets that are indices into the labels of the task."""
        others = sorted(set(self.labels) - set(task.labels))
        if others:
            raise UserError(f"The model was not trained on these labels: {', '.join(others[:5])}.")
        known = {label: place for place, label in enumerate(task.labels)}
        places = np.array([known[label] for label in self.labels])
        return replace(self, targets=places[self.targets], labels=task.labels)

    def examples(self, count: int, task: Task) -> Arrays:
        """Return up to `count` texts from all over the split, as an exported model takes them."""
        rows = np.linspace(0, len(self) - 1, min(count, len(self))).astype(int)
        return task.fill([each.ids for each in task.encode([self.texts[row] for row in rows])])


def inspect(samples: Samples, config: Config) -> None:
    """Print what to know of the data before it is trained on. UserError if it cannot be."""
    if len(samples.labels) < 2:
        found = f"{config.data_dir} has one label, {samples.labels[0]}"
        raise UserError(f"{found}; it needs two or more.")
    counts = np.bincount(samples.targets, minlength=len(samples.labels))
    if counts.max() > 10 * counts.min() and config.class_weights == "none":
        ends = (f"{counts[i]} of {samples.labels[i]}" for i in (counts.argmax(), counts.argmin()))
        print(f"texts to train on: {' but '.join(ends)}; see --class-weights balanced")
    if config.data_dir and any((data := load_data(config)).splits):
        shares = Counter(split_of_each(data).tolist())
        listed = ", ".join(f"{shares[split]} {split}" for split in ("train", "val", "test"))
        drawn = [f"; {split} is drawn from train" for split in SHARES if split not in data.splits]
        print(f"splits as in {config.data_dir}: {listed}", *drawn, sep="")


def show_cut(samples: Samples, task: Task) -> None:
    """Print how many texts are longer than the model reads."""
    cut = sum(bool(each.overflowing) for each in task.encode(samples.texts))
    if cut:
        found = f"{cut} of {len(samples)} texts to train on are longer"
        print(f"{found} than {task.max_length} tokens: their beginning is read (--max-length)")


def class_weights(samples: Samples, config: Config) -> tuple[float, ...]:
    """Return what each class counts in the loss, on average 1 over the samples; or nothing."""
    if config.class_weights == "none":
        return ()
    counts = np.bincount(samples.targets, minlength=len(samples.labels))
    return tuple((len(samples) / len(counts) / counts).tolist())


def load_samples(split: str, config: Config) -> Samples:
    """Return the samples of "train", "val" or "test": the same on every call and machine."""
    data = load_data(config)
    return data.some(np.flatnonzero(split_of_each(data) == split))


def load_unseen(root: Path, trained_on: set[str]) -> Samples:
    """Return other texts, or their test split; those whose SHA-256 is given are left out."""
    data = read(root)
    if "test" in data.splits:
        print(f"only the test split of {root}")
        data = data.some(np.flatnonzero(np.array(data.splits) == "test"))
    new = [fingerprints.sha256(content(text)) not in trained_on for text in data.texts]
    if not any(new):
        raise UserError(f"{root} has no texts that the model was not trained on.")
    return data.some(np.flatnonzero(new))


def sources(config: Config) -> Sources:
    """Return the split and the content of each sample by its name: a run remembers them."""
    data = load_data(config)
    rows = zip(split_of_each(data).tolist(), map(content, data.texts), strict=True)
    return dict(zip(data.names, rows, strict=True))


def content(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), np.uint8)


def split_of_each(data: Samples) -> np.ndarray:
    """Return the split of each sample. It follows from its group: new samples move no old one.

    Splits that the data has are kept. What it lacks is drawn from its train.
    """
    splits = np.array([split or "train" for split in data.splits or [""] * len(data)], "<U5")
    drawn = {split: share for split, share in SHARES.items() if split not in data.splits}
    hashes = (hashlib.sha256(group.encode()).digest()[:4] for group in data.groups)
    share = np.array([int.from_bytes(each) for each in hashes]) / 2**32
    rows = np.flatnonzero(splits == "train")
    low = 0.0
    for split, part in drawn.items():
        splits[rows[(share[rows] >= low) & (share[rows] < low + part)]] = split
        low += part
    for split in ("train", *drawn):
        found = np.bincount(data.targets[splits == split], minlength=len(data.labels))
        if not found.all():
            label = data.labels[found.argmin()]
            count = np.sum(data.targets == found.argmin())
            raise UserError(f"{label} has {count} texts, and none of them is in {split}: add some.")
    return splits


def load_data(config: Config) -> Samples:
    return read(config.data_dir) if config.data_dir else sentences()


def read(root: Path) -> Samples:
    """Return the texts that --data-dir names. What is there twice is in one split."""
    rows = text_file.find(root)
    labels, targets = np.unique([row.label for row in rows], return_inverse=True)
    texts, splits = [row.text for row in rows], [row.split for row in rows]
    seen, names = Counter[str](), []
    for text in texts:
        name = hashlib.sha256(text.encode()).hexdigest()[:16]
        names.append(f"{name} {seen[name]}" if seen[name] else name)
        seen[name] += 1
    return Samples(texts, targets, tuple(labels.tolist()), names, texts, splits)


def sentences() -> Samples:
    """Sentences of Django's own interface in 16 languages, each with its language."""
    import gettext

    import django

    known, found = tuple(LANGUAGES.split()), {}
    for folder in sorted(Path(django.__file__).parent.glob("**/locale")):
        for language in known:
            file = folder / language / "LC_MESSAGES" / "django.mo"
            if file.exists():
                for message, text in messages(gettext.GNUTranslations(file.open("rb"))):
                    found[text, language] = message
    texts, languages = zip(*found, strict=True)
    targets = np.array([known.index(language) for language in languages])
    names = [f"{language} {message}" for (_, language), message in found.items()]
    return Samples(list(texts), targets, known, names, list(found.values()))


def messages(translations: Any) -> Iterator[tuple[str, str]]:
    """Yield each sentence of a catalogue, and the message that it translates."""
    for message, text in translations._catalog.items():
        if isinstance(message, str) and message and len(text) >= 20 and "\n" not in text:
            yield message, text
