"""Batches of texts: each text once, those of about the same length together, and of each a random part."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from .conftest import Project

LENGTHS = st.lists(st.integers(1, 128), min_size=1, max_size=500)


@given(lengths=LENGTHS, size=st.integers(1, 64), seed=st.none() | st.integers(0, 9))
def test_each_text_is_in_one_batch(texts: Project, lengths: list[int], size: int, seed: int | None) -> None:
    rng = None if seed is None else np.random.default_rng(seed)
    batches = texts("batching").alike(np.array(lengths), size, rng)
    assert sorted(np.concatenate(batches)) == list(range(len(lengths)))
    assert len(batches) == -(-len(lengths) // size)
    assert max(map(len, batches)) <= size


def test_little_is_filled_and_the_order_is_drawn(texts: Project) -> None:
    lengths = np.random.default_rng(0).integers(1, 129, 5000)
    in_batches = texts("batching").alike
    first, same, other = (in_batches(lengths, 32, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert all(np.array_equal(*pair) for pair in zip(first, same, strict=True))
    assert not np.array_equal(first[0], other[0])
    filled = sum(lengths[rows].max() * len(rows) for rows in first)
    assert lengths.sum() / filled > 0.9


@given(
    words=st.lists(st.text("abc", min_size=1), min_size=1, max_size=50),
    least=st.floats(0.01, 1),
    seed=st.integers(0, 99),
)
def test_a_part_of_a_text_is_words_that_follow_each_other(
    texts: Project, words: list[str], least: float, seed: int
) -> None:
    found = texts("augment").part(" ".join(words), least, np.random.default_rng(seed)).split()
    assert len(found) >= max(round(least * len(words)), 1)
    assert any(words[begin : begin + len(found)] == found for begin in range(len(words)))
