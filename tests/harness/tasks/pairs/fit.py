"""What is learnt from the training split besides weights."""

from .config import Config
from .samples import Samples
from .task import Task


def fit_task(samples: Samples, config: Config) -> Task:
    return Task("".join(sorted({letter for pair in samples.pairs for letter in "".join(pair)})))
