"""What a run learns before it trains: the classes, and which images the backbone expects."""

from .backbone import own_size
from .config import Config
from .samples import Samples, class_weights, inspect
from .task import Task


def fit_task(samples: Samples, config: Config) -> Task:
    """Return the task of these samples. Images get the size that the backbone was trained with."""
    inspect(samples, config)
    size = config.image_size or own_size(config.backbone)
    source, licence = "ImageNet, by keras.applications", "not stated"
    if config.weights:
        source, licence = config.weights.name, "that of their source"
    notes = {"backbone": config.backbone, "weights": source, "licence": licence}
    return Task(
        labels=samples.labels,
        shape=(size, size, 3),
        resize=config.resize,
        class_weights=class_weights(samples, config),
        notes=notes,
    )
