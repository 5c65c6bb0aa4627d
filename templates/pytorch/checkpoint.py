"""A run's files: last.pt to go on from, best.pt to use, metrics.jsonl to read. Each is replaced as a whole."""

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from .config import Config, write

History = list[dict[str, Any]]  # one entry an epoch
Parts = dict[str, Any]  # "model", and whatever else training must remember: all that has a state_dict


def best(history: History) -> dict[str, Any]:
    """The epoch with the lowest validation loss: the accuracy of a small split is too coarse to choose by."""
    return min(history, key=lambda metrics: metrics["val_loss"])


def save(config: Config, parts: Parts, history: History) -> None:
    """Called after each epoch. last.pt is written last: a kill before that repeats the epoch and loses nothing."""
    run_dir, lines = config.run_dir, "".join(json.dumps(metrics) + "\n" for metrics in history)
    state = {name: part.state_dict() for name, part in parts.items()} | {"history": history}
    if best(history) is history[-1]:
        write(run_dir / "best.pt", partial(torch.save, {"model": state["model"], "metrics": history[-1]}))
    write(run_dir / "metrics.jsonl", lambda new: new.write_text(lines, "utf-8"))
    write(run_dir / "last.pt", partial(torch.save, state))


def resume(config: Config, parts: Parts) -> History:
    """Restores what last.pt holds and returns its history, which is empty for a new run."""
    run_dir = config.run_dir
    if not (run_dir / "last.pt").exists():
        run_dir.mkdir(parents=True, exist_ok=True)
        settings = json.dumps(asdict(config), indent=2, default=str) + "\n"
        write(run_dir / "config.json", lambda new: new.write_text(settings, "utf-8"))
        return []
    config.check_unchanged()
    state = restore(run_dir / "last.pt", parts["model"])
    for name, part in parts.items():
        part.load_state_dict(state[name])
    print(f"{run_dir} goes on after epoch {len(state['history'])} of {config.epochs}")
    return state["history"]


def restore(path: Path, model: nn.Module) -> dict[str, Any]:
    """Fills the model with a file's weights and returns all that the file holds."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # noqa: BLE001 - a damaged file may raise anything
        raise SystemExit(f"{path} cannot be read ({error}). Delete {path.parent} and train again.") from None
    try:
        model.load_state_dict(state["model"])
    except RuntimeError:
        raise SystemExit(f"{path} is not of the model in model.py. Train it under another --name.") from None
    return state
