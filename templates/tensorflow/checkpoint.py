"""A run's files: last.keras to go on from, best.keras to use, metrics.jsonl to read. Each is replaced as a whole."""

import json
import time
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .backend import keras
from .config import Config, write

History = list[dict[str, Any]]  # one entry an epoch


def best(history: History) -> dict[str, Any]:
    """The epoch with the lowest validation loss: the accuracy of a small split is too coarse to choose by."""
    return min(history, key=lambda metrics: metrics["val_loss"])


class Checkpoint(keras.callbacks.Callback):
    """Saves after each epoch. last.keras is written last: a kill before that repeats the epoch and loses nothing."""

    def __init__(self, config: Config, history: History) -> None:
        super().__init__()
        self.config, self.history, self.started = config, history, time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        run_dir, seconds, self.started = (
            self.config.run_dir,
            time.perf_counter() - self.started,
            time.perf_counter(),
        )
        metrics = {
            "train_loss": logs["loss"],
            "val_loss": logs["val_loss"],
            "val_accuracy": logs["val_accuracy"],
        }
        self.history.append({"epoch": epoch + 1, **metrics, "seconds": seconds})
        if best(self.history) is self.history[-1]:
            write(
                run_dir / "best.keras", keras.Model(self.model.inputs, self.model.outputs).save
            )  # not the optimizer
        lines = "".join(json.dumps(entry) + "\n" for entry in self.history)
        write(run_dir / "metrics.jsonl", lambda new: new.write_text(lines, "utf-8"))
        write(run_dir / "last.keras", self.model.save)
        if not self.params["verbose"]:  # where Keras shows no progress bar
            values = "  ".join(f"{name} {value:.4f}" for name, value in metrics.items())
            print(f"epoch {epoch + 1:>3}/{self.config.epochs}  {values}  {seconds:.1f} s")


def resume(config: Config, model: keras.Model, steps: int) -> History:
    """Restores what last.keras holds and returns the history; `steps` is the number of batches in an epoch."""
    run_dir = config.run_dir
    if not (run_dir / "last.keras").exists():
        run_dir.mkdir(parents=True, exist_ok=True)
        settings = json.dumps(asdict(config), indent=2, default=str) + "\n"
        write(run_dir / "config.json", lambda new: new.write_text(settings, "utf-8"))
        return []
    config.check_unchanged()
    model.optimizer.build(model.trainable_variables)
    restore(run_dir / "last.keras", model)
    history = read_history(run_dir)[: int(model.optimizer.iterations) // steps]
    print(f"{run_dir} goes on after epoch {len(history)} of {config.epochs}")
    return history


def read_history(run_dir: Path) -> History:
    return [
        json.loads(line) for line in (run_dir / "metrics.jsonl").read_text("utf-8").splitlines()
    ]


def restore(path: Path, model: keras.Model) -> None:
    """Fills the model with a file's weights; a compiled one gets its optimizer's state, too."""
    try:
        with warnings.catch_warnings(
            action="error", category=UserWarning
        ):  # about weights that the file lacks
            model.load_weights(path)
    except (ValueError, UserWarning):
        raise SystemExit(
            f"{path} is not of the model in model.py. Train it under another --name."
        ) from None
    except Exception as error:  # noqa: BLE001 - a damaged file may raise anything
        raise SystemExit(
            f"{path} cannot be read ({error}). Delete {path.parent} and train again."
        ) from None
