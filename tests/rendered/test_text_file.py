"""Texts with labels are read from each kind of file alike, and what is wrong there is named with its place."""

import csv
import json
from collections.abc import Callable, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .conftest import Project

ROWS = [
    {"text": "Ein Satz, mit Komma", "label": "de"},
    {"text": 'Une phrase "entre guillemets"', "label": "fr"},
    {"text": "Zwei\nZeilen", "label": "de"},
]
Find = Callable[[Path], list[Any]]


@pytest.fixture
def find(texts: Project) -> Find:
    return texts("text_file").find


def as_csv(rows: Sequence[dict[str, Any]], separator: str = ",") -> bytes:
    file = StringIO(newline="")
    writer = csv.DictWriter(file, list(rows[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def as_jsonl(rows: Sequence[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


KINDS: dict[str, Callable[[Sequence[dict[str, Any]]], bytes]] = {
    "a.csv": as_csv,
    "semicolons.csv": lambda rows: as_csv(rows, ";"),
    "a.tsv": lambda rows: as_csv(rows, "\t"),
    "of excel.csv": lambda rows: b"\xef\xbb\xbf" + as_csv(rows, ";"),
    "a.jsonl": as_jsonl,
    "a.ndjson": as_jsonl,
}


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_file_gives_the_same_rows(find: Find, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(KINDS[name](ROWS))
    assert [row[:2] for row in find(tmp_path / name)] == [(row["text"], row["label"]) for row in ROWS]


def test_parquet_gives_the_same_rows(find: Find, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="needs pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), tmp_path / "a.parquet")
    assert [row[:2] for row in find(tmp_path / "a.parquet")] == [(row["text"], row["label"]) for row in ROWS]


def test_a_folder_holds_a_file_for_each_split(find: Find, tmp_path: Path) -> None:
    for name, rows in (("train.csv", ROWS), ("validation.jsonl", ROWS[:1]), ("test.tsv", ROWS[1:2])):
        (tmp_path / name).write_bytes(KINDS[f"a{Path(name).suffix}"](rows))
    assert sorted(row.split for row in find(tmp_path)) == ["test", "train", "train", "train", "val"]


@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "text": st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip),
                "label": st.text("abc", min_size=1),
            }
        ),
        min_size=1,
        max_size=20,
    ),
    kind=st.sampled_from(sorted(KINDS)),
)
def test_any_texts_come_back(
    find: Find, tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]], kind: str
) -> None:
    file = tmp_path_factory.mktemp("any") / kind
    file.write_bytes(KINDS[kind](rows))
    assert [row[:2] for row in find(file)] == [(row["text"].strip(), row["label"]) for row in rows]


LINES = [*as_jsonl([{"text": f"text {i}", "label": "a"} for i in range(1100)]).splitlines()]
WRONG = {
    "no columns": ("a.csv", b"sentence,label\nHallo,de\n", "needs columns called text and label"),
    "a wrong encoding": ("a.csv", "text,label\nGrüße,de\n".encode("latin-1"), "is not a text in UTF-8"),
    "an empty text": ("a.csv", b"text,label\nHallo,de\n  ,de\n", "line 3: the text is empty."),
    "no label": ("a.jsonl", b'{"text": "Hallo", "label": null}\n', "line 1: there is no label."),
    "a number as text": ("a.jsonl", b'{"text": 5, "label": "a"}\n', "line 1: the text is not a text."),
    "10 MB of text": ("a.csv", b"text,label\n" + b"a" * 10**7 + b",de\n", "has more than 1,000,000 characters."),
    "a broken line": ("a.jsonl", b"\n".join([*LINES[:1016], b'{"text": ', *LINES[1017:]]), "line 1017 is not JSON"),
    "a list": ("a.jsonl", b"[1, 2]\n", "line 1 is not an object"),
    "too few cells": ("a.csv", b"text,label\nHallo\n", "line 2: not as many cells as in the header."),
    "an unknown split": ("a.csv", b"text,label,split\nHallo,de,dev\n", "line 2: 'dev' is not train, val or test."),
    "another kind of file": ("a.xlsx", b"", "is none of .csv, .tsv, .jsonl, .ndjson, .parquet."),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_one_sentence_with_its_place(find: Find, texts: Project, tmp_path: Path, name: str) -> None:
    file, content, said = WRONG[name]
    (tmp_path / file).write_bytes(content)
    with pytest.raises(texts("errors").UserError) as refused:
        find(tmp_path / file)
    assert str(refused.value).startswith(str(tmp_path / file))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("files", "said"), [([], "has no such file"), (["all.csv"], "has all.csv")])
def test_a_folder_of_other_files_is_refused(
    find: Find, texts: Project, tmp_path: Path, files: list[str], said: str
) -> None:
    for name in files:
        (tmp_path / name).write_bytes(as_csv(ROWS))
    with pytest.raises(texts("errors").UserError, match=said):
        find(tmp_path)
