"""A basis set seen through one line shape, phase-free, on the chemical shifts of a fit.

The real part of a spectrum zero-filled to twice its points holds all of a FID's information and its noise is
white: it is the transform of a sequence with conjugate symmetry. So a fit takes the real part of phased data
on that grid, as LCModel does (S. W. Provencher, Magn. Reson. Med. 1993, 30, 672-679).
"""

from __future__ import annotations

import numpy as np
import scipy.fft

from common.errors import UserError
from common.spectrum import Axis

#: Of the width of a Gaussian line: its FID falls as ``exp(-(pi width t)^2 / GAUSS)``.
GAUSS = 4 * np.log(2)


class Window:
    """The part of a twice zero-filled spectrum between two chemical shifts (ppm), high to low.

    axis: of the FIDs. ppm: (shifts,). seconds: (points,). Raises ``UserError`` where the spectrum is too
    narrow or holds too few points.
    """

    def __init__(self, axis: Axis, high: float, low: float):
        self.axis = axis
        self.seconds = np.arange(axis.size) / axis.sw
        step = axis.sw / axis.mhz / (2 * axis.size)
        first, last = np.ceil((low - axis.carrier) / step), np.floor((high - axis.carrier) / step)
        self.ppm = axis.carrier + step * np.arange(last, first - 1, -1)
        if first < -axis.size or last > axis.size or self.ppm.size < 100:
            raise UserError(f"a fit needs the whole of {high:g} to {low:g} ppm and 100 points of it")
        self._turn = np.exp(-1j * np.pi * first / axis.size * np.arange(axis.size)).astype(np.complex64)
        self._turn[0] *= 0.5

    def spectra(self, fids: np.ndarray) -> np.ndarray:
        """Complex spectra (..., shifts) of FIDs (..., points), first point halved."""
        turned = self._turn * np.asarray(fids, dtype=np.complex64)
        whole = scipy.fft.fft(turned, n=2 * self.axis.size, axis=-1)
        return whole[..., self.ppm.size - 1 :: -1]

    def line_shape(self, shift: float, lorentz: float, square: float) -> np.ndarray:
        """FID (points,) of the common line: shift, Lorentzian width (Hz), squared Gaussian width (Hz2)."""
        t = self.seconds
        decay = -np.pi * lorentz * t - square * (np.pi * t) ** 2 / GAUSS
        return np.exp(decay + 2j * np.pi * shift * t).astype(np.complex64)

    def slopes(self, fid: np.ndarray) -> np.ndarray:
        """Real spectra (3, shifts): how one FID changes with the three parameters of :meth:`line_shape`."""
        t = self.seconds
        factors = np.stack([2j * np.pi * t, -np.pi * t, -((np.pi * t) ** 2) / GAUSS]).astype(np.complex64)
        return self.spectra(factors * fid).real.astype(float)


def gaussian(axis: Axis, lines) -> np.ndarray:
    """FID (points,) of Gaussian lines, each (ppm, full width at half height in ppm, height at time zero)."""
    t = np.arange(axis.size) / axis.sw
    fid = np.zeros(axis.size, complex)
    for ppm, width, height in lines:
        turn = 2j * np.pi * (ppm - axis.carrier) * axis.mhz * t
        fid += height * np.exp(turn - (np.pi * width * axis.mhz * t) ** 2 / GAUSS)
    return fid


def voigt_width(lorentz, gauss):
    """Full width at half height of a Voigt line (Hz), within 0.02 %.

    J. J. Olivero and R. L. Longbothum, J. Quant. Spectrosc. Radiat. Transfer 1977, 17, 233-236.
    """
    return 0.5346 * lorentz + np.sqrt(0.2166 * np.square(lorentz) + np.square(gauss))
