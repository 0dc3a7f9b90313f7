"""What tests of the readers of brain spectra share: an acquisition, peaks, what every reader promises."""

import numpy as np

from common.acquisition import Acquisition
from common.processing import fourier, spectrum_at
from common.spectrum import Axis


def peak(fid, axis, low, high, broadening=3.0):
    """ppm of the largest magnitude between two shifts, after a Lorentzian of ``broadening`` Hz."""
    ppm, spectrum = broadened(fid, axis, broadening)
    region = (ppm > low) & (ppm < high)
    return ppm[region][np.abs(spectrum[region]).argmax()]


def broadened(fid, axis, hz):
    """ppm and complex spectrum after a Lorentzian of ``hz``, zero-filled eightfold."""
    decay = np.exp(-np.pi * hz * np.arange(axis.size) / axis.sw)
    decay[0] /= 2
    return axis.to_frequency(8 * axis.size).ppm(), fourier(fid * decay, 8 * axis.size)


def real_peak(fid, axis, low, high):
    """ppm of the largest real part, phased so that the regions without signal are flat and least."""
    ppm, spectrum = broadened(fid, axis, 4.0)
    empty = ((ppm > -3) & (ppm < 0.1) & (np.abs(ppm) > 0.25)) | ((ppm > 5.5) & (ppm < 8))
    inside = (ppm > 0.5) & (ppm < 2.5)

    def roughness(angle):
        real = (spectrum * np.exp(1j * angle)).real
        return np.abs(real[empty]).sum() / max(real[inside].sum(), 1e-30)

    best = min(np.arange(0, 2 * np.pi, 0.05), key=roughness)
    region = (ppm > low) & (ppm < high)
    return ppm[region][(spectrum * np.exp(1j * best)).real[region].argmax()]


def acquisition(coils=1, averages=1, points=64, carrier=4.65, sw=2000.0, delay=0.0, seed=0):
    """A singlet at 2.01 ppm in noise, of every coil and average its own phase and amplitude."""
    rng = np.random.default_rng(seed)
    axis = Axis("1H", points, sw, 127.75, carrier, "time", "complex", delay)
    turns = np.exp(2j * np.pi * (2.01 - carrier) * 127.75 * (np.arange(points) + delay) / sw)
    weights = rng.normal(size=(coils, averages, 2)) @ [1, 1j]
    noise = rng.normal(size=(coils, averages, points, 2)) @ [0.01, 0.01j]
    return Acquisition(weights[..., None] * turns + noise, axis, te=30.0, tr=2000.0, sequence="PRESS")


def check(found):
    """What comes out of a damaged file that was read: numbers on an axis that can be."""
    assert found.fids.dtype == np.complex128
    assert np.isfinite(found.fids).all()
    assert np.isfinite(found.axis.ppm()).all()
    assert 10 <= found.axis.mhz <= 1500
    assert found.te is None or 0 <= found.te <= 6e5


def same_signal(a, b, tolerance):
    """Whether two acquisitions show the same spectra at the same shifts, whatever their carriers."""
    grid = np.arange(0.0, 5.0, 0.01)
    one, other = spectrum_at(a.fids, a.axis, grid), spectrum_at(b.fids, b.axis, grid)
    return np.abs(one - other).max() <= tolerance * np.abs(one).max()
