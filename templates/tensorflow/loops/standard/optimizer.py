"""How the weights change: AdamW, with a learning rate that rises and then falls along a cosine."""

from .backend import keras, tf
from .config import Config

WARM_UP = 0.1  # the share of the steps in which the rate rises, or small data sets would swing
NOT_FINITE = "the gradient is not finite"


class FiniteAdamW(keras.optimizers.AdamW):
    """AdamW that stops before a step whose gradient is not finite; TerminateOnNaN stops after."""

    def apply(self, grads: list[tf.Tensor], trainable_variables: list | None = None) -> None:
        finite = tf.debugging.check_numerics(tf.linalg.global_norm(grads), NOT_FINITE)
        with tf.control_dependencies([finite]):
            super().apply(grads, trainable_variables)


def build_optimizer(model: keras.Model, config: Config, steps: int) -> FiniteAdamW:
    """Return the optimizer, whose learning rate has a schedule over all steps."""
    rate, rise = config.learning_rate, max(round(WARM_UP * steps), 1)
    schedule = keras.optimizers.schedules.CosineDecay(
        rate / rise, max(steps - rise, 1), warmup_target=rate, warmup_steps=rise
    )
    return FiniteAdamW(schedule, config.weight_decay, global_clipnorm=config.clip_norm)
