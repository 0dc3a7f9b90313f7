"""Models spread over several devices by ``keras.distribution``, for :mod:`common.training.devices`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import numpy as np


def data_parallel(names: tuple[str, ...], sharded: Callable[[], bool]):
    """A ``DataParallel`` over these devices, weights whole on each of them.

    sharded: whether the devices share the rows of the batch in hand; each has all of them otherwise.
    """
    from keras.distribution import DataParallel, TensorLayout

    class Layout(TensorLayout):
        """That of the batch in hand.

        Keras asks a distribution once an epoch, by the shape of the first batch, but such a layout anew for
        every batch. So the last batch, which may have a row too few or too many, can be laid out otherwise.
        """

        @property
        def backend_layout(self):
            axes = self.axes if sharded() else [None] * len(self.axes)
            return TensorLayout(axes, self.device_mesh).backend_layout

    class Rows(DataParallel):
        def get_data_layout(self, data_shape):
            axes = [self.batch_dim_name, *[None] * (len(data_shape) - 1)]
            return SimpleNamespace(backend_layout=Layout(axes, self.device_mesh))

    return Rows(devices=list(names), auto_shard_dataset=False)


@contextlib.contextmanager
def spread(model, distribution) -> Iterator[None]:
    """Spread a compiled model, its optimizer built, over devices; afterwards it is an ordinary one again."""
    import keras

    for variable in variables(model):
        _move(variable, distribution)
    keras.distribution.set_distribution(distribution)
    try:
        yield
    finally:
        keras.distribution.set_distribution(None)
    for variable in variables(model):
        _move(variable, None)
    _set_functions(model, None, None, None)


@contextlib.contextmanager
def gathered(model, compiled: list) -> Iterator[None]:
    """Within :func:`spread`: the model is for a while an ordinary one, of this process alone.

    compiled: its steps then, three times None at first; kept for the next time.
    """
    import keras

    distribution = keras.distribution.distribution()
    functions = _functions(model)
    before = [(variable, variable.value) for variable in variables(model)]
    keras.distribution.set_distribution(None)
    for variable, _ in before:
        _move(variable, None)
    _set_functions(model, *compiled)
    try:
        yield
    finally:
        compiled[:] = _functions(model)
        for variable, value in before:
            _move(variable, distribution, value)
        _set_functions(model, *functions)
        keras.distribution.set_distribution(distribution)


def variables(model) -> list:
    """Of weights, seed generators, optimizer and metrics, each once."""
    every = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    return list({id(variable): variable for variable in every}.values())


def _move(variable, distribution, value=None) -> None:
    """Lay a variable out over devices, its value the same in all processes; over none, it is local again.

    value: of the variable, where it is laid out already.
    """
    import jax

    value = np.asarray(variable) if value is None else value
    layout = None if distribution is None else distribution.get_variable_layout(variable)
    if layout is not None and isinstance(value, np.ndarray):
        value = jax.make_array_from_process_local_data(layout.backend_layout, value)
    variable._layout = layout  # where Keras looks first; it has no other name for it
    variable.assign(value)


def _functions(model) -> tuple:
    return model.train_function, model.test_function, model.predict_function


def _set_functions(model, *compiled) -> None:
    """The compiled steps of a model; for None Keras compiles them again, for where the variables are then."""
    model.train_function, model.test_function, model.predict_function = compiled
