"""Concentrations out of spectra that hold nothing but metabolites, such as a network's output."""

from __future__ import annotations

import numpy as np

from common.acquisition import Basis
from common.classical.nonnegative import nonnegative
from common.classical.voigt_basis import GAUSS
from common.processing import spectrum_at


def basis_spectra(basis: Basis, ppm: np.ndarray, lorentz: float = 0.0, gauss: float = 0.0) -> np.ndarray:
    """Real spectra (metabolites, shifts) at any chemical shifts, broadened by a Voigt line (widths in Hz)."""
    t = np.arange(basis.axis.size) / basis.axis.sw
    decay = np.exp(-np.pi * lorentz * t - (np.pi * gauss * t) ** 2 / GAUSS)
    return spectrum_at(basis.fids * decay, basis.axis, ppm).real


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
