"""The search of a linear-combination fit: damped Gauss-Newton, the linear part solved for at every step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.classical.broad_components import ratio_rows
from common.classical.fit_model import Model
from common.classical.nonnegative import nonnegative

#: Ridge on scaled normal equations: components that no data tell apart share what they explain.
RIDGE = 1e-7
DEGREE = np.pi / 180


@dataclass(frozen=True)
class Best:
    """One spectrum's result: amounts and covariance in units of the basis, curves (4, shifts).

    theta: shift (Hz), Lorentzian width (Hz), squared Gaussian width (Hz2), phase0 (deg), phase1 (deg/ppm).
    """

    amounts: np.ndarray
    covariance: np.ndarray
    theta: np.ndarray
    noise: float
    curves: np.ndarray
    converged: bool


@dataclass(frozen=True)
class Soft:
    """Soft constraints ``rows @ x = target`` in units of ``sqrt(noise2)``, the variance of the residual."""

    noise2: float
    rows: np.ndarray
    target: np.ndarray


def fit_one(model: Model, fid: np.ndarray) -> Best:
    """The fit of one FID (points,)."""
    if not np.all(np.isfinite(fid)):
        return _nothing(model)
    spectrum = model.window.spectra(fid / max(np.abs(fid).max(), np.finfo(float).tiny)).astype(complex)
    flat = model.flat(spectrum)
    power = np.linalg.norm(flat)
    if power <= 1e-6 * np.linalg.norm(spectrum) or power == 0:
        return _nothing(model)
    size = power * np.abs(fid).max()
    spectrum, flat = spectrum * (np.abs(fid).max() / size), flat / power
    state, converged = _rounds(model, spectrum, _start(model, flat), size)
    metabolites = slice(model.count)
    told = state.x[metabolites] @ state.gram[metabolites, metabolites] @ state.x[metabolites]
    if not told > model.settings.significance * state.soft.noise2:
        return _nothing(model)
    return _result(model, state, size, converged)


def _nothing(model):
    count = len(model.all_names)
    return Best(
        np.full(count, np.nan),
        np.full((model.count, model.count), np.nan),
        np.full(5, np.nan),
        np.nan,
        np.full((4, model.window.ppm.size), np.nan),
        False,
    )


def _start(model, flat):
    """Where a typical brain spectrum, at any phase, resembles this one most."""
    likeness = model.seen.conj() @ flat
    best = np.argmax(np.abs(likeness))
    return np.array([*model.starts[best], np.rad2deg(np.angle(likeness[best])), 0.0])


def _rounds(model, spectrum, theta, size):
    """Search, estimate the noise and the scale of soft ratios, search again."""
    free = Soft(0.0, np.zeros((0, len(model.all_names))), np.zeros(0))
    state, converged = State(model, spectrum, theta, free), False
    for _ in range(model.settings.rounds):
        soft = _soft(model, state, size)
        state, converged = _search(model, spectrum, State(model, spectrum, state.theta, soft, state.x > 0))
    return state, converged


def _soft(model, state, size):
    """Soft constraints at the scale of a first result."""
    shifts = model.window.ppm.size
    freedom = shifts - model.smoother.freedom - np.count_nonzero(state.x) - 5
    noise2 = max(state.misfit / freedom, np.finfo(np.float32).eps ** 2)
    rows = ratio_rows(model.all_names, state.x / model.scale, model.ratios) / model.scale
    target = np.zeros(len(rows))
    if model.prior is not None:
        told, aim = model.prior
        rows, target = np.concatenate([rows, told * size]), np.concatenate([target, aim])
    return Soft(noise2, rows, target)


class State:
    """The best linear part at some shift, widths and phases, and its cost."""

    def __init__(self, model: Model, spectrum, theta, soft: Soft, active=None):
        self.theta, self.soft = theta, soft
        shift, lorentz, square, phase0, phase1 = theta
        self.turned = spectrum * np.exp(-1j * DEGREE * (phase0 + phase1 * model.turn))
        self.line = model.window.line_shape(shift, lorentz, square)
        self.spectra = model.window.spectra(model.fids * self.line)
        self.real = self.spectra.real.astype(float)
        q, y = model.smoother.q, self.turned.real
        self.q_real, q_y = self.real @ q.T, q @ y
        self.gram = self.real @ self.real.T - self.q_real @ self.q_real.T
        self.full = self.gram + soft.noise2 * soft.rows.T @ soft.rows
        self.full[np.diag_indices_from(self.full)] *= 1 + RIDGE
        moment = self.real @ y - self.q_real @ q_y
        self.x = nonnegative(self.full, moment + soft.noise2 * soft.target @ soft.rows, active)
        rest, q_rest = y - self.x @ self.real, q_y - self.x @ self.q_real
        self.residual = rest - q_rest @ q
        self.misfit = rest @ rest - q_rest @ q_rest
        off = soft.rows @ self.x - soft.target
        self.tilt = phase1 / model.settings.phase1_sd**2
        self.cost = self.misfit + soft.noise2 * (off @ off + self.tilt * phase1)

    def jacobian(self, model):
        """How model less data changes with the five parameters, (5, shifts); phases turn the data."""
        slopes = model.window.slopes((self.x.astype(np.complex64) @ model.fids) * self.line)
        dispersive = -DEGREE * (self.x @ self.spectra.imag)
        return np.concatenate([slopes, [dispersive, dispersive * model.turn]])

    def curvature(self, model):
        """Normal equations of parameters and amounts: blocks (5, 5) and (amounts, 5); their gradient (5,)."""
        rows = self.jacobian(model)
        q_rows = rows @ model.smoother.q.T
        own = rows @ rows.T - q_rows @ q_rows.T
        own[4, 4] += self.soft.noise2 / model.settings.phase1_sd**2
        mixed = self.real @ rows.T - self.q_real @ q_rows.T
        rows[3:] = -DEGREE * self.turned.imag
        rows[4] *= model.turn
        gradient = rows @ self.residual
        gradient[4] -= self.soft.noise2 * self.tilt
        return own, mixed, gradient


def _search(model, spectrum, state):
    """Damped Gauss-Newton from one state; the best state and whether it settled."""
    limits = np.array([np.inf, model.settings.widest, model.settings.widest**2, np.inf, np.inf])
    floor = np.array([-np.inf, 0.0, 0.0, -np.inf, -np.inf])
    damping = 1e-3
    own, mixed, gradient = state.curvature(model)
    for _ in range(model.settings.steps):
        reduced = _reduced(state, own, mixed)
        held = (state.theta <= floor) & (gradient < 0) | (state.theta >= limits) & (gradient > 0)
        step = _step(reduced, gradient, damping, ~held)
        theta = np.clip(state.theta + step, floor, limits)
        error = np.sqrt(state.soft.noise2 / np.maximum(np.diag(reduced), np.finfo(float).tiny))
        if np.all(np.abs(theta - state.theta) <= model.settings.tolerance * error):
            return state, True
        trial = State(model, spectrum, theta, state.soft, state.x > 0)
        if trial.cost < state.cost:
            settled = state.cost - trial.cost < 1e-7 * trial.cost
            state, damping = trial, damping / 5
            if settled:
                return state, True
            own, mixed, gradient = state.curvature(model)
        else:
            damping = max(4 * damping, 1e-3)
            if damping > 1e6:
                return state, True
    return state, False


def _reduced(state, own, mixed):
    """Normal equations of the five parameters with the positive amounts solved for."""
    active = state.x > 0
    part = mixed[active]
    return own - part.T @ np.linalg.solve(state.full[np.ix_(active, active)], part)


def _step(reduced, gradient, damping, free):
    step = np.zeros(gradient.size)
    matrix = reduced[np.ix_(free, free)]
    scale = 1 / np.sqrt(np.maximum(np.diag(matrix), np.finfo(float).tiny))
    matrix = matrix * np.outer(scale, scale) + damping * np.eye(scale.size)
    step[free] = scale * np.linalg.solve(matrix, scale * gradient[free])
    return step


def _result(model, state, size, converged):
    covariance = _covariance(model, state)
    unit = size / model.scale
    count = model.count
    y, parts = state.turned.real, state.x[:, None] * state.real
    rest = y - parts.sum(axis=0)
    curves = [y, parts[:count].sum(axis=0), parts[count:].sum(axis=0), model.smoother.baseline(rest)]
    return Best(
        state.x * unit,
        covariance * np.outer(unit[:count], unit[:count]),
        state.theta,
        np.sqrt(state.soft.noise2) * size,
        np.array(curves) * size,
        converged,
    )


def _covariance(model, state):
    """Of the scaled amounts of metabolites, whether positive or not; components found absent are left out."""
    own, mixed, _ = state.curvature(model)
    there = state.x > 0
    there[: model.count] = True
    mixed = mixed[there]
    matrix = np.block([[state.full[np.ix_(there, there)], mixed], [mixed.T, own]])
    scale = 1 / np.sqrt(np.maximum(np.diag(matrix), np.finfo(float).tiny))
    matrix = matrix * np.outer(scale, scale) + 1e-12 * np.eye(scale.size)
    covariance = state.soft.noise2 * np.linalg.inv(matrix) * np.outer(scale, scale)
    return covariance[: model.count, : model.count]
