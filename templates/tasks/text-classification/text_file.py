"""What --data-dir names: a CSV, a JSONL or a Parquet file with texts and labels, or a folder of splits."""

import csv
import json
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from .errors import UserError

SPLITS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
MOST = 10**6  # characters of a text

Place = tuple[str, dict[str, Any]]  # where in a file, and what is there by columns


class Row(NamedTuple):
    """A labelled text."""

    text: str
    label: str
    split: str  # empty if the data does not say it


def find(root: Path) -> list[Row]:
    """Return the rows of a file, or of the files in a folder. UserError says what is wrong there."""
    if root.is_file():
        return rows_of(root)
    if not root.is_dir():
        raise UserError(f"--data-dir: there is no file or folder {root}.")
    paths = [path for path in sorted(root.iterdir()) if path.suffix in READERS]
    others = [path.name for path in paths if path.stem.lower() not in SPLITS]
    if others or not paths:
        found = f"has {others[0]}" if others else "has no such file"
        wanted = "a folder holds train, val and test, each a .csv, .jsonl or .parquet"
        raise UserError(f"{root} {found}; {wanted}. Or name a file.")
    splits = {path: SPLITS[path.stem.lower()] for path in paths}
    return [row._replace(split=splits[path]) for path in paths for row in rows_of(path)]


def rows_of(path: Path) -> list[Row]:
    if path.suffix not in READERS:
        raise UserError(f"{path} is none of {', '.join(READERS)}.")
    try:
        return [row(path, *place) for place in READERS[path.suffix](path)]
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not a text in UTF-8: {error}") from None


def row(path: Path, where: str, found: dict[str, Any]) -> Row:
    """Return what stands at a place. UserError says which place is wrong, and how."""
    if not {"text", "label"} <= found.keys():
        columns = ", ".join(map(str, found)) or "none"
        wanted = "needs columns called text and label; it can have split, too"
        raise UserError(f"{path} {wanted}. It has {columns}.")
    text, label, split = (found.get(name) for name in ("text", "label", "split"))
    label = str(label).strip() if isinstance(label, str | int) else ""
    faults = {
        "the text is not a text": not isinstance(text, str),
        "the text is empty": isinstance(text, str) and not text.strip(),
        f"the text has more than {MOST:,} characters": isinstance(text, str) and len(text) > MOST,
        "there is no label": not label,
        f"{split!r} is not train, val or test": "split" in found and split not in SPLITS,
    }
    for fault in filter(faults.get, faults):
        raise UserError(f"{path}, {where}: {fault}.")
    return Row(str(text).strip(), label, SPLITS.get(str(split), ""))


def text_of(path: Path) -> str:
    return path.read_text("utf-8").removeprefix("\ufeff")  # which Excel begins a file with


def read_csv(path: Path) -> Iterator[Place]:
    text = text_of(path)
    first = text.partition("\n")[0]
    csv.field_size_limit(2**31 - 1)  # or a long text would be refused in the words of the library
    lines = csv.DictReader(StringIO(text), delimiter=max(",;\t", key=first.count), strict=True)
    try:
        for cells in lines:
            where = f"line {lines.line_num}"
            if None in cells or None in cells.values():
                raise UserError(f"{path}, {where}: not as many cells as in the header.")
            yield where, cells
    except csv.Error as error:
        raise UserError(f"{path}, line {lines.line_num}: {error}.") from None


def read_jsonl(path: Path) -> Iterator[Place]:
    for number, line in enumerate(text_of(path).split("\n"), start=1):
        if line.strip():
            try:
                found = json.loads(line)
            except ValueError as error:
                raise UserError(f"{path}, line {number} is not JSON: {error}.") from None
            if not isinstance(found, dict):
                raise UserError(f"{path}, line {number} is not an object with text and label.")
            yield f"line {number}", found


def read_parquet(path: Path) -> Iterator[Place]:
    try:
        from pyarrow import ArrowInvalid, parquet
    except ModuleNotFoundError:
        raise UserError("Parquet needs `pip install pyarrow -c constraints.txt`.") from None
    try:
        table = parquet.read_table(path)
    except (ArrowInvalid, OSError) as error:
        raise UserError(f"{path} cannot be read as Parquet: {error}") from None
    for number, found in enumerate(table.to_pylist(), start=1):
        yield f"row {number}", found


READERS: dict[str, Callable[[Path], Iterator[Place]]] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".parquet": read_parquet,
}
