"""Completing 2D data along t1: which columns a method sees, and how completed columns become rows again.

A method works on t1 signals of single points of a transformed direct dimension. Where a spectrum is wanted,
these are real parts of a windowed, zero-filled, phased direct dimension. Where FIDs are wanted, nothing may
be lost: the columns are real *and* imaginary parts of the plain transform over the whole width, each of
which is a complete t1 signal of its own (cosine and sine rows), so that the transform can be undone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from common.processing import DirectRecipe, alternate, fourier, interferogram, inverse_fourier
from common.spectrum import Spectrum

#: ``fid -> fid``, complex (points, columns), with every point and the measured ones unchanged.
Complete = Callable[[np.ndarray], np.ndarray]


def complete_t1(spectrum: Spectrum, recipe: DirectRecipe, complete: Complete) -> Spectrum:
    """The interferogram of data on their full grid (zero where not measured) with every point of t1."""
    signal = interferogram(spectrum, recipe)
    return signal.replace(data=complete(signal.data))


def t1_rows(signal: Spectrum, spectrum: Spectrum, recipe: DirectRecipe) -> Spectrum:
    """An interferogram as the rows it came from: t1 encoded and turning as in ``spectrum``.

    The direct dimension stays as the recipe made it, so a user's script goes on at t1 as it would have. Rows
    of data whose direct dimension was real come back as they were.
    """
    t1 = spectrum.axes[0]
    rows = _rows(signal.data, t1.encoding, recipe)
    return spectrum.replace(data=rows, axes=(t1, signal.axes[1]))


def complete_fids(spectrum: Spectrum, recipe: DirectRecipe, complete: Complete) -> Spectrum:
    """Time-domain data on their full grid (zero where not measured) with every FID, the measured unchanged.

    Of the recipe the sense and alternation of t1 count alone: window, filter, zero filling, phase and region
    are left to the user's own script.
    """
    t1, direct = spectrum.axes
    transformed = fourier(spectrum.data)
    parts = np.concatenate([transformed.real, transformed.imag], axis=1)
    axes = (t1, replace(direct.to_frequency(), size=parts.shape[1]))
    plain = DirectRecipe(conjugate=recipe.conjugate, alternate=recipe.alternate)
    signal = complete_t1(Spectrum(parts, axes), plain, complete)
    real, imaginary = np.split(_rows(signal.data, t1.encoding, recipe), 2, axis=1)
    rows = inverse_fourier(real + 1j * imaginary).astype(spectrum.data.dtype)
    measured = spectrum.data.reshape(t1.size, -1).any(axis=1).repeat(2)
    rows[measured] = spectrum.data[measured]  # to the last bit
    return spectrum.replace(data=rows)


def _rows(columns: np.ndarray, encoding: str, recipe: DirectRecipe) -> np.ndarray:
    """Real rows of ``states`` or ``states-tppi`` data, what ``interferogram`` does to t1 undone."""
    columns = alternate(columns, axis=0) if recipe.alternate else columns
    columns = np.conj(columns) if recipe.conjugate else columns
    columns = alternate(columns, axis=0) if encoding == "states-tppi" else columns
    pairs = np.stack([columns.real, columns.imag], axis=1)
    return pairs.reshape(2 * len(columns), -1)
