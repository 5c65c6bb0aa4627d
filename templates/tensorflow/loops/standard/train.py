"""Train the model: `train` for the default preset, `train smoke` for a quick look, `train --help` for every setting."""

import sys

from . import checkpoint
from .backend import keras, tf
from .config import Config
from .data import load
from .model import build_model

NOT_FINITE = "the gradient is not finite"


def train(config: Config) -> dict[str, float]:
    """Train, or go on where the run was interrupted; returns the metrics of the best epoch."""
    keras.utils.set_random_seed(config.seed)
    train_batches, val_batches = load("train", config), load("val", config)

    gpus = map(tf.config.experimental.get_device_details, tf.config.list_physical_devices("GPU"))
    capable = any(gpu.get("compute_capability", (0, 0)) >= (8, 0) for gpu in gpus)
    bfloat16 = capable if config.precision == "auto" else config.precision == "bfloat16"
    policy = "mixed_bfloat16" if bfloat16 else "float32"
    model = build_model(config, train_batches.shape, len(train_batches.labels), policy)
    compile_model(model, config, len(train_batches))

    history = checkpoint.resume(config, model, steps=len(train_batches))
    bar = sys.stdout.isatty() and sys.stdout.encoding.lower().startswith(
        "utf"
    )  # it is drawn with more than ASCII
    try:
        model.fit(
            train_batches.shuffled(first_epoch=len(history)),
            shuffle=False,  # it is done
            steps_per_epoch=len(train_batches),
            validation_data=val_batches.in_order(),
            initial_epoch=len(history),
            epochs=config.epochs,
            callbacks=[checkpoint.Checkpoint(config, history)],
            verbose=int(bar),
        )
    except tf.errors.InvalidArgumentError as error:
        if NOT_FINITE not in str(error):
            raise
        epoch, step = divmod(int(model.optimizer.iterations), len(train_batches))
        advice = (
            "Try a smaller --learning-rate or --precision float32, and look for NaN in the data."
        )
        raise SystemExit(f"epoch {epoch + 1}, batch {step + 1}: {NOT_FINITE}. {advice}") from None
    return checkpoint.best(history)


def compile_model(model: keras.Model, config: Config, steps: int) -> None:
    """Ready for `fit`, with `steps` batches in an epoch."""
    schedule = keras.optimizers.schedules.CosineDecay(config.learning_rate, config.epochs * steps)
    model.compile(
        optimizer=AdamW(schedule, config.weight_decay, global_clipnorm=config.clip_norm),
        loss=keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=config.label_smoothing
        ),
        metrics=["accuracy"],
        # many steps in one graph: for small models, the way to it and back takes longer than a step
        steps_per_execution=max(many for many in range(1, 51) if steps % many == 0),
        jit_compile=False,  # XLA would leave out the check of the gradient
    )


class AdamW(keras.optimizers.AdamW):
    """Stops before a step whose gradient is not finite; keras.callbacks.TerminateOnNaN would look after it."""

    def apply(self, grads: list[tf.Tensor], trainable_variables: list | None = None) -> None:
        finite = tf.debugging.check_numerics(tf.linalg.global_norm(grads), NOT_FINITE)
        with tf.control_dependencies([finite]):
            super().apply(grads, trainable_variables)


def main(config: Config) -> None:
    best = train(config)
    print(
        f"best: epoch {best['epoch']}, val accuracy {best['val_accuracy']:.4f}, saved in {config.run_dir}"
    )
