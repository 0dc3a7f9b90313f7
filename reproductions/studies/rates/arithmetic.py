"""How much arithmetic a network takes, as XLA counts it; nothing is told under another backend than JAX."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from common.training.fingerprint import backend


def flops(model, inputs, training: bool = False) -> float | None:
    """Operations for one batch: of the outputs, or with ``training`` of their gradients as well.

    The optimiser's own, some ten a weight, are left out.
    """
    if backend() != "jax":
        return None
    import jax

    weights = [[each.value for each in some] for some in (model.trainable_variables, _rest(model))]

    def total(trainable, rest, given):
        made, _ = model.stateless_call(trainable, rest, given, training=training)
        return sum((each.astype("float32") ** 2).sum() for each in jax.tree.leaves(made))

    function = jax.value_and_grad(total) if training else total
    return float(jax.jit(function).lower(*weights, inputs).cost_analysis()["flops"])


def flops_of(call: Callable) -> float | None:
    """Operations of all networks that a call asks for outputs."""
    if backend() != "jax":
        return None
    import keras

    counted: dict[tuple, float] = {}
    total, inside = 0.0, False

    def count(model, inputs):
        nonlocal total
        shapes = str([getattr(each, "shape", None) for each in _listed(inputs)])
        key = id(model), shapes
        if key not in counted:
            counted[key] = flops(model, inputs)
        total += counted[key]

    def watched(method):
        def asked(model, *given, **options):
            nonlocal inside
            if inside:
                return method(model, *given, **options)
            inside = True
            try:
                count(model, given[0])
                return method(model, *given, **options)
            finally:
                inside = False

        return asked

    with contextlib.ExitStack() as stack:
        for name in ("predict_on_batch", "predict", "__call__"):
            method = getattr(keras.Model, name)
            own = name in vars(keras.Model)
            setattr(keras.Model, name, watched(method))
            stack.callback(*((setattr, keras.Model, name, method) if own else (delattr, keras.Model, name)))
        call()
    return total


def _rest(model):
    return model.non_trainable_variables


def _listed(inputs) -> list:
    return list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
