"""Noise and baseline of a 1D spectrum, and which of its points are neither: what region finders start from.

Golotvin and Williams, J. Magn. Reson. 146, 122 (2000): a point belongs to the baseline where the spectrum
changes little in a window about it, and the baseline is a smooth curve through such points, here Whittaker's
(Eilers, Anal. Chem. 75, 3631 (2003)) with no weight on the others.
"""

from __future__ import annotations

import numpy as np

#: ours: stretches of which the quietest quarter tells the noise; Golotvin and Williams take 32 and the
#: minimum, which the roll-off of the digital filter at both ends makes too small.
STRETCHES = 64
#: ours: half-width in Hz of the window, some line widths.
WINDOW = 10.0
#: ours: times the noise that a window of baseline may span; a window of 50 points of white noise spans 4.5
#: times its standard deviation, more than 7 in one case of a thousand.
SPAN = 7.0
#: ours: Hz; a roll of 2 pi times this, 1900 Hz, is halved, slower ones are followed, multiplets are not.
STIFFNESS = 300.0


def noise_sd(data: np.ndarray) -> float:
    """Standard deviation of the noise of a real spectrum, from its quietest stretches, each less a line."""
    stretches = np.array_split(np.asarray(data, float), min(STRETCHES, max(len(data) // 8, 1)))
    found = []
    for part in stretches:
        place = np.linspace(-1.0, 1.0, len(part))
        rest = part - part.mean() - place * (place @ part) / max(place @ place, 1e-30)
        found.append(float(rest.std()))
    found.sort()
    return float(np.median(found[: max(len(found) // 4, 1)]))


def is_baseline(data: np.ndarray, noise: float, half: int) -> np.ndarray:
    """Points in whose window of ``2 half + 1`` the spectrum spans no more than ``SPAN`` times the noise."""
    from scipy.ndimage import maximum_filter1d, minimum_filter1d

    size = 2 * half + 1
    span = maximum_filter1d(data, size, mode="nearest") - minimum_filter1d(data, size, mode="nearest")
    return span <= SPAN * noise


def whittaker(data: np.ndarray, weight: np.ndarray, stiffness: float) -> np.ndarray:
    """Smooth curve ``z`` of least ``sum w (data - z)^2 + stiffness^4 sum (second difference of z)^2``.

    A sine of ``2 pi stiffness`` points a period is halved. Straight lines cross gaps without weight.
    """
    from scipy.linalg import solveh_banded

    n, s = len(data), float(stiffness) ** 4
    if n < 3:
        return np.full(n, np.average(data, weights=weight) if weight.any() else 0.0)
    bands = np.zeros((3, n))
    for offset, row in ((0, (1.0, 4.0, 1.0)), (1, (-2.0, -2.0)), (2, (1.0,))):
        for start, value in enumerate(row):
            bands[2 - offset, offset + start : n - 2 + offset + start] += s * value
    bands[2] += weight + 1e-9
    return solveh_banded(bands, weight * data)


def baseline(
    data: np.ndarray, hz_per_point: float, noise: float | None = None, signal: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """(baseline, points that belong to it) of a real spectrum in phase; both of its shape.

    It is found at one point every two Hz or so, which is enough for what it may follow. signal: points known
    to be none of it, such as a broad signal whose top is as smooth as a baseline.
    """
    data = np.asarray(data, float)
    noise = noise_sd(data) if noise is None else noise
    belongs = is_baseline(data, noise, max(round(WINDOW / hz_per_point), 2))
    if signal is not None:
        belongs &= ~signal
    if belongs.sum() < 0.05 * len(data):  # signal everywhere: no stretch to lay a baseline through
        return np.full(len(data), float(np.median(data))), belongs
    step = max(int(STIFFNESS / 150.0 / hz_per_point), 1)
    blocks = -(-len(data) // step)
    padded, kept = np.zeros(blocks * step), np.zeros(blocks * step)
    padded[: len(data)], kept[: len(data)] = data * belongs, belongs
    weight = kept.reshape(blocks, step).sum(axis=1)
    mean = padded.reshape(blocks, step).sum(axis=1) / np.maximum(weight, 1)
    curve = whittaker(mean, weight, STIFFNESS / hz_per_point / step)
    middle = np.minimum((np.arange(blocks) + 0.5) * step - 0.5, len(data) - 1)
    return np.interp(np.arange(len(data)), middle, curve), belongs
