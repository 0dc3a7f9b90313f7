"""Averages of one voxel brought to one frequency and phase, and added up without those that moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.acquisition import Acquisition
from common.processing import noise_level

#: Shifts that hold metabolites and neither water nor lipids, which drift and move on their own (ppm; ours).
BAND = (1.8, 4.2)
#: Largest shift that is looked for (Hz; ours: about .16 ppm at 3 T, far beyond a scanner's drift in a scan).
MOST = 20.0
#: Spacing of the frequencies tried before the parabola (Hz; ours: a small part of any line width).
STEP = 0.25
#: Rounds of aligning to the mean of the others (ours: the shifts stand still after two).
ROUNDS = 4
#: An average is left out that differs from the others by this many times what averages differ by (ours).
OUTLIER = 5.0
#: At most this share of the averages is left out (ours).
LEFT_OUT = 0.25


@dataclass(frozen=True)
class Alignment:
    """Averages on one frequency and phase.

    acquisition: one coil. shifts: (averages,) in Hz, phases: in degrees at time zero, both as taken off.
    kept: boolean (averages,), false where an average is unlike the others. error: standard deviation in Hz
    that noise alone gives to a shift.
    """

    acquisition: Acquisition
    shifts: np.ndarray
    phases: np.ndarray
    kept: np.ndarray
    error: float

    def mean(self) -> Acquisition:
        """The mean of the averages kept, one coil and one average."""
        fids = self.acquisition.fids[:, self.kept].mean(axis=1, keepdims=True)
        return self.acquisition.replace(fids=fids)


def align(acquisition: Acquisition) -> Alignment:
    """Spectral registration in the time domain (Near et al. 2015, Magn. Reson. Med. 73:44).

    acquisition: of one coil. Each average ``x`` is turned by ``exp(i (2 pi f t + p))`` to be closest to the
    mean ``r`` of the others. That is least where ``|C(f)|``, ``C(f) = sum r conj(x) exp(-2 pi i f t)``, is
    most, and ``p`` is the phase of ``C`` there: found on a grid and by a parabola, with no start to go wrong
    from. Only :data:`BAND` counts. Shifts and phases shrink by the share of their spread that noise explains,
    so that averages too noisy to be aligned stay as they are.
    """
    fids = acquisition.fids[0]
    count, points = fids.shape
    if len(acquisition.fids) != 1:
        raise ValueError("combine the coils first")
    if count == 1:
        return Alignment(acquisition, np.zeros(1), np.zeros(1), np.ones(1, bool), 0.0)
    t = np.arange(points) / acquisition.axis.sw
    banded = _banded(fids, acquisition)
    noise = noise_level(np.diff(fids[:, points - points // 4 :], axis=0)) / np.sqrt(2)
    shifts, phases = np.zeros(count), np.zeros(count)
    reference = np.median(banded.real, axis=0) + 1j * np.median(banded.imag, axis=0)
    reference = np.broadcast_to(reference, banded.shape)
    for _ in range(ROUNDS):
        shifts, errors = _shifts(banded, reference, t, noise)
        phases = _phases(_turned(banded, shifts, phases * 0, t), reference, noise)
        turned = _turned(banded, shifts, phases, t)
        reference = (turned.sum(axis=0) - turned) / (count - 1)
    kept = _alike(turned - reference, t)
    aligned = acquisition.replace(fids=_turned(fids, shifts, phases, t)[None])
    return Alignment(aligned, -shifts, -np.rad2deg(phases), kept, float(np.median(errors)))


def _banded(fids: np.ndarray, acquisition: Acquisition) -> np.ndarray:
    """The part of the FIDs in :data:`BAND`."""
    axis = acquisition.axis
    size = 2 * axis.size
    ppm = axis.carrier + np.fft.fftfreq(size, 1 / axis.sw) / axis.mhz
    outside = (ppm < BAND[0]) | (ppm > BAND[1])
    spectra = np.fft.fft(fids, size)
    spectra[:, outside] = 0
    return np.fft.ifft(spectra)[:, : axis.size]


def _shifts(fids, reference, t, noise) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies (averages,) in Hz to add, and their standard errors by the Cramer-Rao bound."""
    grid = np.arange(-MOST, MOST + STEP / 2, STEP)
    height = np.abs((reference * fids.conj()) @ np.exp(-2j * np.pi * np.outer(t, grid)))
    top = np.clip(np.argmax(height, axis=1), 1, len(grid) - 2)
    left, middle, right = (height[np.arange(len(fids)), top + step] for step in (-1, 0, 1))
    bend = np.minimum(left - 2 * middle + right, -np.finfo(float).tiny)
    shifts = grid[top] + STEP * np.clip((left - right) / (2 * bend), -1, 1)
    power = np.abs(reference) ** 2
    total = power.sum(axis=1)
    centre = (power @ t) / total
    spread = np.sum(power * (t - centre[:, None]) ** 2, axis=1)
    errors = noise / (2 * np.pi * np.sqrt(spread))
    return _shrunk(shifts, errors), errors


def _phases(fids, reference, noise) -> np.ndarray:
    """Phases (averages,) in rad to add."""
    phases = np.angle(np.sum(reference * fids.conj(), axis=1))
    return _shrunk(phases, noise / np.linalg.norm(reference, axis=1))


def _shrunk(values: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Values drawn to their median by the share of their variance that the errors explain."""
    middle = np.median(values)
    spread = np.mean((values - middle) ** 2)
    share = max(spread - np.mean(errors**2), 0) / spread if spread > 0 else 0
    return middle + share * (values - middle)


def _turned(fids, shifts, phases, t) -> np.ndarray:
    return fids * np.exp(1j * (2 * np.pi * np.outer(shifts, t) + phases[:, None]))


def _alike(residual, t) -> np.ndarray:
    """Which averages are like the others: false where the early residual stands out."""
    size = np.log(np.sum(np.abs(residual[:, t < 0.2]) ** 2, axis=1) + np.finfo(float).tiny)
    spread = 1.4826 * np.median(np.abs(size - np.median(size)))
    odd = size - np.median(size) > OUTLIER * max(spread, np.log(2) / OUTLIER)
    most = int(LEFT_OUT * len(size))
    worst = np.argsort(size)[::-1][:most]
    kept = np.ones(len(size), bool)
    kept[worst] = ~odd[worst]
    return kept
