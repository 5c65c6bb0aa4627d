"""A small transformer, which reads all tokens of a text at once, and its loss."""

import math
from collections.abc import Callable

import numpy as np

from .backend import keras, tf
from .config import Config
from .task import Task

HEADS = 4


def block(
    x: keras.KerasTensor, seen: keras.KerasTensor, width: int, dropout: float
) -> keras.KerasTensor:
    """Each token looks at all others of its text, and then at itself."""
    y = keras.layers.LayerNormalization(epsilon=1e-5)(x)
    y = keras.layers.MultiHeadAttention(HEADS, width // HEADS)(y, y, attention_mask=seen)
    x = x + keras.layers.Dropout(dropout)(y)
    y = keras.layers.LayerNormalization(epsilon=1e-5)(x)
    y = keras.layers.Dense(4 * width, activation="gelu")(y)
    y = keras.layers.Dense(width)(y)
    return x + keras.layers.Dropout(dropout)(y)


def build_model(config: Config, task: Task, policy: str = "float32") -> keras.Model:
    """Return an untrained model. Its inputs and outputs are those of task.signature."""
    keras.config.set_dtype_policy(policy)
    width, ops = config.width, keras.ops
    ids = keras.Input((None,), dtype="int64", name="ids")
    mask = keras.Input((None,), dtype="int64", name="mask")
    start = keras.initializers.RandomNormal(stddev=width**-0.5)
    tokens = keras.layers.Embedding(task.words.get_vocab_size(), width, start)(ids)
    waves = np.exp(np.arange(0, width, 2) * (-math.log(10_000) / width)).astype(np.float32)
    there = ops.expand_dims(ops.cast(mask, "float32"), axis=2)
    places = ops.cumsum(there, axis=1) * waves  # of any length, as in arXiv:1706.03762
    places = ops.concatenate([ops.sin(places), ops.cos(places)], axis=2)
    x = keras.layers.Dropout(config.dropout)(tokens + places * len(waves) ** -0.5)
    seen = ops.expand_dims(mask, axis=1)  # nothing looks at what fills a row
    for _ in range(config.layers):
        x = block(x, seen, width, config.dropout)
    x = keras.layers.LayerNormalization(epsilon=1e-5)(x)
    mean = ops.sum(x * there, axis=1) / ops.maximum(ops.sum(there, axis=1), 1)
    logits = keras.layers.Dense(len(task.labels), dtype="float32", name="logits")(mean)
    model = keras.Model({"ids": ids, "mask": mask}, {"logits": logits})
    model.class_weights = task.class_weights
    return model


def loss(
    model: keras.Model, config: Config
) -> dict[str, Callable[[tf.Tensor, tf.Tensor], tf.Tensor]]:
    """Return what training minimises: for each output a function of the targets and the output."""

    def crossentropy(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        one_hot = keras.ops.one_hot(targets, logits.shape[1])  # label smoothing needs them so
        losses = keras.losses.categorical_crossentropy(
            one_hot, logits, from_logits=True, label_smoothing=config.label_smoothing
        )
        weights = getattr(model, "class_weights", ())
        return keras.ops.sum(one_hot * weights, axis=1) * losses if weights else losses

    return {"logits": crossentropy}
