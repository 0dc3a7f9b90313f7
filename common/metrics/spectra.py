"""Errors of whole spectra, and the floor that the noise of the reference sets for them."""

from __future__ import annotations

import numpy as np


def rlne(reference, estimate) -> float:
    """Relative l2-norm error ``||reference - estimate|| / ||reference||`` of real spectra of one shape.

    ``ValueError`` for complex data, differing shapes or a reference of zeros.
    """
    reference, estimate = np.asarray(reference), np.asarray(estimate)
    if np.iscomplexobj(reference) or np.iscomplexobj(estimate):
        raise ValueError("the relative error is taken of real spectra")
    if reference.shape != estimate.shape:
        raise ValueError(
            f"an estimate of shape {estimate.shape} does not fit a reference of {reference.shape}"
        )
    reference = reference.astype(np.float64, copy=False)
    return float(np.linalg.norm(reference - estimate) / _norm(reference))


def nmse(reference, estimate) -> float:
    """Mean over real spectra (spectra, points) of ``||reference - estimate||^2 / ||reference||^2``.

    ``ValueError`` as :func:`rlne`, whose square this is for one spectrum.
    """
    if np.ndim(reference) != 2 or np.shape(reference) != np.shape(estimate):
        raise ValueError(f"an estimate of {np.shape(estimate)} for spectra of {np.shape(reference)}")
    return float(np.mean([rlne(one, other) ** 2 for one, other in zip(reference, estimate, strict=True)]))


def rlne_floor(reference, sigma: float) -> float:
    """The relative error of a perfect, noise-free estimate: ``sigma sqrt(points) / ||reference||``.

    sigma: standard deviation of the noise of the real reference spectrum, in its units. A method that does
    not keep the measured points cannot be expected below; one that keeps them has :func:`rlne_floor_kept`.
    ``ValueError`` for a reference of zeros.
    """
    return float(sigma * np.sqrt(np.size(reference)) / _norm(reference))


def rlne_floor_kept(reference, sigma: float, window, mask) -> float:
    """The floor of a method that returns the measured points, with their noise, unchanged.

    Its error is the noise of the points that were not measured, each weighted by the apodisation before the
    transform: ``rlne_floor * sqrt(sum of w^2 over unmeasured t1 / sum of w^2)`` by Parseval's theorem.
    window: the indirect window, first-point scaling included. mask: true where measured; both of shape (t1
    points,), ``ValueError`` otherwise and for a reference of zeros.
    """
    weight, mask = np.square(np.asarray(window, dtype=np.float64)), np.asarray(mask, dtype=bool)
    if weight.shape != mask.shape:
        raise ValueError(f"a window of shape {weight.shape} does not fit a mask of shape {mask.shape}")
    return rlne_floor(reference, sigma) * float(np.sqrt(weight[~mask].sum() / weight.sum()))


def _norm(reference) -> float:
    norm = float(np.linalg.norm(np.asarray(reference, dtype=np.float64)))
    if norm == 0:
        raise ValueError("the reference spectrum is zero everywhere")
    return norm
