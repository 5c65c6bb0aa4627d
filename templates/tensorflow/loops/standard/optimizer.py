"""How the weights change: AdamW, with a learning rate that falls along a cosine."""

from .backend import keras, tf
from .config import Config

NOT_FINITE = "the gradient is not finite"


class FiniteAdamW(keras.optimizers.AdamW):
    """AdamW that stops before a step whose gradient is not finite; TerminateOnNaN stops after."""

    def apply(self, grads: list[tf.Tensor], trainable_variables: list | None = None) -> None:
        finite = tf.debugging.check_numerics(tf.linalg.global_norm(grads), NOT_FINITE)
        with tf.control_dependencies([finite]):
            super().apply(grads, trainable_variables)


def build_optimizer(model: keras.Model, config: Config, steps: int) -> FiniteAdamW:
    """Return the optimizer, whose learning rate has a schedule over all steps."""
    schedule = keras.optimizers.schedules.CosineDecay(config.learning_rate, steps)
    return FiniteAdamW(schedule, config.weight_decay, global_clipnorm=config.clip_norm)
