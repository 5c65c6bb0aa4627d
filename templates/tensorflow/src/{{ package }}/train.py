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

    gpus = map(tf.config.experimental.get_device_details, tf.config.list_physical_devices("GPU"))
    capable = any(gpu.get("compute_capability", (0, 0)) >= (8, 0) for gpu in gpus)
    bfloat16 = capable if config.precision == "auto" else config.precision == "bfloat16"
    policy = "mixed_bfloat16" if bfloat16 else "float32"
    model = build_model(config, train_batches.shape, len(train_batches.labels), policy)
    schedule = keras.optimizers.schedules.CosineDecay(config.learning_rate, config.epochs * len(train_batches))
    model.compile(
        optimizer=keras.optimizers.AdamW(schedule, config.weight_decay, global_clipnorm=config.clip_norm),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=config.label_smoothing),
        metrics=["accuracy"],
        steps_per_execution=config.steps_per_execution,
    )

    history = checkpoint.resume(config, model, steps=len(train_batches))
    at_epoch = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: train_batches.epoch.assign(epoch))
    model.fit(
        train_batches.shuffled(),
        shuffle=False,  # it is done
        validation_data=val_batches.in_order(),
        initial_epoch=len(history),
        epochs=config.epochs,
        callbacks=[at_epoch, StopAtNonFiniteLoss(), checkpoint.Checkpoint(config, history)],
        verbose=1 if sys.stdout.isatty() else 0,
    )
    return checkpoint.best(history)


class StopAtNonFiniteLoss(keras.callbacks.Callback):
    """Ends the program: keras.callbacks.TerminateOnNaN would let it go on as if all were well."""

    def on_train_batch_end(self, batch: int, logs: dict) -> None:
        if not math.isfinite(logs["loss"]):
            advice = "Try a smaller --learning-rate or --precision float32, and look for NaN in the data."
            raise SystemExit(f"step {int(self.model.optimizer.iterations)}: the loss is not finite. {advice}")


def main(config: Config) -> None:
    best = train(config)
    print(f"best: epoch {best['epoch']}, val accuracy {best['val_accuracy']:.4f}, saved in {config.run_dir}")
