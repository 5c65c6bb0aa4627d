"""A small residual network, as deep as the images are large, and its loss."""

from collections.abc import Callable

from .backend import keras, tf
from .config import Config
from .task import Task


def convolution(
    x: keras.KerasTensor, channels: int, stride: int = 1, scale: float = 1
) -> keras.KerasTensor:
    x = keras.layers.Conv2D(channels, 3, stride, padding="same", use_bias=False)(x)
    # Keras' own momentum, 0.99, needs more steps than a small data set has
    gamma = keras.initializers.Constant(scale)
    return keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, gamma_initializer=gamma)(x)


def residual(x: keras.KerasTensor) -> keras.KerasTensor:
    """Two convolutions whose result is added to their input."""
    channels = x.shape[-1]
    y = keras.layers.ReLU()(convolution(x, channels))
    y = convolution(y, channels, scale=0.25)  # or the loss of small data sets would swing
    return keras.layers.ReLU()(keras.layers.Add()([x, y]))


def build_model(config: Config, task: Task, policy: str = "float32") -> keras.Model:
    """Return an untrained model. Its inputs and outputs are those of task.signature."""
    keras.config.set_dtype_policy(policy)
    images = keras.Input(task.shape, name="images")
    # to -1 to 1; inside, so that every export does it
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(images)
    stride = max(max(task.shape[:2]) // 64, 1)  # or large images would take most of the time
    size, channels = 2 * stride + 1, config.channels
    x = keras.layers.Conv2D(channels, size, stride, padding="same", use_bias=False)(x)
    x = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
    x = residual(keras.layers.ReLU()(x))
    while max(x.shape[1:3]) > 4:  # halve the image and add channels until 4x4 is left of it
        more = max(x.shape[-1], min(2 * x.shape[-1], 256))
        x = residual(keras.layers.ReLU()(convolution(x, more, stride=2)))
    x = keras.layers.Flatten()(x)
    logits = keras.layers.Dense(len(task.labels), dtype="float32", name="logits")(x)
    model = keras.Model({"images": images}, {"logits": logits})
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
