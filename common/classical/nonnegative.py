"""Linear least squares with non-negative unknowns, from normal equations and a guess of what is zero."""

from __future__ import annotations

import numpy as np


def nonnegative(gram: np.ndarray, moment: np.ndarray, active: np.ndarray | None = None) -> np.ndarray:
    """``x >= 0`` that minimises ``x^T gram x / 2 - moment^T x``; gram positive definite.

    R. Bro and S. de Jong, J. Chemometrics 1997, 11, 393-401, after Lawson and Hanson. active: boolean
    (unknowns,), what is expected to be positive; a good guess saves nearly all of the work.
    """
    scale = 1 / np.sqrt(np.diag(gram))
    gram, moment = gram * np.outer(scale, scale), moment * scale
    tolerance = 1e-10 * np.abs(moment).max(initial=0)
    x = np.zeros(moment.size)
    active = np.zeros(moment.size, bool) if active is None else active.copy()
    if active.any():
        trial = _solve(gram, moment, active)
        while active.any() and trial[active].min() <= 0:
            active &= trial > 0
            trial = _solve(gram, moment, active)
        x = trial
    for _ in range(10 * moment.size):
        gradient = moment - gram @ x
        gradient[active] = -np.inf
        if active.all() or gradient.max() <= tolerance:
            break
        active[np.argmax(gradient)] = True
        x = _inward(gram, moment, active, x)
    return x * scale


def _inward(gram, moment, active, x):
    """The step to the solution of the active set, as far as nothing turns negative; shrinks ``active``."""
    trial = _solve(gram, moment, active)
    while active.any() and trial[active].min() <= 0:
        falling = np.flatnonzero(active & (trial <= 0))
        room = x[falling] / np.maximum(x[falling] - trial[falling], np.finfo(float).tiny)
        x = x + room.min() * (trial - x)
        active[falling[room <= room.min()]] = False
        x[~active] = 0
        trial = _solve(gram, moment, active)
    return trial


def _solve(gram, moment, active):
    x = np.zeros(moment.size)
    x[active] = np.linalg.solve(gram[np.ix_(active, active)], moment[active])
    return x
