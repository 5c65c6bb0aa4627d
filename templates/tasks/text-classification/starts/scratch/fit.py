"""What a run learns from its training split before it trains: the classes, and how texts are cut."""

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from .baseline import show_baseline
from .config import Config
from .samples import Samples, class_weights, inspect, show_cut
from .task import Task


def fit_task(samples: Samples, config: Config) -> Task:
    """Return the task of these samples, and print what they are like and what is to be beaten."""
    inspect(samples, config)
    tokenizer = train_tokenizer(samples.texts, config.vocabulary)
    weights = class_weights(samples, config)
    task = Task(samples.labels, tokenizer, config.max_length, class_weights=weights)
    show_cut(samples, task)
    show_baseline(samples, config)
    return task


def train_tokenizer(texts: list[str], vocabulary: int) -> str:
    """Return a byte-pair encoding of up to so many tokens, as JSON. It can write any text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=["[PAD]"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer.to_str()
