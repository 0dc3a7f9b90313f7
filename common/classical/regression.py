"""Concentrations out of spectra that hold nothing but metabolites, such as a network's output."""

from __future__ import annotations

import numpy as np

from common.classical.nonnegative import nonnegative


def regress(spectra: np.ndarray, metabolites: np.ndarray) -> np.ndarray:
    """Non-negative least squares of real spectra (spectra, shifts) on basis spectra (metabolites, shifts).

    No baseline, shift or phase: the regression that Lee and Kim apply to their network's output (recalled;
    Magn. Reson. Med. 2019, 82, 33-48). Concentrations (spectra, metabolites) in units of the basis; NaN for
    a spectrum that is not finite.
    """
    rows = np.asarray(metabolites, dtype=float)
    gram, moments = rows @ rows.T, np.atleast_2d(spectra) @ rows.T
    found = np.full(moments.shape, np.nan)
    for i in np.flatnonzero(np.isfinite(moments).all(axis=-1)):
        found[i] = nonnegative(gram, moments[i])
    return found
