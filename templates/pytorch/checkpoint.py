"""The weights of a run: last.pt to resume from, best.pt to use. Each is replaced as a whole."""

from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from . import runs
from .config import Config
from .errors import UserError
from .model import build_model
from .runs import History
from .task import Task

Parts = dict[str, Any]
"""The model, and whatever else training must remember: all that has a state_dict."""


def save(config: Config, parts: Parts, history: History) -> None:
    """Save an epoch. last.pt is written last: a kill before that repeats the epoch."""
    state = {name: part.state_dict() for name, part in parts.items()} | {"history": history}
    if runs.best(history) is history[-1]:
        weights = {"model": state["model"]}
        runs.write(config.run_dir / "best.pt", partial(torch.save, weights))
    runs.write(config.run_dir / "last.pt", partial(torch.save, state))


def resume(config: Config, task: Task, parts: Parts) -> History:
    """Restore what last.pt holds, and return its history; a new run has none."""
    last = config.run_dir / "last.pt"
    if not last.exists():
        runs.begin(config, task)
        return []
    runs.check_unchanged(config, task)
    state = restore(last, parts["model"])
    for name, part in parts.items():
        part.load_state_dict(state[name])
    history: History = state["history"]
    runs.show_resumed(config, history)
    return history


def load_best(config: Config, task: Task) -> nn.Module:
    """Return the model of the best epoch, ready to be measured."""
    model = build_model(config, task)
    restore(config.run_dir / "best.pt", model)
    return model.eval()


def restore(path: Path, model: nn.Module) -> dict[str, Any]:
    """Fill the model with the weights of a file, and return all that the file holds."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file may raise anything
        advice = f"Train under another --name, or delete {path.parent}."
        raise UserError(f"{path} is damaged or cannot be read. {advice}") from error
    try:
        model.load_state_dict(state["model"])
    except RuntimeError:
        advice = "Train that model under another --name."
        raise UserError(f"{path} does not fit the model in model.py. {advice}") from None
    return state
