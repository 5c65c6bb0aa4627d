"""What a run learns before it trains: the classes, and the tokens that the backbone reads."""

from .backbone import describe
from .baseline import show_baseline
from .config import Config
from .errors import UserError
from .samples import Samples, class_weights, inspect, show_cut
from .task import Task


def fit_task(samples: Samples, config: Config) -> Task:
    """Return the task of these samples, and print what they are like and what is to be beaten."""
    inspect(samples, config)
    about = describe(config)
    task = Task(
        labels=samples.labels,
        tokenizer=about.tokenizer,
        max_length=min(config.max_length, about.longest),
        filler=about.filler,
        class_weights=class_weights(samples, config),
        notes=about.notes,
    )
    own = len(task.words.encode("").ids)  # such as those for the beginning and the end
    if task.max_length <= own:
        raise UserError(f"--max-length must be above {own}: so many tokens are the backbone's own.")
    show_cut(samples, task)
    show_baseline(samples, config)
    return task
