"""What a text becomes on its way to the model: tokens and a mask, or a sentence that says why it cannot."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from .conftest import Project

LONGEST = 40


@pytest.fixture(scope="module")
def task(texts: Project) -> Any:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(["ein Satz"], trainers.BpeTrainer(initial_alphabet=alphabet, show_progress=False))
    return texts("task").Task(("de", "fr"), tokenizer.to_str(), LONGEST)


@given(text=st.text(min_size=1).filter(lambda text: text.strip() and not text.strip().startswith("{")))
def test_any_text_can_be_read(task: Any, text: str) -> None:
    inputs = task.signature.fit(task.read(text.encode("utf-8", "replace")))
    assert inputs["ids"].shape == inputs["mask"].shape
    assert 1 <= inputs["mask"].sum() <= LONGEST


@given(text=st.text(min_size=1).filter(str.strip))
def test_json_gives_what_its_text_gives(task: Any, text: str) -> None:
    plain = "x" + text.encode("utf-8", "replace").decode().strip()
    read = task.read(json.dumps({"text": plain}).encode())
    assert np.array_equal(read["ids"], task.read(plain.encode())["ids"])


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (b"", "the text is empty"),
        (b"\xef\xbb\xbf \n", "the text is empty"),
        (b"caf\xe9", "UTF-8"),
        (b'{"words": "a"}', 'needs "text"'),
        (b'{"text": ["a", "b"]}', 'needs "text"'),
        (b'{"text": " "}', "the text is empty"),
    ],
)
def test_what_is_not_a_text_is_refused(texts: Project, task: Any, file: bytes, why: str) -> None:
    with pytest.raises(texts("errors").UserError, match=why):
        task.read(file)


@pytest.mark.parametrize("file", [b"{not JSON", b'{"a":' * 100_000])
def test_a_text_that_only_looks_like_json_is_a_text(task: Any, file: bytes) -> None:
    assert task.read(file)["mask"].sum() > 1


def test_ten_megabytes_are_read_as_fast_as_their_beginning(task: Any) -> None:
    assert task.read(b"word " * 2_000_000)["ids"].shape == (1, LONGEST)


def test_more_tokens_than_the_model_takes_are_refused(texts: Project, task: Any) -> None:
    longer = np.ones((1, LONGEST + 1), np.int64)
    with pytest.raises(texts("errors").UserError, match=f"the length is 41; the model takes up to {LONGEST}"):
        task.signature.fit({"ids": longer, "mask": longer})


@given(lengths=st.lists(st.integers(1, LONGEST), min_size=1, max_size=20))
def test_the_mask_says_which_tokens_are_the_texts(task: Any, lengths: list[int]) -> None:
    rows = [list(range(1, length + 1)) for length in lengths]
    filled = task.fill(rows)
    assert filled["ids"].shape == (len(rows), max(lengths))
    for row, ids, mask in zip(rows, filled["ids"], filled["mask"], strict=True):
        assert ids[mask == 1].tolist() == row
        assert not ids[mask == 0].any()
