"""Train the model: `train`, or `train smoke` for a quick look. `train --help` lists the settings."""

import time
from typing import Any

from tqdm import tqdm

from . import checkpoint, runs
from .backend import keras, tf
from .config import Config
from .data import Batches, batches
from .errors import UserError
from .evaluate import evaluate
from .fit import fit_task
from .model import build_model, loss
from .optimizer import NOT_FINITE, build_optimizer
from .runs import History
from .samples import load_samples
from .task import Task


def train(config: Config) -> dict[str, float]:
    """Train, or resume an interrupted run, and return the metrics of the best epoch."""
    keras.utils.set_random_seed(config.seed)
    for gpu in tf.config.list_physical_devices("GPU"):
        print(f"device: {gpu.name}")
    samples = load_samples("train", config)
    task = fit_task(samples, config)
    train_batches = batches(samples, task, config)
    val_batches = batches(load_samples("val", config), task, config)

    model = build_model(config, task, pick_precision(config.precision))
    steps = len(train_batches)
    compile_model(model, config, steps)
    history = checkpoint.resume(config, task, model, steps)
    try:
        model.fit(
            train_batches.shuffled(first_epoch=len(history)),
            shuffle=False,  # already shuffled
            steps_per_epoch=steps,
            initial_epoch=len(history),
            epochs=config.epochs,
            callbacks=[AfterEpoch(config, task, val_batches, history)],
            verbose=0,  # the callback shows a bar and prints a line
        )
    except tf.errors.InvalidArgumentError as error:
        raise explain(error, model, steps) from None
    return runs.best(history)


def pick_precision(name: str) -> str:
    """Return a policy of Keras; "auto" is bfloat16 on a GPU that has it."""
    bfloat16 = name == "bfloat16"
    if name == "auto":
        gpus = tf.config.list_physical_devices("GPU")
        details = map(tf.config.experimental.get_device_details, gpus)
        bfloat16 = any(gpu.get("compute_capability", (0, 0)) >= (8, 0) for gpu in details)
    return "mixed_bfloat16" if bfloat16 else "float32"


def compile_model(model: keras.Model, config: Config, steps: int) -> None:
    """Make the model ready for `fit`, with `steps` batches in an epoch."""
    model.compile(
        build_optimizer(model, config, config.epochs * steps),
        loss(model, config),
        # many steps in a call, which takes longer than a step of a small model; all calls alike
        steps_per_execution=max(many for many in range(1, 51) if steps % many == 0),
        jit_compile=False,  # XLA would leave out the check of the gradient
    )


def explain(error: Exception, model: keras.Model, steps: int) -> Exception:
    """Return a UserError with the batch of a gradient that is not finite, or the error itself."""
    if NOT_FINITE not in str(error):
        return error
    epoch, step = divmod(int(model.optimizer.iterations), steps)
    found = f"epoch {epoch + 1}, batch {step + 1}: {NOT_FINITE}"
    return UserError(f"{found}. {runs.NOT_FINITE}")


class AfterEpoch(keras.callbacks.Callback):
    """Measure the validation split after each epoch, print the metrics and save the epoch."""

    def __init__(self, config: Config, task: Task, val_batches: Batches, history: History) -> None:
        super().__init__()
        self.config, self.task, self.val_batches, self.history = config, task, val_batches, history

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.started = time.perf_counter()
        seeds = [each for each in self.model.variables if each.name == "seed_generator_state"]
        for number, state in enumerate(seeds):  # so that a resumed run drops out the same
            state.assign([(self.config.seed + number) % 2**32, epoch * 2**20 % 2**32])
        steps, name = self.params["steps"], f"epoch {epoch + 1}"
        self.bar = tqdm(total=steps, desc=name, leave=False, disable=None)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.bar.update(batch + 1 - self.bar.n)

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        self.bar.close()
        val = evaluate(self.model, self.val_batches, self.task)
        seconds = time.perf_counter() - self.started
        scores = {f"val_{name}": value for name, value in val.items() if isinstance(value, float)}
        metrics = {"epoch": epoch + 1, "train_loss": logs["loss"], **scores, "seconds": seconds}
        self.history.append(metrics)
        runs.log(self.config, self.history)
        checkpoint.save(self.config, self.model, self.history)
        runs.show(self.config, metrics)


def main(config: Config) -> None:
    best = train(config)
    scores = [f"{name} {value:.4f}" for name, value in best.items() if name.startswith("val_")]
    print(f"best: epoch {best['epoch']}, {', '.join(scores)}, saved in {config.run_dir}")
