"""How far a reconstruction may be off, told from the measured points alone.

The method works again on changed data: noise of the measured size added to the measured points, and a share
of the measured points held back in turn. How much the spectrum changes says where it is uncertain. At the
points that were held back the error is known; it says how uncertain the spectrum is in all.

What no repeat shows stays unknown: a signal that the method loses every time has an error that is too small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from common.classical.columns import quiet_noise
from common.errors import UserError
from common.simulation.planes import strip_noise

#: Shares of the measured points that are held back in turn, and repeats with noise.
FOLDS, REPEATS = 8, 8
#: True error over the error of :func:`standard_errors` without this factor: with fewer points every method
#: does worse. Geometric mean of 24 cases: 4 simulated planes, 1/8 and 1/4 of the points, IST-S and two
#: published networks; single cases had 0.5 to 1.0.
KNOWS_MORE = 0.76


@dataclass(frozen=True)
class Errors:
    """What repeats say about a reconstruction.

    sd: standard errors, real, in the shape and units of the spectrum. held: relative error (l2 norm) of the
    prediction of held-back points. noise: the part of ``held`` that their own noise accounts for.
    """

    sd: np.ndarray = field(repr=False)
    held: float
    noise: float


def standard_errors(
    fid: np.ndarray,
    mask: np.ndarray,
    estimate: Callable,
    spectrum: Callable[[np.ndarray], np.ndarray],
    window: np.ndarray,
    *,
    completed: np.ndarray | None = None,
    seed: int = 0,
    track: Callable[[list], Iterable] = iter,
) -> Errors:
    """The standard error of every point of the spectrum of a reconstruction, against the noise-free truth.

    fid: complex ``(*mask.shape, columns)``, zero where not measured. mask: boolean, true where measured.
    estimate: ``(fid, mask) -> fid`` before the measured points are put back. spectrum: the real spectrum of a
    completed FID, linear. window: what it weighs the points with, as ``mask``. completed: the completed FID
    where it is known already. seed: of the noise and of the folds. track: shows how far the repeats are.

    With S the spectrum, S_j those of ``REPEATS`` with noise and S_k those without fold k of ``FOLDS`` (the
    jackknife of Quenouille and Tukey), the variance is, up to a factor,

        V = mean (S_j - S)^2 + sum (S_k - S)^2.

    The factor makes its sum what the error of all points together must be: at points that were not measured
    as large as at the held-back ones (each weighted by ``window``, less the noise of these), at measured ones
    their noise; times ``KNOWS_MORE``. Point 0, which the integral of every signal rests on, stays in.

    Keeps one spectrum and one repeat in memory. Raises ``UserError`` for fewer than three measured points,
    and what ``estimate`` raises.
    """
    fid, mask, rng = np.where(mask[..., None], fid, 0), np.asarray(mask, bool), np.random.default_rng(seed)
    folds, noise = held_back(mask, rng), quiet_noise(fid[mask])
    completed = _written(estimate(fid, mask), fid, mask) if completed is None else completed
    missed, variance = np.zeros_like(fid), 0.0
    for fold in track([*folds, *[None] * REPEATS]):
        if fold is None:
            changed = fid + mask[..., None] * _noise(rng, noise, fid)
            repeat, weight = _written(estimate(changed, mask), changed, mask), 1 / REPEATS
        else:
            rest = mask & ~fold
            changed = fid * rest[..., None]
            repeat, weight = _written(estimate(changed, rest), changed, rest), 1.0
            missed[fold] = (repeat - fid)[fold]
        variance = variance + weight * np.square(spectrum(repeat - completed), dtype=np.float64)
    held = np.any(folds, axis=0)
    total = _total(missed, mask, held, noise, np.square(window), spectrum)
    scale = total / variance.sum() if variance.any() else 0.0
    size = float(np.linalg.norm(fid[held])) or 1.0
    return Errors(
        KNOWS_MORE * np.sqrt(scale * variance).astype(fid.real.dtype),
        float(np.linalg.norm(missed[held])) / size,
        noise * float(np.sqrt(2 * fid[held].size)) / size,
    )


def held_back(mask: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Folds of the measured points but the first of the grid, as masks; neighbours are in different folds."""
    points = np.flatnonzero(mask)
    points = points[points > 0]
    count = min(FOLDS, len(points))
    if count < 2:
        raise UserError("too few points are measured to hold some of them back")
    rounds = -(-len(points) // count)
    order = np.concatenate([rng.permutation(count) for _ in range(rounds)])[: len(points)]
    folds = np.zeros((count, mask.size), bool)
    folds[order, points] = True
    return list(folds.reshape(count, *mask.shape))


def _written(estimate: np.ndarray, fid: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return np.where(mask[..., None], fid, np.asarray(estimate).astype(fid.dtype))


def _noise(rng: np.random.Generator, sd: float, fid: np.ndarray) -> np.ndarray:
    """Noise between whose neighbouring columns windows and zero filling leave a correlation."""
    columns = fid.shape[-1]
    return (sd * strip_noise(rng, 1, fid.size // columns, columns)).reshape(fid.shape).astype(fid.dtype)


def _total(missed, mask, held, noise, weight, spectrum) -> float:
    """What the squared errors of the whole spectrum must add up to.

    missed: prediction less measurement at held-back points. weight: squared window.
    """
    squares = float((weight[..., None] * np.abs(missed) ** 2).sum())
    if not squares:
        return 0.0
    to_spectrum = float(np.square(spectrum(missed), dtype=np.float64).sum()) / squares
    of_noise = 2 * noise**2 * missed.shape[-1]
    unmeasured = max(squares / weight[held].sum() - of_noise, 0) * weight[~mask].sum()
    return to_spectrum * (unmeasured + of_noise * weight[mask].sum())
