"""CPU time of one training step in Keras: the generated project's `fit`, and the best that TensorFlow does here.

    python keras_fit.py PROJECT        # a generated project; prints JSON
    python keras_fit.py PROJECT NAME   # one loop alone, for its peak memory

Every loop trains the same model with the same loss on one thread. The limit is a whole epoch in one `tf.function`, over
preloaded batches, with AdamW as it comes; the generated one shuffles, shifts, clips, checks and sums up as always.
"""

import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf

QUICK = "--quick" in sys.argv  # once, the smaller work alone
ROUNDS, WARM_UP = (1, 0) if QUICK else (9, 1)
Epoch = Callable[[], float]
"""Trains for one epoch and returns its seconds of process CPU time."""


def mlp() -> keras.Model:
    images = keras.Input((8, 8, 1), name="images")
    x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 127.5, offset=-1)(images))
    return named(images, keras.layers.Dense(10)(keras.layers.Dense(128, "relu")(x)))


def cnn() -> keras.Model:
    """About 309,000 parameters."""
    images = keras.Input((32, 32, 3), name="images")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(images)
    for width, stride in ((32, 1), (64, 2), (128, 2), (184, 1)):
        x = keras.layers.Conv2D(width, 3, stride, padding="same", use_bias=False)(x)
        x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
    return named(images, keras.layers.Dense(10)(keras.layers.GlobalAveragePooling2D()(x)))


def named(images: keras.KerasTensor, logits: keras.KerasTensor) -> keras.Model:
    """A model whose input and output have the names that the generated projects use."""
    return keras.Model({"images": images}, {"logits": logits})


WORK = {
    "MLP 64-128-10, batch 64": (mlp, (8, 8, 1), 64, 100),
    "CNN 3x32x32, batch 128": (cnn, (32, 32, 3), 128, 6),
}
"""The model, the shape of an image (height, width, channels), images in a batch, batches in an epoch."""

if QUICK:
    del WORK["CNN 3x32x32, batch 128"]


def timed(run: Callable[[], object]) -> float:
    started = time.process_time()
    run()
    return time.process_time() - started


def limit(model: keras.Model, images: np.ndarray, targets: np.ndarray, batch: int) -> Epoch:
    optimizer = keras.optimizers.AdamW(2e-3)
    optimizer.build(model.trainable_variables)
    loss_of = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
    batches = tf.constant(images.reshape(-1, batch, *images.shape[1:]))
    wanted = tf.one_hot(targets.reshape(-1, batch), 10)

    @tf.function
    def epoch() -> tf.Tensor:
        total = tf.constant(0.0)
        for step in tf.range(len(batches)):
            with tf.GradientTape() as tape:
                logits = model({"images": batches[step]}, training=True)["logits"]
                loss = loss_of(wanted[step], logits)
            optimizer.apply(tape.gradient(loss, model.trainable_variables))
            total += loss
        return total

    return lambda: timed(lambda: float(epoch()))


def generated(project: Path, model: keras.Model, images: np.ndarray, targets: np.ndarray, batch: int) -> Epoch:
    """The project's own `compile` arguments and batches, with `fit`."""
    sys.path.append(str(project / "src"))
    package = next((project / "src").iterdir()).name
    names = ("config", "data", "samples", "task", "train")
    config, data, samples, task, train = (import_module(f"{package}.{name}") for name in names)
    labels = tuple("0123456789")
    settings = config.Config(batch_size=batch)
    all_ = samples.Samples(list(images), targets, labels, [""] * len(images))
    batches = data.batches(all_, task.Task(labels, images.shape[1:]), settings)
    train.compile_model(model, settings, len(batches))
    dataset = batches.shuffled(first_epoch=0)

    def epoch() -> float:
        """The median epoch of one `fit`, without the first, which pays for the start."""
        clock = Clock()
        model.fit(dataset, shuffle=False, steps_per_epoch=len(batches), epochs=4, verbose=0, callbacks=[clock])
        return statistics.median(clock.seconds[1:])

    return epoch


class Clock(keras.callbacks.Callback):
    """Seconds of process CPU time of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        self.started = time.process_time()

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        self.seconds.append(time.process_time() - self.started)


def main(project: str, alone: str | None = None) -> None:
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    rng = np.random.default_rng(0)
    for work, (model, shape, batch, count) in WORK.items():
        images = rng.integers(0, 256, (batch * count, *shape), dtype=np.uint8)
        targets = rng.integers(0, 10, batch * count)
        epochs = {
            "limit": limit(model(), images, targets, batch),
            "generated, Keras fit": generated(Path(project), model(), images, targets, batch),
        }
        if alone:
            epochs = {alone: epochs[alone]}
        seconds: dict[str, list[float]] = {name: [] for name in epochs}
        for number in range(WARM_UP + ROUNDS):
            for name, epoch in epochs.items():
                taken = epoch()
                seconds[name] += [taken / count] if number >= WARM_UP else []  # the first round traces
        for name, all_ in seconds.items():
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            row = {"work": work, "loop": name, "step": statistics.median(all_), "n": ROUNDS, "peak_mib": peak}
            print(json.dumps(row))


if __name__ == "__main__":
    main(*(word for word in sys.argv[1:] if word != "--quick"))
