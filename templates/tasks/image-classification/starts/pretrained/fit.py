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
    return Task(
        labels=samples.labels,
        shape=(size, size, 3),
        resize=config.resize,
        class_weights=class_weights(samples, config),
        interpolation=about.interpolation,
        kept=about.kept,
        notes=about.notes,
    )
