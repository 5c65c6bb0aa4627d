"""A small residual network, as deep as the images are large."""

from .backend import keras
from .config import Config


def convolution(x: keras.KerasTensor, width: int, stride: int = 1) -> keras.KerasTensor:
    x = keras.layers.Conv2D(
        width, 3, stride, padding="same", use_bias=False, kernel_initializer="he_normal"
    )(x)
    # Keras' own momentum, 0.99, needs more steps than a small data set has
    return keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)


def residual(x: keras.KerasTensor) -> keras.KerasTensor:
    """Two convolutions whose result is added to their input."""
    width = x.shape[-1]
    y = keras.layers.ReLU()(convolution(x, width))
    return keras.layers.ReLU()(keras.layers.Add()([x, convolution(y, width)]))


def build_model(
    config: Config, shape: tuple[int, int, int], classes: int, policy: str = "float32"
) -> keras.Model:
    """An untrained model: pixels 0 to 255, [batch, *shape], to logits, [batch, classes]; `policy` is its precision."""
    keras.config.set_dtype_policy(policy)
    images = keras.Input(shape, name="images")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(
        images
    )  # inside the model, so that every export carries it
    x = residual(keras.layers.ReLU()(convolution(x, config.width)))
    while max(x.shape[1:3]) > 4:  # halve the image and widen the layers until 4x4 is left of it
        wider = min(2 * x.shape[-1], 256)
        x = residual(keras.layers.ReLU()(convolution(x, wider, stride=2)))
    logits = keras.layers.Dense(classes, dtype="float32", name="logits")(keras.layers.Flatten()(x))
    return keras.Model(images, logits)
