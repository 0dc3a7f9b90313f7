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
#: An average is aligned whose signal is this many times its noise, over all points (ours: below, a maximum of
#: noise may be taken for the signal's).
LEAST = 10.0
#: Filter of the reference (Hz; ours: as the lines), whose noise would count as signal, and its end (s).
MATCHED, UNTIL = 6.0, 0.3
#: Rounds of aligning to the mean of the others (ours: the shifts stand still after two).
ROUNDS = 3
#: An average is left out that differs from the others by this many times what averages differ by (ours).
OUTLIER = 5.0
#: At most this share of the averages is left out (ours).
LEFT_OUT = 0.25


@dataclass(frozen=True)
class Alignment:
    """Averages on one frequency and phase.

    acquisition: one coil. shifts: (averages,) in Hz, phases: in degrees at time zero, both as taken off.
    kept: boolean (averages,), false where an average is unlike the others. error: standard deviation in Hz
    that noise alone gives to a shift; infinite where the averages are too noisy to be aligned.
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
    from. Only :data:`BAND` counts. Shifts and phases shrink by the share of their spread that noise explains.
    Averages too noisy to be aligned stay as they are.
    """
    fids = acquisition.fids[0]
    count, points = fids.shape
    if len(acquisition.fids) != 1:
        raise ValueError("combine the coils first")
    t = np.arange(points) / acquisition.axis.sw
    banded = _banded(fids, acquisition)
    shifts, phases = np.zeros(count), np.zeros(count)
    noise = noise_level(np.diff(fids[:, points - points // 4 :], axis=0)) / np.sqrt(2) if count > 1 else 0.0
    if count == 1 or _strength(banded, acquisition, noise) < LEAST:
        return Alignment(acquisition, shifts, phases, np.ones(count, bool), np.inf)
    window = np.exp(-np.pi * MATCHED * t) * (t < UNTIL)
    middle = np.median(banded.real, axis=0) + 1j * np.median(banded.imag, axis=0)
    reference = np.broadcast_to(middle, banded.shape)
    for _ in range(ROUNDS):
        shifts, errors = _shifts(banded, reference * window, t, noise)
        phases = _phases(_turned(banded, shifts, 0 * phases, t), reference * window, noise)
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


def _strength(banded, acquisition: Acquisition, noise: float) -> float:
    """Norm of the mean signal in units of the noise of one average, the noise of the mean taken off."""
    share = min((BAND[1] - BAND[0]) * acquisition.axis.mhz / acquisition.axis.sw, 1)
    left = 2 * noise**2 * share * banded.shape[1] / len(banded)
    return float(np.sqrt(max(np.sum(np.abs(banded.mean(axis=0)) ** 2) - left, 0)) / (noise or np.inf))


def _shifts(fids, reference, t, noise) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies (averages,) in Hz to add, and their standard errors.

    reference: with its matched filter, of which the errors take account.
    """
    grid = np.arange(-MOST, MOST + STEP / 2, STEP)
    height = np.abs((reference * fids.conj()) @ np.exp(-2j * np.pi * np.outer(t, grid)))
    top = np.clip(np.argmax(height, axis=1), 1, len(grid) - 2)
    left, middle, right = (height[np.arange(len(fids)), top + step] for step in (-1, 0, 1))
    bend = np.minimum(left - 2 * middle + right, -1e-9 * middle - 1e-300)
    shifts = grid[top] + STEP * np.clip((left - right) / (2 * bend), -1, 1)
    power = np.abs(reference) ** 2
    centre = (power @ t) / power.sum(axis=1)
    away = (t - centre[:, None]) ** 2
    bent = np.sum(power * away * np.exp(np.pi * MATCHED * t), axis=1)
    errors = noise * np.sqrt(np.sum(power * away, axis=1)) / (2 * np.pi * bent)
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
