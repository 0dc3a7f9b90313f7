"""Decays of FIDs whose lines have a stated full width at half height (FWHM)."""

from __future__ import annotations

import numpy as np


def voigt_parts(fwhm, gaussian_share) -> tuple[np.ndarray, np.ndarray]:
    """Lorentzian and Gaussian FWHM of a Voigt line of total width ``fwhm``, in its unit.

    The Lorentzian one is ``(1 - gaussian_share) * fwhm``; the Gaussian one follows from Olivero and
    Longbothum, JQSRT 1977;17:233: ``fwhm = 0.5346 L + sqrt(0.2166 L^2 + G^2)``, good to 0.02 %.
    """
    fwhm = np.asarray(fwhm, dtype=float)
    lorentz = (1 - np.asarray(gaussian_share)) * fwhm
    squared = (fwhm - 0.5346 * lorentz) ** 2 - 0.2166 * lorentz**2
    return lorentz, np.sqrt(np.maximum(squared, 0))


def decay(t: np.ndarray, lorentz, gauss) -> np.ndarray:
    """``exp(-pi L t - (pi G t)^2 / (4 ln 2))``, float32 (..., points); widths (...) in Hz, times in s."""
    t = t.astype("float32")
    lorentz, gauss = (np.asarray(width, "float32")[..., None] for width in (lorentz, gauss))
    return np.exp(
        -np.float32(np.pi) * lorentz * t - (np.float32(np.pi / (2 * np.log(2) ** 0.5)) * gauss * t) ** 2
    )
