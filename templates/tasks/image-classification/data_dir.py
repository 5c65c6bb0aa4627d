"""What --data-dir names: a folder with a sub-folder for each class, a folder of splits, or a CSV."""

import csv
import os
from collections import Counter
from collections.abc import Iterable
from functools import cache
from io import StringIO
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

import numpy as np
from PIL import Image
from tqdm import tqdm

from .errors import UserError
from .task import FORMATS, SUFFIXES, explain

SPLITS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
PATH, LABEL = ("path", "file", "filename", "image"), ("label", "class", "target")  # in a CSV
ENDS = {"JPEG": b"\xff\xd9", "MPO": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82", "GIF": b"\0;"}


class Row(NamedTuple):
    """A labelled image file."""

    name: str  # its path below the folder, as every system and locale would write it
    file: Path
    label: str
    split: str  # empty if the data does not say it


def find(root: Path) -> tuple[list[Row], list[str]]:
    """Return the images that a folder or a CSV names, and their classes."""
    if root.is_file():
        rows = read_csv(root)
        return rows, sorted({row.label for row in rows})
    if not root.is_dir():
        raise UserError(f"--data-dir: there is no folder or CSV {root}.")
    splits = {path: in_classes(path, SPLITS[path.name.lower()]) for path in split_folders(root)}
    if not splits:
        return in_classes(root)
    labels = sorted({label for _, each in splits.values() for label in each})
    for path, (_, each) in splits.items():
        if lacking := sorted(set(labels) - set(each)):
            raise UserError(f"{path} lacks classes of other splits: {', '.join(lacking[:5])}.")
    return [row for rows, _ in splits.values() for row in rows], labels


def split_folders(root: Path) -> list[Path]:
    """Return the folders that are splits. If there are images in train/ itself, it is a class."""
    folders = [path for path in sorted(root.glob("[!.]*/")) if path.name.lower() in SPLITS]
    train = [path for path in folders if path.name.lower() == "train"]
    inside = [any(map(is_image, path.glob("[!.]*"))) for path in train]
    below = [any(map(is_image, path.glob("[!.]*/[!.]*"))) for path in train]
    return folders if any(below) and not any(inside) else []


def in_classes(root: Path, split: str = "") -> tuple[list[Row], list[str]]:
    """Return the image files in root/CLASS, and the classes."""
    rows, labels = [], []
    for path in sorted(root.glob("[!.]*/"), key=plain_name):
        labels.append(plain_name(path))
        files = sorted((file for file in path.glob("[!.]*") if is_image(file)), key=plain_name)
        if not files and any(path.glob("[!.]*/")):
            found = f"{path} has no images, but folders of its own"
            raise UserError(f"{found}. If those are the classes, it is the --data-dir.")
        above = f"{plain_name(root)}/{labels[-1]}" if split else labels[-1]
        rows += [Row(f"{above}/{plain_name(file)}", file, labels[-1], split) for file in files]
    if len({row.name for row in rows}) < len(rows) or len(set(labels)) < len(labels):
        raise UserError(f"Two names in {root} differ in the form of their Unicode only.")
    return rows, labels


def show_passed_over(root: Path) -> None:
    kinds = Counter(
        "folders" if path.is_dir() else path.suffix.lower() or "without a suffix"
        for path in passed_over(root)
    )
    if kinds:
        listed = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
        print(f"passed over in {root}: {listed}")


def passed_over(root: Path) -> list[Path]:
    """Return what lies in a folder and is not used."""
    if splits := split_folders(root):
        beside = [path for path in root.glob("[!.]*") if path not in splits]
        return [*beside, *(path for split in splits for path in passed_over(split))]
    beside = [path for path in root.glob("[!.]*") if not path.is_dir()]
    return [*beside, *(path for path in root.glob("[!.]*/[!.]*") if not is_image(path))]


def read_csv(path: Path) -> list[Row]:
    """Return the rows of a CSV in the order of their names. Its paths begin at its folder."""
    header, *lines = cells(path)
    names = [cell.lower() for cell in header]
    image, label = (next(filter(names.__contains__, known), "") for known in (PATH, LABEL))
    if not image or not label:
        found = f"{path} has the columns {', '.join(header)}"
        raise UserError(f"{found}; it needs path and label, and can have split.")
    refuse(path, "rows unlike its header", (",".join(i) for i in lines if len(i) != len(header)))
    rows, base = [], Path(os.path.abspath(path.parent))
    for line in lines:
        cell = dict(zip(names, line, strict=True))
        file = Path(os.path.normpath(base / cell[image]))
        file = file.relative_to(base) if file.is_relative_to(base) else file
        split = SPLITS.get(cell["split"].lower(), "?") if "split" in cell else ""
        name, text = (normalize("NFC", each) for each in (file.as_posix(), cell[label]))
        rows.append(Row(name, path.parent / file, text, split))
    counts = Counter(row.name for row in rows)
    refuse(path, "rows without a label", (row.name for row in rows if not row.label))
    refuse(path, "rows without train, val or test", (r.name for r in rows if r.split == "?"))
    refuse(path, "files more than once", (name for name, count in counts.items() if count > 1))
    refuse(path, "files that do not exist", (r.name for r in rows if not r.file.is_file()))
    return sorted(rows)


def cells(path: Path) -> list[list[str]]:
    """Return the lines of a CSV, of which the first says what separates their cells."""
    try:
        text = path.read_text("utf-8").removeprefix("\ufeff")
        separator = max(",;\t", key=text.partition("\n")[0].count)
        lines = csv.reader(StringIO(text), delimiter=separator, skipinitialspace=True, strict=True)
        return [[cell.strip() for cell in line] for line in lines if line] or [["of nothing"]]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} cannot be read as a CSV in UTF-8: {error}") from None


def refuse(path: Path, what: str, which: Iterable[str]) -> None:
    """UserError if there are any."""
    if found := list(which):
        raise UserError(f"{path} has {what}: {len(found)}, the first is {found[0]}.")


def damaged(images: Iterable[np.ndarray | Path]) -> dict[int, str]:
    """Return which images are files that cannot be opened, and why."""
    slow = tqdm(images, "opening the images", leave=False, disable=None, delay=1)
    files = ((row, file, file.stat()) for row, file in enumerate(slow) if isinstance(file, Path))
    found = {row: damage(file, stat.st_size, stat.st_mtime_ns) for row, file, stat in files}
    return {row: why for row, why in found.items() if why}


@cache
def damage(file: Path, size: int, changed: int) -> str:
    """Return why a file cannot be opened, or nothing. To decode all would take as long as an epoch."""
    if not size:
        return "it is empty"
    try:
        with Image.open(file, formats=FORMATS) as image, file.open("rb") as content:
            content.seek(max(size - 64, 0))
            if not content.read().endswith(ENDS.get(image.format or "", b"")):
                image.load()  # it was cut short, or something follows
    except Exception as error:  # noqa: BLE001 - a damaged file may raise anything
        return explain(error)
    return ""


def is_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file()


def plain_name(path: Path) -> str:
    """Return a name as every system and locale would write it."""
    return normalize("NFC", os.fsencode(path.name).decode("utf-8", "backslashreplace"))
