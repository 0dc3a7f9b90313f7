"""Noise-injected versions of a measured brain spectrum: broader lines and more noise, all else as it was.

They keep anatomy, baseline and residual water of the one measurement. So what a method's results vary by over
them is a lower bound of what they vary by over measurements as poor, and is called noise-injected wherever it
is printed. SNR and line width are those of :mod:`common.mrs.quality`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from common.mrs.quality import Quality, quality
from common.simulation.brain import naa_height, noise_factor
from common.simulation.lineshapes import voigt_parts
from common.spectrum import Axis

#: Ranges of Lee and Kim, Magn. Reson. Med. 2019, 82, 33-48.
SNR_RANGE = (6.90, 20.74)
LINEWIDTH_RANGE = (10.0, 20.0)  # Hz
#: How many versions. ours: as many as the paper had spectra in vivo (recalled).
COUNT = 40


@dataclass(frozen=True)
class Versions:
    """Degraded versions of one FID: fids complex (count, points); their snr and linewidth (Hz), (count,)."""

    fids: np.ndarray = field(repr=False)
    axis: Axis
    snr: np.ndarray
    linewidth: np.ndarray


def versions(
    fid: np.ndarray,
    axis: Axis,
    rng: np.random.Generator,
    count: int = COUNT,
    snr: tuple[float, float] = SNR_RANGE,
    linewidth: tuple[float, float] = LINEWIDTH_RANGE,
) -> Versions:
    """``count`` versions of a complex FID (points,), their SNR and line width (Hz) uniform in two ranges.

    A spectrum that is broader than the lower bound already is broadened from its own width on. ``ValueError``
    where the FID shows no NAA singlet to go by, is too broad, or has too low an SNR.
    """
    native = quality(fid, axis)
    if native.reason:
        raise ValueError(f"cannot be degraded to a line width and an SNR: {native.reason}")
    if native.linewidth >= linewidth[1]:
        raise ValueError(
            f"lines of {native.linewidth:.1f} Hz are too broad for versions of {linewidth[1]:g} Hz"
        )
    widths = rng.uniform(max(linewidth[0], native.linewidth), linewidth[1], count)
    ratios, shares = rng.uniform(*snr, count), rng.uniform(size=count)
    made = [
        degraded(fid, axis, native, *targets, rng) for targets in zip(ratios, widths, shares, strict=True)
    ]
    return Versions(np.stack(made), axis, ratios, widths)


def degraded(
    fid: np.ndarray, axis: Axis, native: Quality, snr: float, linewidth: float, share: float, rng
) -> np.ndarray:
    """A complex FID (points,) broadened to a line width (Hz), with white noise added down to an SNR.

    native: of the FID as it is. share: Gaussian part of the added width, 0 to 1. The noise that is there is
    broadened with the signal, and what is missing added. ``ValueError`` where the width is below the native
    one or the noise that is there is too much already.
    """
    window = broadening(axis, native, linewidth, share)
    height = float(naa_height(native.signal * window, axis))
    halved = np.concatenate([[0.5], np.ones(axis.size - 1)])
    there = native.noise * np.sqrt(np.sum((halved * window) ** 2)) / noise_factor(axis.size)
    missing = (height / (2 * snr)) ** 2 - there**2
    if missing < 0:
        raise ValueError(
            f"an SNR of {snr:.1f} cannot be reached: with lines of {linewidth:.1f} Hz it is lower"
        )
    sd = np.sqrt(missing) / noise_factor(axis.size)
    return fid * window + sd * (rng.standard_normal(axis.size) + 1j * rng.standard_normal(axis.size))


def broadening(axis: Axis, native: Quality, linewidth: float, share: float) -> np.ndarray:
    """Decay (points,) that broadens the native Voigt line to a total width in Hz.

    A Lorentzian of ``1 - share`` of the difference, and as much of a Gaussian as is then missing.
    ``ValueError`` for a width below the native one.
    """
    if linewidth < native.linewidth:
        raise ValueError(f"lines of {native.linewidth:.1f} Hz cannot be narrowed to {linewidth:.1f} Hz")
    lorentz, gauss = voigt_parts(native.linewidth, native.gaussian_share)
    added = (1 - share) * (linewidth - native.linewidth)
    _, whole = voigt_parts(linewidth, 1 - (lorentz + added) / linewidth)
    missing = max(float(whole**2 - gauss**2), 0.0)
    t = np.arange(axis.size) / axis.sw
    return np.exp(-np.pi * added * t - np.pi**2 * missing * t**2 / (4 * np.log(2)))
