"""The weights of a run: last.keras to resume from, best.keras to use. Each is replaced as a whole."""

import json
import warnings
from pathlib import Path

from . import runs
from .backend import keras
from .config import Config
from .errors import UserError
from .model import build_model, loss
from .runs import History
from .task import Task


def save(config: Config, model: keras.Model, history: History) -> None:
    """Save an epoch. last.keras is written last: a kill before that repeats the epoch."""
    if runs.best(history) is history[-1]:
        without_optimizer = keras.Model(model.input, model.output)
        runs.write(config.run_dir / "best.keras", without_optimizer.save)
    runs.write(config.run_dir / "last.keras", model.save)


def resume(config: Config, task: Task, model: keras.Model, steps: int) -> History:
    """Restore what last.keras holds, and return its history; an epoch has `steps` batches."""
    last = config.run_dir / "last.keras"
    if not last.exists():
        runs.begin(config, task)
        return []
    runs.check_unchanged(config, task)
    model.optimizer.build(model.trainable_variables)
    restore(last, model)
    history = read_history(config, int(model.optimizer.iterations) // steps)
    runs.show_resumed(config, history)
    return history


def read_history(config: Config, epochs: int) -> History:
    """Return the metrics of so many epochs; a kill before last.keras was saved leaves one more."""
    path = config.run_dir / "metrics.jsonl"
    try:
        lines = path.read_text("utf-8").splitlines()
        return [json.loads(lines[epoch]) for epoch in range(epochs)]
    except (OSError, ValueError, IndexError) as error:
        advice = f"Train under another --name, or delete {config.run_dir}."
        raise UserError(f"{path} cannot be used ({error}). {advice}") from None


def load_best(config: Config, task: Task) -> keras.Model:
    """Return the model of the best epoch, compiled to be measured."""
    model = build_model(config, task)
    restore(config.run_dir / "best.keras", model)
    model.compile(optimizer=None, loss=loss(model, config))
    return model


def restore(path: Path, model: keras.Model) -> None:
    """Fill the model with the weights of a file, and its optimizer with the state."""
    try:
        # Keras only warns about weights that the file lacks
        with warnings.catch_warnings(action="error", category=UserWarning):
            model.load_weights(path)
    except (ValueError, UserWarning):
        advice = "Train that model under another --name."
        raise UserError(f"{path} does not fit the model in model.py. {advice}") from None
    except Exception as error:  # a damaged file may raise anything
        advice = f"Train under another --name, or delete {path.parent}."
        raise UserError(f"{path} is damaged or cannot be read. {advice}") from error
