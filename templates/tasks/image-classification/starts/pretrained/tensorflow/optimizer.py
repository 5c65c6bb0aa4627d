"""How the weights change: first the head's alone, then all of them, at a lower rate."""

from .backend import keras, tf
from .config import Config

NOT_FINITE = "the gradient is not finite"


class HeadThenAll(keras.optimizers.AdamW):
    """AdamW that freezes the backbone while the head, which is new, learns.

    A random head would pull a backbone away from what it knows: https://arxiv.org/abs/2202.10054
    It stops before a step whose gradient is not finite; TerminateOnNaN stops after.
    """

    head_steps = 0
    after_head = 1.0
    backbone: frozenset[int] = frozenset()  # the places of its variables

    def apply(self, grads: list[tf.Tensor], trainable_variables: list | None = None) -> None:
        finite = tf.debugging.check_numerics(tf.linalg.global_norm(grads), NOT_FINITE)
        with tf.control_dependencies([finite]):
            super().apply(grads, trainable_variables)

    def update_step(
        self, gradient: tf.Tensor, variable: keras.Variable, learning_rate: tf.Tensor
    ) -> None:
        alone = 0.0 if self._get_variable_index(variable) in self.backbone else 1.0
        share = tf.where(self.iterations < self.head_steps, alone, self.after_head)
        super().update_step(gradient, variable, learning_rate * share)


def build_optimizer(model: keras.Model, config: Config, steps: int) -> HeadThenAll:
    """Return the optimizer, whose learning rate has a schedule over all steps."""
    schedule = keras.optimizers.schedules.CosineDecay(config.learning_rate, steps)
    optimizer = HeadThenAll(schedule, config.weight_decay, global_clipnorm=config.clip_norm)
    variables = model.get_layer("backbone").trainable_variables
    optimizer.exclude_from_weight_decay(variables)
    paths = {variable.path for variable in variables}
    optimizer.backbone = frozenset(
        place for place, each in enumerate(model.trainable_variables) if each.path in paths
    )
    optimizer.head_steps = config.head_epochs * steps // config.epochs
    optimizer.after_head = config.after_head
    return optimizer
