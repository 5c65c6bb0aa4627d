"""A backbone that was trained on many images, with a head for your classes, and the loss."""

from collections.abc import Callable

from . import memory
from .backbone import build, bytes_kept, preprocessing
from .backend import keras, tf
from .config import Config
from .task import Task


def build_model(config: Config, task: Task, policy: str = "float32") -> keras.Model:
    """Return a model with pretrained weights; or with random ones, where last.keras will follow.

    Its inputs and outputs are those of task.signature.
    """
    keras.config.set_dtype_policy(policy)
    resumes = (config.run_dir / "last.keras").exists() and not config.debug
    weights = None if resumes else config.weights
    download = not resumes and weights is None
    backbone = build(config.backbone, task.shape[0], weights, download)
    if not resumes and not tf.config.list_physical_devices("GPU"):
        memory.check(bytes_kept(backbone), config)
    images = keras.Input(task.shape, name="images")
    features = backbone(preprocessing(config.backbone)(images))
    logits = keras.layers.Dense(len(task.labels), dtype="float32", name="logits")(features)
    model = keras.Model({"images": images}, {"logits": logits})
    model.class_weights = task.class_weights
    return model


def loss(
    model: keras.Model, config: Config
) -> dict[str, Callable[[tf.Tensor, tf.Tensor], tf.Tensor]]:
    """Return what training minimises: for each output a function of the targets and the output."""

    def crossentropy(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        one_hot = targets  # mixup makes them so
        if len(targets.shape) < 2:  # label smoothing needs the others so
            one_hot = keras.ops.one_hot(targets, logits.shape[1])
        losses = keras.losses.categorical_crossentropy(
            one_hot, logits, from_logits=True, label_smoothing=config.label_smoothing
        )
        weights = getattr(model, "class_weights", ())
        return keras.ops.sum(one_hot * weights, axis=1) * losses if weights else losses

    return {"logits": crossentropy}
