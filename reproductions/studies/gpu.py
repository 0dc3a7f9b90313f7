"""IST-S on the device of JAX: what a network on a GPU is set beside."""

from __future__ import annotations

import functools

import numpy as np

from common.classical.columns import Columns


def ist_s(fid, mask, *, iterations: int = 400, decay: float = 0.98, stop_sigma: float = 2.0):
    """What ``METHODS["ist_s"]`` gives, computed by JAX: complex (points, columns) of one sampled dimension.

    The time includes bringing the data to the device and back, as that of a network does.
    """
    columns = Columns(fid, mask)
    floor = stop_sigma * columns.noise(None) * np.sqrt(columns.mask.sum())
    estimate = _compiled()(columns.y, columns.mask, floor.astype(np.float32)[:, None], iterations, decay)
    return columns.fid(np.asarray(estimate), write_back=True)


@functools.cache
def _compiled():
    """The loop of :func:`common.classical.ist.ist_s` as one compiled function."""
    import jax
    from jax import numpy as jnp

    def completed(y, mask, floor, iterations, decay):
        points, size = y.shape[1], 2 * y.shape[1]

        def signal(spectrum):
            return jnp.fft.ifft(spectrum)[:, :points]

        def step(state):
            spectrum, threshold, iteration, _ = state
            threshold = jnp.maximum(threshold, floor)
            spectrum += jnp.fft.fft(jnp.where(mask, y - signal(spectrum), 0), size)
            modulus = jnp.maximum(jnp.abs(spectrum), jnp.finfo(jnp.float32).tiny)
            spectrum *= jnp.maximum(1 - threshold / modulus, 0)
            return spectrum, threshold * decay, iteration + 1, (threshold <= floor).all()

        def going(state):
            return (state[2] < iterations) & ~state[3]

        spectrum = jnp.fft.fft(y, size)
        first = jnp.abs(spectrum).max(axis=1, keepdims=True)
        return signal(jax.lax.while_loop(going, step, (0 * spectrum, first, 0, False))[0])

    return jax.jit(completed)
