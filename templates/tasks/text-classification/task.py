"""Text classification, in NumPy alone: what the model takes, what its outputs mean, how good they are."""

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from tokenizers import Encoding, Tokenizer

from .errors import UserError
from .signature import Arrays, Signature, Spec

LETTERS = 32  # of a text are read for each token that the model takes: tokens are rarely longer


@dataclass(frozen=True)
class Task:
    """What is learnt from the training split besides the weights. It travels with them."""

    labels: tuple[str, ...]
    tokenizer: str  # as JSON of the library `tokenizers`
    max_length: int  # in tokens; of a longer text the beginning is read
    filler: int = 0  # the token that fills a row after a shorter text
    class_weights: tuple[float, ...] = ()  # in the loss, if they differ
    notes: dict[str, str] = field(default_factory=dict)  # for people: where weights come from

    @property
    def signature(self) -> Signature:
        shape, longest = ("batch", "length"), self.max_length
        ids = Spec("ids", "int64", shape, 0, self.words.get_vocab_size() - 1, longest)
        mask = Spec("mask", "int64", shape, 0, 1, longest)  # 1 for a token, 0 for what fills a row
        logits = Spec("logits", "float32", ("batch", len(self.labels)))
        return Signature((ids, mask), (logits,))

    @cached_property
    def words(self) -> Tokenizer:
        words = Tokenizer.from_str(self.tokenizer)
        words.enable_truncation(self.max_length)
        words.no_padding()
        return words

    def encode(self, texts: Sequence[str]) -> list[Encoding]:
        """Return the tokens of each text: `ids`, and `overflowing` if it is longer."""
        cut = [text[: LETTERS * self.max_length] for text in texts]
        # threads, which a batch takes, would be slower for one
        return self.words.encode_batch(cut) if len(cut) > 1 else [self.words.encode(cut[0])]

    def fill(self, rows: Sequence[Sequence[int]]) -> Arrays:
        """Return tokens as ids and mask, int64 [rows, length of the longest]."""
        lengths = np.array([[len(row)] for row in rows])
        mask = np.arange(lengths.max()) < lengths
        ids = np.full(mask.shape, self.filler, np.int64)
        ids[mask] = np.concatenate([np.asarray(row) for row in rows])
        return {"ids": ids, "mask": mask.astype(np.int64)}

    def read(self, file: bytes) -> Arrays:
        """Return a text, or {"text": a text}, as a batch of one. UserError says what is wrong."""
        try:
            text = file.decode("utf-8-sig").strip()
        except UnicodeDecodeError as error:
            raise UserError(f"cannot be read as a text in UTF-8: {error}") from None
        if text.startswith("{"):
            with suppress(ValueError, RecursionError):  # it is not JSON
                text = json.loads(text).get("text", 0)
        if not isinstance(text, str):
            raise UserError('a JSON object needs "text", and in it one text')
        if not text.strip():
            raise UserError("the text is empty")
        return self.fill([self.encode([text.strip()])[0].ids])

    def answers(self, outputs: Arrays) -> list[dict[str, Any]]:
        """Return the label of each text, and the probabilities of all labels."""
        exponentials = np.exp(outputs["logits"] - outputs["logits"].max(axis=1, keepdims=True))
        rows = exponentials / exponentials.sum(axis=1, keepdims=True)
        return [
            {
                "label": self.labels[row.argmax()],
                "probability": float(row.max()),
                "probabilities": dict(zip(self.labels, row.tolist(), strict=True)),
            }
            for row in rows
        ]

    def agreement(self, outputs: Arrays, others: Arrays) -> float:
        """Return the share of texts that get the same label from both."""
        labels, other_labels = (each["logits"].argmax(axis=1) for each in (outputs, others))
        return float(np.mean(labels == other_labels))

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n", "utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        saved = json.loads(path.read_text("utf-8"))
        lists = {name: tuple(value) for name, value in saved.items() if isinstance(value, list)}
        return cls(**saved | lists)


class Metrics:
    """Counts answers batch by batch, so that the outputs need not be kept."""

    def __init__(self, task: Task) -> None:
        self.labels = task.labels
        self.pairs: Counter[tuple[int, int]] = Counter()  # of a target and an answer

    def add(self, outputs: Arrays, targets: np.ndarray) -> None:
        answers = outputs["logits"].argmax(axis=1)
        self.pairs.update(zip(targets.tolist(), answers.tolist(), strict=True))

    def result(self) -> dict[str, Any]:
        """Return the share of right answers, that of each class, and what is behind them.

        Loops also show the floats, of the validation split. NumPy's own are not floats: convert.
        """
        targets, answers = Counter[int](), Counter[int]()
        for (target, answer), n in self.pairs.items():
            targets[target] += n
            answers[answer] += n
        right = {i: self.pairs[i, i] for i in sorted(targets)}
        shares = {self.labels[i]: n / targets[i] for i, n in right.items()}
        classes = [
            {"label": self.labels[i], "n": targets[i], "precision": n / max(answers[i], 1)}
            for i, n in right.items()
        ]
        scores = {"accuracy": sum(right.values()) / targets.total()}
        if max(targets.values()) > 3 * min(targets.values()):  # or it says what accuracy says
            scores["balanced_accuracy"] = sum(shares.values()) / len(shares)
        wrong = [(pair, n) for pair, n in self.pairs.most_common() if pair[0] != pair[1]]
        confused = [[*(self.labels[i] for i in pair), n] for pair, n in wrong[:10]]
        return {**scores, "class_accuracy": shares, "classes": classes, "confused": confused}
