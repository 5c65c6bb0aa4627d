"""Train the model: `train` for the default preset, `train smoke` for a quick look, `train --help` for every setting."""

import math
import sys

from . import checkpoint
from .backend import keras, tf
from .config import Config
from .data import load
from .model import build_model


def train(config: Config) -> dict[str, float]:
    """Train, or go on where the run was interrupted; returns the metrics of the best epoch."""
    keras.utils.set_random_seed(config.seed)
    train_batches, val_batches = load("train", config), load("val", config)

    model = build_model(config, train_batches.shape, len(train_batches.labels), precision(config))
    schedule = keras.optimizers.schedules.CosineDecay(config.learning_rate, config.epochs * len(train_batches))
    model.compile(
        optimizer=keras.optimizers.AdamW(schedule, config.weight_decay, global_clipnorm=config.clip_norm),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=config.label_smoothing),
        metrics=["accuracy"],
        steps_per_execution=config.steps_per_execution,
    )

    history = checkpoint.resume(config, model, steps=len(train_batches))
    if len(history) < config.epochs:
        model.fit(
            train_batches.shuffled(),
            shuffle=False,  # it is done
            validation_data=val_batches.in_order(),
            initial_epoch=len(history),
            epochs=config.epochs,
            callbacks=[
                keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: train_batches.epoch.assign(epoch)),
                StopAtNonFiniteLoss(),
                checkpoint.Checkpoint(config, history),
                Lines(history),
            ],
            verbose=1 if sys.stdout.isatty() else 0,
        )
    return checkpoint.best(history)


def precision(config: Config) -> str:
    """Keras' name for the precision to compute in."""
    if config.precision != "auto":
        return {"bfloat16": "mixed_bfloat16", "float32": "float32"}[config.precision]
    details = [tf.config.experimental.get_device_details(gpu) for gpu in tf.config.list_physical_devices("GPU")]
    has_bfloat16 = bool(details) and details[0].get("compute_capability", (0, 0)) >= (8, 0)
    return "mixed_bfloat16" if has_bfloat16 else "float32"


class StopAtNonFiniteLoss(keras.callbacks.Callback):
    """Ends the program: keras.callbacks.TerminateOnNaN would let it go on as if all were well."""

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.title = f"epoch {epoch + 1:>3}/{self.params['epochs']}"

    def on_train_batch_end(self, batch: int, logs: dict) -> None:
        if not math.isfinite(logs["loss"]):
            advice = "Try a smaller --learning-rate or --precision float32, and look for NaN in the data."
            raise SystemExit(f"{self.title}, by batch {batch + 1}: the loss is not finite. {advice}")


class Lines(keras.callbacks.Callback):
    """One plain line an epoch where there is no terminal for Keras' progress bar."""

    def __init__(self, history: checkpoint.History) -> None:
        super().__init__()
        self.history = history

    def on_epoch_end(self, epoch: int, logs: dict) -> None:
        if not sys.stdout.isatty():
            metrics = self.history[-1]
            values = "  ".join(f"{name} {metrics[name]:.4f}" for name in ("train_loss", "val_loss", "val_accuracy"))
            print(f"epoch {epoch + 1:>3}/{self.params['epochs']}  {values}  {metrics['seconds']:.1f} s")


def main(config: Config) -> None:
    best = train(config)
    print(f"best: epoch {best['epoch']}, val accuracy {best['val_accuracy']:.4f}, saved in {config.run_dir}")
