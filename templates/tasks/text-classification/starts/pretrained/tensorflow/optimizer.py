"""How the weights change: first the head's alone, then all, the lower layers more slowly."""

from collections import Counter

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
    shares: tuple[float, ...] = ()  # of the rate, by the places of the variables; 1 is the head's

    def apply(self, grads: list[tf.Tensor], trainable_variables: list | None = None) -> None:
        finite = tf.debugging.check_numerics(tf.linalg.global_norm(grads), NOT_FINITE)
        with tf.control_dependencies([finite]):
            super().apply(grads, trainable_variables)

    def update_step(
        self, gradient: tf.Tensor, variable: keras.Variable, learning_rate: tf.Tensor
    ) -> None:
        share = self.shares[self._get_variable_index(variable)]
        alone = 1.0 if share == 1 else 0.0
        part = tf.where(self.iterations < self.head_steps, alone, self.after_head * share)
        super().update_step(gradient, variable, learning_rate * part)


def build_optimizer(model: keras.Model, config: Config, steps: int) -> HeadThenAll:
    """Return the optimizer, whose learning rate has a schedule over all steps."""
    schedule = keras.optimizers.schedules.CosineDecay(config.learning_rate, steps)
    optimizer = HeadThenAll(schedule, config.weight_decay, global_clipnorm=config.clip_norm)
    backbone, variables = model.get_layer("backbone"), model.trainable_variables
    below = depths(backbone)
    optimizer.shares = tuple(config.layer_decay ** below.get(each.path, 0) for each in variables)
    optimizer.exclude_from_weight_decay(backbone.trainable_variables)
    optimizer.head_steps = config.head_epochs * steps // config.epochs
    optimizer.after_head = config.after_head
    return optimizer


def depths(backbone: keras.Model) -> dict[str, int]:
    """Return for each variable, by its path, how many layers are from it to the head."""
    layers = [layer for layer in backbone.layers if layer.trainable_variables]
    [(block, many)] = Counter(map(type, layers)).most_common(1)
    found: dict[str, int] = {}
    above = many + 1  # of the embeddings
    for layer in layers:
        above -= isinstance(layer, block)
        found |= {variable.path: above for variable in layer.trainable_variables}
    return found
