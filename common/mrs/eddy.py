"""Eddy-current correction by the phase of the water reference."""

from __future__ import annotations

import numpy as np

from common.processing import noise_level
from common.spectrum import Axis

#: Standard deviation of the Gaussian that smooths the reference (s; ours: eddy currents last longer).
SMOOTH_SECONDS = 0.001
#: The phase of the reference is believed while it is above this many times its noise (ours: 0.1 rad).
BELIEVED = 10.0


def eddy_phase(water: np.ndarray, axis: Axis) -> np.ndarray:
    """Phase (points,) in rad of a water reference, without its noise (Klose 1990, Magn. Reson. Med. 14:26).

    water: complex (points,). Turned to 0 Hz, smoothed, and unwrapped; from where the reference sinks into
    noise on the phase goes on at the frequency of the water.
    """
    t = np.arange(len(water)) / axis.sw
    hz = _frequency(water, axis)
    still = _smoothed(water * np.exp(-2j * np.pi * hz * t), SMOOTH_SECONDS * axis.sw)
    noise = noise_level(np.diff(water[len(water) - len(water) // 4 :])) / np.sqrt(2)
    weak = np.abs(still) < BELIEVED * noise
    end = int(np.argmax(weak)) if weak.any() else len(water)
    if end == 0:
        return 2 * np.pi * hz * t
    phase = np.unwrap(np.angle(still[:end]))
    held = phase[max(0, end - max(end // 10, 1)) :].mean()
    return 2 * np.pi * hz * t + np.concatenate([phase, np.full(len(water) - end, held)])


def correct_eddy(fids: np.ndarray, axis: Axis, water: np.ndarray, water_axis: Axis) -> np.ndarray:
    """FIDs (..., points) less the phase of the water reference (points of its own axis).

    Takes off zero-order phase and the offset of water from the carrier as well. Where the reference ends
    before the FIDs, its phase goes on as a line.
    """
    t = np.arange(axis.size) / axis.sw
    known = np.arange(water_axis.size) / water_axis.sw
    phase = eddy_phase(water, water_axis)
    slope = (phase[-1] - phase[len(phase) // 2]) / (known[-1] - known[len(phase) // 2])
    late = np.maximum(t - known[-1], 0)
    return fids * np.exp(-1j * (np.interp(t, known, phase) + slope * late))


def _frequency(water: np.ndarray, axis: Axis) -> float:
    """Offset in Hz of the strongest line from the carrier."""
    size = 8 * len(water)
    hz = np.fft.fftfreq(size, 1 / axis.sw)
    return float(hz[np.argmax(np.abs(np.fft.fft(water, size)))])


def _smoothed(fid: np.ndarray, sigma: float) -> np.ndarray:
    """The FID under a Gaussian of standard deviation ``sigma`` points.

    Before its start it goes on with the phase mirrored, as a line would, so that the first points stay true.
    """
    reach = int(np.ceil(4 * sigma))
    window = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(sigma, 1e-6)) ** 2)
    before = fid[reach:0:-1].conj() * np.exp(2j * np.angle(fid[0]))
    after = fid[: -reach - 1 : -1]
    return np.convolve(np.concatenate([before, fid, after]), window / window.sum(), mode="valid")
