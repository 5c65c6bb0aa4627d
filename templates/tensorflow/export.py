"""Export a trained model as a package: the chosen formats, a manifest, and golden answers."""

from . import artifacts, checkpoint, runs
from .backend import tf
from .data import batches
from .evaluate import evaluate
from .samples import load_samples


def main(run: runs.Name = None) -> None:
    """Export the best epoch of a run to artifacts/."""
    config, task = runs.load(runs.find(run))
    test = runs.load_test(config)
    model = checkpoint.load_best(config, task)
    metrics = evaluate(model, batches(test, task, config), task)

    inputs = test.examples(artifacts.golden_rows(test.examples(1, task)), task)
    golden = inputs | model.predict_on_batch(inputs)
    about = {"framework": "tensorflow", "version": tf.__version__, "metrics": metrics}
    # int8 takes from them which range of numbers each layer has to hold
    examples = load_samples("train", config).examples(256, task)
    artifacts.write(about, task, model, examples, golden)
