"""Export a trained model as a package: the chosen formats, a manifest, and golden answers."""

import torch

from . import artifacts, checkpoint, runs
from .data import batches
from .evaluate import evaluate


def main(run: runs.Name = None) -> None:
    """Export the best epoch of a run to artifacts/."""
    config, task = runs.load(runs.find(run))
    test = runs.load_test(config)
    model = checkpoint.load_best(config, task)
    data = batches(test, task, config, torch.device("cpu"))
    metrics = evaluate(model, data, task, config)

    inputs = test.examples(artifacts.golden_rows(test.examples(1, task)), task)
    tensors = tuple(torch.from_numpy(inputs[spec.name]) for spec in task.signature.inputs)
    with torch.inference_mode():
        outputs = task.signature.name_outputs(model(*tensors))
    golden = inputs | {name: output.numpy() for name, output in outputs.items()}
    about = {"framework": "torch", "version": torch.__version__, "metrics": metrics}
    artifacts.write(about, task, model, tensors, golden)
