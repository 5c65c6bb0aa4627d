"""Tokens a second of CPU time in Keras: the generated project's `fit` beside a bare loop, in one process.

    python text_fit.py PROJECT ROUNDS   # a generated project of TensorFlow that classifies texts; prints JSON

Both train the project's own network on the project's own sentences, in batches of 32 of about the same length. The bare
loop has its batches ready: a `tf.function` takes each step, by AdamW with its defaults.
"""

import json
import statistics
import sys
import time
from dataclasses import replace
from importlib import import_module
from itertools import islice
from pathlib import Path


def main(project: Path, rounds: int) -> None:
    sys.path.append(str(project / "src"))
    package = next((project / "src").iterdir()).name
    names = ("config", "samples", "fit", "data", "model", "train", "backend")
    config, samples, fit, data, model, train, backend = (import_module(f"{package}.{name}") for name in names)
    keras, tf = backend.keras, backend.tf
    settings = replace(config.Config(), least_part=1.0)
    texts = samples.load_samples("train", settings)
    task = fit.fit_task(texts, settings)
    batches = data.batches(texts, task, settings)
    drawn = batches.shuffled(0)
    ready = list(islice(drawn, len(batches)))
    tokens = sum(int(tf.reduce_sum(inputs["mask"])) for inputs, _ in ready)

    generated, bare = (model.build_model(settings, task) for _ in range(2))
    train.compile_model(generated, settings, len(batches))
    plain = keras.optimizers.AdamW(settings.learning_rate)
    plain.build(bare.trainable_variables)
    loss_of = model.loss(bare, settings)["logits"]
    kinds = tf.nest.map_structure(lambda spec: spec, drawn.element_spec)

    @tf.function(input_signature=list(kinds))
    def step(inputs: dict, targets: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            value = tf.reduce_mean(loss_of(targets, bare(inputs, training=True)["logits"]))
        plain.apply(tape.gradient(value, bare.trainable_variables), bare.trainable_variables)

    def bare_epoch() -> None:
        for inputs, targets in ready:
            step(inputs, targets)

    def generated_epoch() -> None:
        generated.fit(drawn, steps_per_epoch=len(batches), epochs=1, verbose=0)

    seconds: dict[str, list[float]] = {"generated": [], "bare": []}
    for number in range(rounds + 1):
        for name, epoch in (("generated", generated_epoch), ("bare", bare_epoch)):
            started = time.process_time()
            epoch()
            seconds[name] += [time.process_time() - started] if number else []  # the first compiles
    rates = {name: tokens / statistics.median(found) for name, found in seconds.items()}
    pairs = zip(seconds["generated"], seconds["bare"], strict=True)
    ratios = {"bare": statistics.median(other / ours for ours, other in pairs)}
    print(json.dumps({"rates": rates, "ratios": ratios, "n": rounds}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
