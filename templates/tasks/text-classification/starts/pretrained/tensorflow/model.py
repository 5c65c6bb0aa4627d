"""An encoder that was trained on many texts, with a head for your labels, and the loss."""

from collections.abc import Callable

from .backbone import build
from .backend import keras, tf
from .config import Config
from .task import Task


def build_model(config: Config, task: Task, policy: str = "float32") -> keras.Model:
    """Return a model with pretrained weights; or with random ones, where last.keras will follow.

    Its inputs and outputs are those of task.signature.
    """
    keras.config.set_dtype_policy(policy)
    resumes = (config.run_dir / "last.keras").exists() and not config.debug
    backbone, ops = build(config, download=not resumes), keras.ops
    ids = keras.Input((None,), dtype="int64", name="ids")
    mask = keras.Input((None,), dtype="int64", name="mask")
    whole = {"token_ids": ids, "padding_mask": mask, "segment_ids": ops.zeros_like(ids)}
    states = backbone({name: ops.cast(whole[name], "int32") for name in backbone.input})
    there = ops.expand_dims(ops.cast(mask, "float32"), axis=2)
    states = ops.cast(states, "float32")
    mean = ops.sum(states * there, axis=1) / ops.maximum(ops.sum(there, axis=1), 1)
    dropped = keras.layers.Dropout(0.1)(mean)
    logits = keras.layers.Dense(len(task.labels), dtype="float32", name="logits")(dropped)
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
