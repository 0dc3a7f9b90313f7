"""How several papers' networks are trained: optimizer, metric and loss. Importing this imports no Keras."""

from __future__ import annotations

from collections.abc import Callable

#: Added to the square of a relative error: what is below 1 % of the signal counts no further.
FLOOR = 1e-4


def rlne(target, output):
    """Relative error of a whole batch: one number that examples of noise cannot blow up."""
    from keras import ops

    return ops.sqrt(ops.sum(ops.square(output - target)) / (ops.sum(ops.square(target)) + 1e-12))


def compile_adam(
    model,
    loss: Callable | str,
    rate: float,
    steps: int,
    *,
    metric: Callable | str = rlne,
    warmup: int = 0,
    weight_decay: float = 0.0,
) -> None:
    """Adam, cosine decay from ``rate`` to zero over ``steps``, gradients clipped to norm 1; a metric to see.

    loss, metric: functions of (target, output), or Keras' names for them. warmup: steps in which the rate
    first rises from a tenth of itself. weight_decay: of AdamW.
    """
    import keras

    rising = {"warmup_target": rate, "warmup_steps": warmup} if warmup else {}
    start = rate / 10 if warmup else rate
    decay = keras.optimizers.schedules.CosineDecay(start, steps, **rising)
    if weight_decay:
        optimizer = keras.optimizers.AdamW(decay, weight_decay=weight_decay, global_clipnorm=1.0)
    else:
        optimizer = keras.optimizers.Adam(decay, global_clipnorm=1.0)
    model.compile(optimizer=optimizer, loss=loss, metrics=[metric])


def log_error(squares: Callable) -> Callable:
    """Mean logarithm of relative errors, floored at 1 %: a factor counts alike on easy and hard signals.

    squares: ``squares(target, output)``, the squared error of each signal of a batch whose targets come
    divided by their norm.
    """
    from keras import ops

    def loss(target, output):
        return 0.5 * ops.mean(ops.log(squares(target, output) + FLOOR))

    return loss


def known_error(target, output):
    """Mean square of the differences where there is a target; NaN stands where there is none."""
    return _mean_known(target, output, lambda difference: difference**2)


def known_huber(target, output, limit: float = 2.0):
    """As :func:`known_error`, but what goes beyond ``limit`` counts linearly."""
    from keras import ops

    def error(difference):
        size = ops.abs(difference)
        return ops.where(size < limit, size**2, 2 * limit * size - limit**2)

    return _mean_known(target, output, error)


def _mean_known(target, output, error: Callable):
    from keras import ops

    known = ops.isfinite(target)
    difference = ops.where(known, output - ops.where(known, target, output), ops.zeros_like(output))
    counted = ops.sum(ops.cast(known, output.dtype))
    return ops.sum(error(difference)) / ops.maximum(counted, ops.ones_like(counted))
