"""The words of this repository: what a hurried reader stumbles over is found by a list, and said otherwise."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit import ROOT

STUMBLES = [
    r"(?<!there )\b(?:is|are|was|were|be) no\b(?! (?:longer|more)\b)",  # "is not a"
    r"\bwhoever\b",  # "people who", "a person who"
    r"\bwhat of\b",  # "which of"
    r"^who \w+s\b",  # "if you"
    r"\bof no (?:account|use)\b",
    r"\bfor want of\b",  # "without"
    r"\b(?:is|are|was) at work\b",  # "is running"
    r"\bto be had\b",  # "available"
    r"\bdid not say why\b",  # "gave no reason"
    r"\bhonest one\b",
    r"\ban? no\b",  # "a failure"
    r"\bnobody to ask\b",  # "cannot prompt"
    r"\byours to do\b",
    r"\bwill be mended\b",  # "gets no fixes"
    r"\bwithout rights\b",  # "unprivileged"
    r"\bsettle(?:s|d)? the conflicts?\b",  # "resolve"
    r"\bin vain\b",  # "that does not exist"
    r"\bleads? nowhere\b",  # "is broken", "does not exist"
    r"\btakes? it back\b",  # "undoes it"
    r"\bas (?:it|they) lies? there\b",  # "as it is now"
    r"\bwhat becomes of\b",  # "what happens to"
]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
CODE = [
    *sorted((ROOT / "src").rglob("*.py")),
    *(ROOT / name for name in ("noxfile.py",)),
    *sorted((ROOT / "tools").glob("*.py")),
    *sorted((ROOT / "benchmarks").glob("*.py")),
]
TEMPLATES = [*sorted((ROOT / "templates").rglob("*.md")), *sorted((ROOT / "templates").rglob("*.py"))]


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Lines that people read, with their numbers: a page, or the comments and the texts of a program."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        yield from enumerate(text.splitlines(), 1)
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.COMMENT, tokenize.STRING):
            for more, line in enumerate(token.string.splitlines()):
                yield token.start[0] + more, line


@pytest.mark.parametrize("path", [*PAGES, *CODE, *TEMPLATES], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_is_put_so_that_it_must_be_decoded(path: Path) -> None:
    found = [f"{number}: {line.strip()}" for number, line in prose(path) for words in STUMBLES
             if re.search(words, line, re.IGNORECASE)]  # fmt: skip
    assert found == []
