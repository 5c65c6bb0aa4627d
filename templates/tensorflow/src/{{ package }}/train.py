"""Train the model: `train` for the default preset, `train smoke` for a quick look, `train --help` for every setting."""

import math
import sys

from . import checkpoint
from .backend import keras, tf
from .checkpoint import Checkpoint, History
from .config import Config
from .data import load
from .model import build_model

Logs = dict[str, float]


def train(config: Config) -> dict[str, float]:
    """Train, or go on where the run was interrupted; returns the metrics of the best epoch."""
    keras.utils.set_random_seed(config.seed)
    train_batches, val_batches = load("train", config), load("val", config)

    bfloat16 = gpu_has_bfloat16() if config.precision == "auto" else config.precision == "bfloat16"
    policy = "mixed_bfloat16" if bfloat16 else "float32"
    model = build_model(config, train_batches.shape, len(train_batches.labels), policy)
    schedule = keras.optimizers.schedules.CosineDecay(config.learning_rate, config.epochs * len(train_batches))
    model.compile(
        optimizer=keras.optimizers.AdamW(schedule, config.weight_decay, global_clipnorm=config.clip_norm),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=config.label_smoothing),
        metrics=["accuracy"],
        jit_compile=config.jit_compile,
    )

    history = checkpoint.resume(config, model, steps=len(train_batches))
    if len(history) < config.epochs:
        terminal = sys.stdout.isatty()
        model.fit(
            train_batches.epochs(first=len(history) + 1, last=config.epochs),
            steps_per_epoch=len(train_batches),
            initial_epoch=len(history),
            epochs=config.epochs,
            validation_data=val_batches.in_order(),
            callbacks=[StopAtNonFiniteLoss(), Checkpoint(config, history), *([] if terminal else [Lines(history)])],
            verbose=1 if terminal else 0,
            shuffle=False,  # the data are shuffled already
        )
    return checkpoint.best(history)


class StopAtNonFiniteLoss(keras.callbacks.Callback):
    """Ends the program: after keras.callbacks.TerminateOnNaN it would go on as if all were well."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.title = f"epoch {epoch + 1:>3}/{self.params['epochs']}"

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        if not math.isfinite(logs["loss"]):
            advice = "Try a smaller --learning-rate or --precision float32, and look for NaN in the data."
            raise SystemExit(f"{self.title}, batch {batch + 1}: the loss is not finite. {advice}")


class Lines(keras.callbacks.Callback):
    """One plain line an epoch, where Keras' progress bar would fill a log."""

    def __init__(self, history: History) -> None:
        super().__init__()
        self.history = history

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        metrics = self.history[-1]
        values = "  ".join(f"{name} {metrics[name]:.4f}" for name in ("train_loss", "val_loss", "val_accuracy"))
        print(f"epoch {epoch + 1:>3}/{self.params['epochs']}  {values}  {metrics['seconds']:.1f} s")


def gpu_has_bfloat16() -> bool:
    gpus = tf.config.list_physical_devices("GPU")
    return bool(gpus) and tf.config.experimental.get_device_details(gpus[0]).get("compute_capability", (0, 0)) >= (8, 0)


def main(config: Config) -> None:
    best = train(config)
    print(f"best: epoch {best['epoch']}, val accuracy {best['val_accuracy']:.4f}, saved in {config.run_dir}")
