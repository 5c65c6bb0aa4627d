"""What `train --debug` does: fit one batch, slowly, and name the layer at which numbers go wrong."""

from collections.abc import Callable
from typing import Any

from . import runs
from .backend import keras, tf
from .config import Config
from .data import batches
from .errors import UserError
from .fit import fit_task
from .model import build_model, loss
from .samples import load_samples

STEPS = 100


def debug(config: Config) -> tuple[float, float]:
    """Fit one batch, and return the first and the last loss. A breakpoint in model.py stops here.

    UserError names the first layer, from the inputs on, whose output is not finite; or the first,
    from the loss back, whose gradient is not.
    """
    keras.utils.set_random_seed(config.seed)
    keras.config.disable_traceback_filtering()
    samples = load_samples("train", config)
    task = fit_task(samples, config)
    inputs, targets = next(iter(batches(samples, task, config).shuffled(first_epoch=0)))
    tf.config.run_functions_eagerly(True)  # not earlier: the batches are not the owner's code
    model = build_model(config, task)
    outputs: dict[str, Any] = {}  # of each layer in this step
    for layer in model.layers:
        layer.call = watched(layer.name, layer.call, outputs)
    model.compile(keras.optimizers.AdamW(config.learning_rate), loss(model, config))
    losses = []
    for step in range(1, STEPS + 1):
        with tf.GradientTape() as tape:
            value = model.compute_loss(y=targets, y_pred=model(inputs, training=True))
        check("the loss", value)
        weights = [variable.value for variable in model.trainable_variables]
        *of_layers, of_weights = tape.gradient(value, [*reversed(outputs.values()), weights])
        for name, gradient in zip(reversed(outputs), of_layers, strict=True):
            check(f"the gradient at the output of {name}", gradient)
        model.optimizer.apply(of_weights, model.trainable_variables)
        losses.append(float(value))
        if step in (1, 2, 5, 10, 20, 50, 100):
            print(f"step {step:>3}  loss {losses[-1]:.4f}")
    return losses[0], losses[-1]


def watched(name: str, call: Callable[..., Any], outputs: dict[str, Any]) -> Callable[..., Any]:
    """Return the call of a layer, which also checks and keeps what the layer returns."""

    def watch(*args: Any, **kwargs: Any) -> Any:
        output = call(*args, **kwargs)
        check(f"the output of {name}", output)
        outputs[name] = output
        return output

    return watch


def check(what: str, tensors: Any) -> None:
    for tensor in tf.nest.flatten(tensors):
        if tensor is not None and not tf.reduce_all(tf.math.is_finite(tensor)):
            raise UserError(f"{what} is not finite. {runs.NOT_FINITE}")


def main(config: Config) -> None:
    first, last = debug(config)
    if not last < first / 2:
        found = f"in {STEPS} steps, the loss of one batch went from {first:.4f} to {last:.4f}"
        raise UserError(f"The model does not learn: {found}. Look at the loss and the targets.")
    print(f"The model fits one batch: its loss fell from {first:.4f} to {last:.4f}.")
