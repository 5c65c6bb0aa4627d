"""Tokens a second of CPU time: the generated loop, a bare loop and transformers.Trainer, side by side in one process.

    python text_loops.py PROJECT ROUNDS   # a generated project of PyTorch that classifies texts; prints JSON

All train the project's own network on the project's own sentences, in batches of 32 of about the same length. The bare
loop has its batches ready, and AdamW with its defaults. The generated loop finds the tokens of each text, and the
batches, anew in each epoch; it clips, checks, schedules and sums up. Trainer has the tokens ready, clips and schedules.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import AdamW
from transformers import Trainer, TrainingArguments


def main(project: Path, rounds: int) -> None:
    sys.path.append(str(project / "src"))
    package = next((project / "src").iterdir()).name
    names = ("config", "samples", "fit", "data", "model", "train", "optimizer")
    config, samples, fit, data, model, train, optimizer = (import_module(f"{package}.{name}") for name in names)
    settings = replace(config.Config(), least_part=1.0)
    texts = samples.load_samples("train", settings)
    if rounds == 1:  # it is only to be seen that this works
        texts = texts.some(np.arange(256))
    task = fit.fit_task(texts, settings)
    batches = data.batches(texts, task, settings, torch.device("cpu"), train=True)
    ready = list(batches)
    tokens = sum(int(mask.sum()) for _, mask, _ in ready)
    filled = 1 - tokens / sum(mask.numel() for _, mask, _ in ready)

    generated, bare = (model.build_model(settings, task) for _ in range(2))
    scheduled = optimizer.build_optimizer(generated, settings, len(batches) * (rounds + 1))
    plain = AdamW(bare.parameters(), settings.learning_rate)
    trainer = of_trainer(model.build_model(settings, task), texts, task, settings)

    def generated_epoch() -> None:
        train.train_epoch(generated, batches, *scheduled, settings, 1)

    def bare_epoch() -> None:
        bare.train()
        for ids, mask, targets in ready:
            loss = nn.functional.cross_entropy(bare(ids, mask), targets, label_smoothing=settings.label_smoothing)
            plain.zero_grad()
            loss.backward()
            plain.step()

    epochs: dict[str, Callable[[], Any]] = {"generated": generated_epoch, "bare": bare_epoch, "Trainer": trainer.train}
    seconds: dict[str, list[float]] = {name: [] for name in epochs}
    for number in range(rounds + 1):
        for name, epoch in epochs.items() if number % 2 else reversed(epochs.items()):
            started = time.process_time()
            epoch()
            seconds[name] += [time.process_time() - started] if number else []  # the first warms up
    rates = {name: tokens / statistics.median(found) for name, found in seconds.items()}
    ratios = {
        name: statistics.median(other / ours for ours, other in zip(seconds["generated"], seconds[name], strict=True))
        for name in ("bare", "Trainer")
    }
    print(json.dumps({"rates": rates, "ratios": ratios, "filled": filled, "n": rounds}))


def of_trainer(network: nn.Module, texts: Any, task: Any, settings: Any) -> Trainer:
    rows = [
        {"input_ids": encoding.ids, "labels": int(target)}
        for encoding, target in zip(task.encode(texts.texts), texts.targets, strict=True)
    ]

    def collate(batch: list[dict[str, Any]]) -> dict[str, Tensor]:
        inputs = {
            name: torch.from_numpy(array) for name, array in task.fill([row["input_ids"] for row in batch]).items()
        }
        return {**inputs, "labels": torch.tensor([row["labels"] for row in batch])}

    class WithLoss(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, ids: Tensor, mask: Tensor, labels: Tensor) -> dict[str, Tensor]:
            logits = self.network(ids, mask)
            loss = nn.functional.cross_entropy(logits, labels, label_smoothing=settings.label_smoothing)
            return {"loss": loss, "logits": logits}

    arguments = TrainingArguments(
        output_dir="trainer",
        per_device_train_batch_size=settings.batch_size,
        num_train_epochs=1,
        learning_rate=settings.learning_rate,
        train_sampling_strategy="group_by_length",
        remove_unused_columns=False,
        save_strategy="no",
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
    )
    return Trainer(WithLoss(), arguments, train_dataset=rows, data_collator=collate)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
