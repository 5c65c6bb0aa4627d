"""Train the model: `train` for the default preset, `train smoke` for a quick look, `train --help` for every setting."""

import math
import time

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value
from tqdm import tqdm

from . import checkpoint
from .config import Config
from .data import Batches, load
from .evaluate import evaluate
from .model import build_model, pick_device

State = dict[str, Tensor]


def train(config: Config) -> dict[str, float]:
    """Train, or go on where the run was interrupted; returns the metrics of the best epoch."""
    torch.manual_seed(config.seed)
    torch.set_float32_matmul_precision("high")  # TensorFloat-32 on a GPU that has it
    device = pick_device(config.device)
    train_batches, val_batches = load("train", config, device), load("val", config, device)

    model = build_model(config, train_batches.shape, len(train_batches.labels)).to(device)
    step = Step(model, config, config.epochs * len(train_batches))

    parts = {"model": model, "step": step}
    history = checkpoint.resume(config, parts)
    for epoch in range(len(history) + 1, config.epochs + 1):
        started = time.perf_counter()
        torch.manual_seed(config.seed + epoch)  # so that a resumed run draws the same batches
        title = f"epoch {epoch:>3}/{config.epochs}"
        train_loss = train_epoch(model, train_batches, step, title)
        val = evaluate(model, val_batches, config)
        seconds = time.perf_counter() - started
        metrics = {
            "epoch": epoch,
            "train_loss": train_loss,
            "val_loss": val["loss"],
            "val_accuracy": val["accuracy"],
        }
        history.append(metrics | {"seconds": seconds})
        checkpoint.save(config, parts, history)
        values = "  ".join(f"{name} {value:.4f}" for name, value in list(metrics.items())[1:])
        print(f"{title}  {values}  {seconds:.1f} s")
    return checkpoint.best(history)


def train_epoch(model: nn.Module, batches: Batches, step: "Step", title: str) -> float:
    """One pass over the training split; returns the mean loss."""
    model.train()
    before = int(step.state["step"])
    step.state["total"].zero_()
    for images, targets in tqdm(batches, desc=title, leave=False, disable=None):
        step(images, targets)
    failed = int(step.state["failed"])
    if failed:
        advice = (
            "Try a smaller --learning-rate or --precision float32, and look for NaN in the data."
        )
        raise SystemExit(f"{title}, batch {failed - before}: the gradient is not finite. {advice}")
    return step.state["total"].item() / batches.size


class Step:
    """One step of training as one compiled graph: forward, backward, clipping, AdamW and its cosine schedule.

    The weights lie in one vector, of which the model's parameters become views. From the first gradient that is not
    finite on, nothing is changed any more, and the state's `failed` is the number of that step.
    """

    def __init__(self, model: nn.Module, config: Config, steps: int) -> None:
        weights = nn.utils.parameters_to_vector(model.parameters()).detach()
        shapes = {name: parameter.shape for name, parameter in model.named_parameters()}
        for parameter, view in zip(
            model.parameters(), views(weights, shapes).values(), strict=True
        ):
            parameter.data = view
        gpu = weights.is_cuda and torch.cuda.is_bf16_supported()
        bfloat16 = gpu if config.precision == "auto" else config.precision == "bfloat16"

        def loss(
            weights: Tensor, buffers: State, images: Tensor, targets: Tensor
        ) -> tuple[Tensor, State]:
            buffers = {
                name: buffer.clone() for name, buffer in buffers.items()
            }  # BatchNorm writes into them
            with torch.autocast(weights.device.type, torch.bfloat16, enabled=bfloat16):
                logits = functional_call(model, views(weights, shapes) | buffers, images)
                return F.cross_entropy(
                    logits, targets, label_smoothing=config.label_smoothing
                ), buffers

        def step(
            weights: Tensor, buffers: State, own: State, images: Tensor, targets: Tensor
        ) -> None:
            gradient, (value, new_buffers) = grad_and_value(loss, has_aux=True)(
                weights, buffers, images, targets
            )
            norm = gradient.norm()
            good = norm.isfinite() & (own["failed"] == 0)
            gradient = gradient * (config.clip_norm / norm).clamp(max=1.0)

            # AdamW, see https://arxiv.org/abs/1711.05101
            step = own["step"] + 1
            mean = torch.lerp(own["mean"], gradient, 1 - 0.9)
            square = torch.lerp(own["square"], gradient * gradient, 1 - 0.999)
            update = mean / (1 - 0.9**step) / ((square / (1 - 0.999**step)).sqrt() + 1e-8)
            rate = config.learning_rate * (1 + torch.cos(math.pi * own["step"] / steps)) / 2
            new_weights = weights - rate * (update + config.weight_decay * weights)

            new = {
                "step": step,
                "mean": mean,
                "square": square,
                "total": own["total"] + value * len(targets),
            }
            weights.copy_(torch.where(good, new_weights, weights))
            for old, news in ((buffers, new_buffers), (own, new)):
                for name in news:
                    old[name].copy_(torch.where(good, news[name], old[name]))
            own["failed"].copy_(torch.where(good | (own["failed"] > 0), own["failed"], step))

        self.weights, self.buffers = weights, dict(model.named_buffers())
        self.state: State = {name: torch.zeros_like(weights) for name in ("mean", "square")}
        self.state |= {
            name: torch.zeros((), device=weights.device) for name in ("step", "total", "failed")
        }
        self.compiled = torch.compile(step, fullgraph=True, dynamic=False)

    def __call__(self, images: Tensor, targets: Tensor) -> None:
        self.compiled(self.weights, self.buffers, self.state, images, targets)

    def state_dict(self) -> State:
        return self.state

    def load_state_dict(self, state: State) -> None:
        for name, tensor in state.items():
            self.state[name].copy_(tensor)


def views(weights: Tensor, shapes: dict[str, torch.Size]) -> State:
    """The vector cut into tensors of the given shapes."""
    pieces = weights.split([shape.numel() for shape in shapes.values()])
    return {
        name: piece.view(shape) for (name, shape), piece in zip(shapes.items(), pieces, strict=True)
    }


def main(config: Config) -> None:
    best = train(config)
    print(
        f"best: epoch {best['epoch']}, val accuracy {best['val_accuracy']:.4f}, saved in {config.run_dir}"
    )
