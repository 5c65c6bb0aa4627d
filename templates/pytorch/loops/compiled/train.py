"""Train the model: `train`, or `train smoke` for a quick look. `train --help` lists the settings."""

import math
import re
import time

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value
from tqdm import tqdm

from . import checkpoint, runs
from .config import Config
from .data import Batch, Batches, batches
from .device import limit_threads, pick_device, pick_precision
from .errors import UserError
from .evaluate import evaluate
from .fit import fit_task
from .model import build_model, loss
from .samples import load_samples

Tensors = dict[str, Tensor]
WARM_UP = 0.1  # the share of the steps in which the rate rises, or small data sets would swing


def train(config: Config) -> dict[str, float]:
    """Train, or resume an interrupted run, and return the metrics of the best epoch."""
    torch.manual_seed(config.seed)
    torch.set_float32_matmul_precision("high")  # TensorFloat-32 on a GPU that has it
    device = pick_device(config.device)
    if config.device == "auto":
        print(f"device: {device}")
    samples = load_samples("train", config)
    task = fit_task(samples, config)
    train_batches = batches(samples, task, config, device, train=True)
    val_batches = batches(load_samples("val", config), task, config, device)

    model = build_model(config, task).to(device)
    limit_threads(model, samples, task, config)
    step = CompiledStep(model, config, config.epochs * len(train_batches))

    parts = {"model": model, "step": step}
    history = checkpoint.resume(config, task, parts)
    for epoch in range(len(history) + 1, config.epochs + 1):
        started = time.perf_counter()
        torch.manual_seed(config.seed + epoch)  # so that a resumed run draws the same batches
        train_loss = train_epoch(model, train_batches, step, epoch)
        val = evaluate(model, val_batches, task, config)
        seconds = time.perf_counter() - started
        scores = {f"val_{name}": value for name, value in val.items() if isinstance(value, float)}
        history.append({"epoch": epoch, "train_loss": train_loss, **scores, "seconds": seconds})
        runs.log(config, history)
        checkpoint.save(config, parts, history)
        runs.show(config, history[-1])
    return runs.best(history)


def train_epoch(model: nn.Module, data: Batches, step: "CompiledStep", epoch: int) -> float:
    """Go through the training split once, and return the mean loss."""
    model.train()
    state = step.state
    before = int(state["steps"])
    state["total"].zero_()
    for batch in tqdm(data, desc=f"epoch {epoch}", leave=False, disable=None):
        step(batch)
    failed = int(state["failed"])
    if failed:
        found = f"epoch {epoch}, batch {failed - before}: the gradient is not finite"
        raise UserError(f"{found}. {runs.NOT_FINITE}")
    return state["total"].item() / data.size


class Loss(nn.Module):
    """The model and its loss as one module: `loss` finds in the model what build_model left there."""

    def __init__(self, model: nn.Module, config: Config) -> None:
        super().__init__()
        self.model, self.config = model, config

    def forward(self, batch: Batch) -> Tensor:
        return loss(self.model, batch, self.config)[0]


class CompiledStep:
    """A step of training as one graph: forward, backward, clipping, AdamW and its schedule.

    The weights lie in one vector, of which the model's parameters become views. From the first
    gradient that is not finite on nothing changes any more: `failed` is the number of its step.
    """

    def __init__(self, model: nn.Module, config: Config, all_steps: int) -> None:
        self.loss, self.config, self.all_steps = Loss(model, config), config, all_steps
        self.weights = nn.utils.parameters_to_vector(model.parameters()).detach()
        self.shapes = {name: parameter.shape for name, parameter in self.loss.named_parameters()}
        for name, view in self.views(self.weights).items():
            self.loss.get_parameter(name).data = view
        self.buffers = dict(self.loss.named_buffers())
        self.precision = pick_precision(config.precision, self.weights.device)
        zero = torch.zeros((), device=self.weights.device)
        self.state = {name: torch.zeros_like(self.weights) for name in ("mean", "square")}
        self.state |= {name: zero.clone() for name in ("steps", "total", "failed")}
        torch.compiler.reset()  # forget earlier trainings of this process: there is a limit
        self.compiled = torch.compile(self.update, fullgraph=True, dynamic=False)

    def __call__(self, batch: Batch) -> None:
        try:
            self.compiled(self.weights, self.buffers, self.state, batch)
        except RuntimeError as error:
            if not re.search(r"No working C\+\+ compiler|find C compiler", str(error)):
                raise
            raise UserError("There is no C++ compiler: see Install in README.md") from None

    def views(self, weights: Tensor) -> Tensors:
        """Cut the vector into the model's parameters."""
        pieces = weights.split([shape.numel() for shape in self.shapes.values()])
        named = zip(self.shapes.items(), pieces, strict=True)
        return {name: piece.view(shape) for (name, shape), piece in named}

    def update(self, weights: Tensor, buffers: Tensors, state: Tensors, batch: Batch) -> None:
        """Change the weights, the buffers and the state in place, if the gradient is finite."""
        differentiate = grad_and_value(self.forward, has_aux=True)
        gradient, (value, new_buffers) = differentiate(weights, buffers, batch)
        norm = gradient.norm()
        good = norm.isfinite() & (state["failed"] == 0)
        gradient = gradient * (self.config.clip_norm / norm).clamp(max=1.0)
        new_weights, new_state = self.adamw(weights, state, gradient)
        new_state["total"] = state["total"] + value * len(batch[-1])
        first_failure = ~good & (state["failed"] == 0)
        replace(state, {"failed": new_state["steps"]}, first_failure)
        replace({"weights": weights}, {"weights": new_weights}, good)
        replace(buffers, new_buffers, good)
        replace(state, new_state, good)

    def forward(self, weights: Tensor, buffers: Tensors, batch: Batch) -> tuple[Tensor, Tensors]:
        """Return the loss, and the buffers as BatchNorm leaves them."""
        buffers = {name: buffer.clone() for name, buffer in buffers.items()}
        with self.precision:
            value = functional_call(self.loss, self.views(weights) | buffers, (batch,))
        return value, buffers

    def adamw(self, weights: Tensor, state: Tensors, gradient: Tensor) -> tuple[Tensor, Tensors]:
        """AdamW, see https://arxiv.org/abs/1711.05101; its rate rises, then falls along a cosine."""
        config, steps = self.config, state["steps"] + 1
        mean = torch.lerp(state["mean"], gradient, 1 - 0.9)
        square = torch.lerp(state["square"], gradient * gradient, 1 - 0.999)
        update = mean / (1 - 0.9**steps) / ((square / (1 - 0.999**steps)).sqrt() + 1e-8)
        rise = max(round(WARM_UP * self.all_steps), 1)
        fallen = (state["steps"] - rise).clamp(min=0) / max(self.all_steps - rise, 1)
        share = (steps / rise).clamp(max=1) * (1 + torch.cos(math.pi * fallen)) / 2
        rate = config.learning_rate * share
        new_weights = weights - rate * (update + config.weight_decay * weights)
        return new_weights, {"steps": steps, "mean": mean, "square": square}

    def state_dict(self) -> Tensors:
        return self.state

    def load_state_dict(self, state: Tensors) -> None:
        for name, tensor in state.items():
            self.state[name].copy_(tensor)


def replace(old: Tensors, new: Tensors, good: Tensor) -> None:
    """Write the new values over the old ones in place, or leave them."""
    for name, tensor in new.items():
        old[name].copy_(torch.where(good, tensor, old[name]))


def main(config: Config) -> None:
    best = train(config)
    scores = [f"{name} {value:.4f}" for name, value in best.items() if name.startswith("val_")]
    print(f"best: epoch {best['epoch']}, {', '.join(scores)}, saved in {config.run_dir}")
