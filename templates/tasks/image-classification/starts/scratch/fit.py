"""What a run learns from its training split before it trains: the classes, and the shape of the images."""

from pathlib import Path

from .config import Config
from .samples import Samples, class_weights, inspect
from .task import Task


def fit_task(samples: Samples, config: Config) -> Task:
    """Return the task of these samples. Files get the size that the settings say."""
    inspect(samples, config)
    first, size = samples.images[0], config.image_size
    shape = (size, size, 3) if isinstance(first, Path) else first.shape
    return Task(samples.labels, shape, config.resize, class_weights(samples, config))
