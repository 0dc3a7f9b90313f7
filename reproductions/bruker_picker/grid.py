"""The grid of the network: any spectrum in steps of some Hz, scaled, and what comes of a step brought back.

Hz and not ppm, because couplings and line widths, which tell a multiplet, are in Hz at every field. What a
step is in ppm is told beside, because solvents and references are known by their shifts.
"""

from __future__ import annotations

import numpy as np

from common.classical.baseline import noise_sd
from common.errors import UserError
from common.simulation.proton_scene import table
from common.spectrum import Axis, Spectrum

from .config import Config

#: Periods in ppm of the sines and cosines that tell the shift; ours: from a spectrum to a multiplet.
PERIODS = (32.0, 8.0, 2.0, 0.5)
#: Hz; two maxima nearer than this are one signal (ours: most multiplets).
SIGNAL = 20.0
#: Noise at least, as a share of the largest value; ours: of spectra without any.
QUIET = 1e-6
#: The height that is 1 before the logarithm of the second scale, as a share of the level; ours: satellites.
SMALL = 0.005
#: The area that is 1 before its logarithm, as a share of the level; ours: what nobody integrates.
FEW = 0.05
#: Factors that bring the logarithms of both scales and the sines to what a network learns from; ours.
DAMPING, TURNS = 0.8, 0.3
#: Widths in ppm, sd, within which residual solvent, its water and shift references are looked for; ours.
NEAR = {"residual": 0.03, "water": 0.1, "reference": 0.03}


def channels(config: Config) -> int:
    """Numbers of a step: parts on two scales, areas, shift, solvents, whether it lies in the spectrum."""
    return 2 * config.parts + len(config.areas) + 2 * len(PERIODS) + len(NEAR) + 1


def steps(config: Config, axis: Axis) -> int:
    """Steps of an axis; what is left at its right edge is less than one and has none."""
    return max(int(axis.sw / config.step), 1)


def edges(config: Config, axis: Axis, parts: int = 1) -> np.ndarray:
    """Index of the edges of all steps, each in equal parts; -0.5 is the left edge of the axis."""
    count = steps(config, axis) * parts
    return np.arange(count + 1) * (config.step / parts) * axis.size / axis.sw - 0.5


def means(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Means of values (..., points), constant over each point, between edges ``at`` in points."""
    total = np.zeros((*values.shape[:-1], values.shape[-1] + 1))
    np.cumsum(values, axis=-1, out=total[..., 1:])
    place = np.clip(at + 0.5, 0, values.shape[-1])
    low = np.minimum(place.astype(int), values.shape[-1] - 1)
    summed = total[..., low] + (place - low) * values[..., low]
    return np.diff(summed) / np.maximum(np.diff(place), 1e-9)


def inputs(config: Config, data: np.ndarray, axis: Axis) -> np.ndarray:
    """What the network sees of a real spectrum (points,), float32 (steps, channels).

    The median is taken off. The first scale is the noise; the second the level, the height of the
    ``tallest``-th signal, so that one giant line of solvent makes nothing small; then areas. All are
    logarithms of both signs (asinh). A spectrum times a factor is the same.
    """
    fine = means(np.asarray(data, float), edges(config, axis, config.parts))
    fine = fine - np.median(fine)
    most = np.abs(fine).max()
    noise = max(noise_sd(fine), QUIET * most) or 1.0
    small = max(SMALL * level(config, fine), noise)
    scales = [np.arcsinh(fine / scale).reshape(-1, config.parts) * DAMPING for scale in (noise, small)]
    scales += [areas(config, fine, width) for width in config.areas]
    at = edges(config, axis)
    ppm = axis.ppm((at[:-1] + at[1:]) / 2)[:, None]
    turns = 2 * np.pi * ppm / np.array(PERIODS)
    made = [*scales, TURNS * np.sin(turns), TURNS * np.cos(turns), solvents(ppm), np.ones_like(ppm)]
    return np.concatenate(made, axis=1).astype("float32")


def areas(config: Config, fine: np.ndarray, width: float) -> np.ndarray:
    """Area within ``width`` Hz about each step, over that of the ``tallest``-th signal, asinh; (steps, 1)."""
    from scipy.ndimage import uniform_filter1d

    mean = uniform_filter1d(fine, max(round(width / config.step * config.parts), 1))
    scale = FEW * level(config, mean) or 1.0
    return np.arcsinh(mean.reshape(-1, config.parts).mean(axis=1, keepdims=True) / scale)


def solvents(ppm: np.ndarray) -> np.ndarray:
    """How near shifts (n, 1) are to those of any solvent, of water in one, of a reference; (n, 3), 0 to 1."""
    known = table()
    places = {
        "residual": [signal[0] for entry in known["solvents"].values() for signal in entry["residual"]],
        "water": [entry["water"] for entry in known["solvents"].values()],
        "reference": [signal[0] for signals in known["references"].values() for signal in signals],
    }
    made = [np.exp(-(((ppm - places[kind]) / width) ** 2) / 2).max(axis=1) for kind, width in NEAR.items()]
    return np.stack(made, axis=1)


def level(config: Config, fine: np.ndarray) -> float:
    """Height of the ``tallest``-th signal of values ``parts`` a step; of the last where there are fewer."""
    size = max(round(SIGNAL / config.step * config.parts), 1)
    heights = np.maximum.reduceat(fine, np.arange(0, len(fine), size))
    before, after = np.roll(heights, 1), np.roll(heights, -1)
    tops = np.sort(heights[(heights >= before) & (heights > after)])[::-1]
    return float(max(tops[min(config.tallest, len(tops)) - 1], 0.0)) if len(tops) else 0.0


def padded(rows: np.ndarray, multiple: int) -> np.ndarray:
    """Rows (steps, channels) with zeros after them, up to a multiple of steps."""
    return np.pad(rows, ((0, -len(rows) % multiple), (0, 0)))


def brought_back(config: Config, rows: np.ndarray, axis: Axis) -> np.ndarray:
    """Values (steps, k) at the points of the axis, float32 (points, k): straight lines between steps."""
    at = edges(config, axis)
    middle = (at[:-1] + at[1:]) / 2
    places = np.arange(axis.size)
    made = [np.interp(places, middle, column) for column in rows.T]
    return np.stack(made, axis=1).astype("float32")


def real_spectrum(spectrum: Spectrum) -> tuple[np.ndarray, Axis]:
    """Real values (points,) and axis of a 1D spectrum; of a complex one the real part.

    ``UserError`` for FIDs, planes, and values that are not numbers.
    """
    name = spectrum.source or "data"
    if spectrum.data.ndim != 1 or spectrum.axes[0].domain != "frequency":
        raise UserError(f"{name}: not a 1D spectrum: {spectrum.describe()}")
    data = spectrum.data.real
    if not np.isfinite(data).all():
        raise UserError(f"{name}: the spectrum holds values that are not numbers")
    return data, spectrum.axes[0]
