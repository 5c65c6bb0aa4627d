"""What --data-dir names: a folder with a sub-folder for each class, a folder of splits, or a CSV."""

import csv
import os
from collections import Counter
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

from PIL import Image
from tqdm import tqdm

from .errors import UserError
from .task import FORMATS, SUFFIXES, explain

SPLITS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
ENDS = {"JPEG": b"\xff\xd9", "MPO": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82", "GIF": b"\0;"}


class Row(NamedTuple):
    """A labelled image file."""

    name: str  # its path below the folder, as every system and locale would write it
    file: Path
    label: str
    split: str  # empty if the data does not say it


def find(root: Path) -> list[Row]:
    """Return the images that a folder or a CSV names. UserError says what is wrong with it."""
    if root.is_file():
        return read_csv(root)
    if not root.is_dir():
        raise UserError(f"--data-dir: there is no folder or CSV {root}.")
    splits = split_folders(root)
    in_splits = (in_classes(path, SPLITS[path.name.lower()]) for path in splits)
    return [row for rows in in_splits for row in rows] if splits else in_classes(root)


def split_folders(root: Path) -> list[Path]:
    """Return the folders that are splits. If there are images in train/ itself, it is a class."""
    folders = [path for path in sorted(root.glob("[!.]*/")) if path.name.lower() in SPLITS]
    train = [path for path in folders if path.name.lower() == "train"]
    inside, below = (
        any(is_image(file) for path in train for file in path.glob(pattern))
        for pattern in ("[!.]*", "[!.]*/[!.]*")
    )
    return folders if below and not inside else []


def in_classes(root: Path, split: str = "") -> list[Row]:
    """Return the image files in root/CLASS."""
    rows = []
    for path in sorted(root.glob("[!.]*/"), key=plain_name):
        label = plain_name(path)
        files = sorted((file for file in path.glob("[!.]*") if is_image(file)), key=plain_name)
        if not files and any(path.glob("[!.]*/")):
            found = f"{path} has no images, but folders of its own"
            raise UserError(f"{found}. If those are the classes, it is the --data-dir.")
        if not files:
            raise UserError(f"{path} has no images. If it is not a class, remove it.")
        above = f"{plain_name(root)}/{label}" if split else label
        rows += [Row(f"{above}/{plain_name(file)}", file, label, split) for file in files]
    if len({row.name for row in rows}) < len(rows):
        raise UserError(f"Two names in {root} differ in the form of their Unicode only.")
    return rows


def read_csv(path: Path) -> list[Row]:
    """Return the rows of a CSV, whose paths begin at its folder, in the order of their names."""
    rows: dict[str, Row] = {}
    try:
        text = path.read_text("utf-8").removeprefix("\ufeff")
        separator = max(",;\t", key=text.partition("\n")[0].count)
        lines = csv.DictReader(StringIO(text), delimiter=separator, strict=True)
        if not {"path", "label"} <= set(lines.fieldnames or ()):
            raise UserError(f"{path} needs columns called path and label; it can have split, too.")
        for line in lines:
            cells = (line.get(name) or "" for name in ("path", "label", "split"))
            file, label, split = (cell.strip() for cell in cells)
            name, target = normalize("NFC", Path(file).as_posix()), path.parent / file
            faults = {
                "not as many cells as in the header": None in line or None in line.values(),
                "no label": not label,
                f"{name} is there a second time": name in rows,
                f"there is no file {target}": not target.is_file(),
                f"{split!r} is not train, val or test": split not in SPLITS and "split" in line,
            }
            for fault in filter(faults.get, faults):
                raise UserError(f"{path}, line {lines.line_num}: {fault}.")
            rows[name] = Row(name, target, normalize("NFC", label), SPLITS.get(split, ""))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} cannot be read as a CSV in UTF-8: {error}") from None
    return sorted(rows.values())


def inspect(root: Path) -> None:
    """Print what lies in a folder and is not used. UserError if an image cannot be opened."""
    files = [row.file for row in find(root)]
    used = {path for file in files for path in (file, *file.parents)}
    beside = (path for path in root.rglob("[!.]*") if path not in used and path.parent in used)
    kinds = Counter(
        "folders" if path.is_dir() else path.suffix.lower() or "without a suffix" for path in beside
    )
    if kinds:
        listed = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
        print(f"passed over in {root}: {listed}")
    if found := damaged(files):
        print(*found, sep="\n")
        raise UserError(f"{len(found)} of {len(files)} images cannot be opened. Remove them.")


def damaged(files: Sequence[Path]) -> list[str]:
    """Return why files cannot be opened. To decode all would take as long as an epoch."""
    found = []
    for file in tqdm(files, "opening the images", leave=False, disable=None, delay=1):
        size = file.stat().st_size
        try:
            with Image.open(file, formats=FORMATS) as image, file.open("rb") as content:
                content.seek(max(size - 64, 0))
                if not content.read().endswith(ENDS.get(image.format or "", b"")):
                    image.load()  # it was cut short, or something follows
        except Exception as error:  # noqa: BLE001 - a damaged file may raise anything
            found.append(f"{file}: {explain(error) if size else 'it is empty'}")
    return found


def is_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file()


def plain_name(path: Path) -> str:
    """Return a name as every system and locale would write it."""
    return normalize("NFC", os.fsencode(path.name).decode("utf-8", "backslashreplace"))
