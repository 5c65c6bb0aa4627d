"""What a run learns before it trains: the classes, and which images the backbone expects."""

from .backbone import describe
from .config import Config
from .samples import Samples, class_weights, inspect
from .task import Task


def fit_task(samples: Samples, config: Config) -> Task:
    """Return the task of these samples. Images get the size that the backbone was trained with."""
    inspect(samples, config)
    about = describe(config)
    size = config.image_size or about.size
    shape = (size, size, 3)
    weights = class_weights(samples, config)
    how = (config.resize, about.interpolation, about.kept)
    return Task(samples.labels, shape, *how, notes=about.notes, class_weights=weights)
