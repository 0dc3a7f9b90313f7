"""FIDs as sums of damped complex exponentials, the signal model of every NUS paper here.

    x_n = sum_k A_k exp(i phi_k) exp(2 pi i f_k t_n) exp(-t_n / tau_k),   t_n = n + first_delay

Times are in dwells, so frequencies are fractions of the spectral width and decay times numbers of points.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

#: A distribution as plain values: its name and two numbers (bounds, or mean and standard deviation).
Distribution = tuple[str, float, float]


def draw(rng: np.random.Generator, distribution: Distribution, shape) -> np.ndarray:
    """Random numbers of a distribution.

    ``("uniform" | "log_uniform", low, high)`` or ``("normal" | "half_normal", mean, sd)``; ``ValueError`` for
    another name.
    """
    kind, a, b = distribution
    if kind == "uniform":
        return rng.uniform(a, b, shape)
    if kind == "log_uniform":
        return np.exp(rng.uniform(np.log(a), np.log(b), shape))
    if kind == "normal":
        return rng.normal(a, b, shape)
    if kind == "half_normal":
        return np.abs(rng.normal(a, b, shape))
    raise ValueError(f"unknown distribution {kind!r}")


@dataclass(frozen=True)
class Exponentials:
    """Parameters of many FIDs, each array of shape (FIDs, peaks); absent peaks have amplitude 0.

    amplitude: arbitrary units. frequency: cycles per dwell. tau: decay time in dwells. phase: radians.
    """

    amplitude: np.ndarray
    frequency: np.ndarray
    tau: np.ndarray
    phase: np.ndarray

    def __len__(self) -> int:
        return len(self.amplitude)

    def __getitem__(self, rows) -> Exponentials:
        return Exponentials(*(getattr(self, f.name)[rows] for f in dataclasses.fields(self)))


def draw_exponentials(
    rng: np.random.Generator,
    count: int,
    peaks: tuple[int, int],
    amplitude: Distribution,
    frequency: Distribution,
    tau: Distribution,
    phase: Distribution,
) -> Exponentials:
    """Random parameters of ``count`` FIDs with ``peaks`` (fewest, most; both possible) exponentials each."""
    shape = (count, peaks[1])
    present = np.arange(peaks[1]) < rng.integers(peaks[0], peaks[1] + 1, (count, 1))
    return Exponentials(
        np.where(present, draw(rng, amplitude, shape), 0.0),
        draw(rng, frequency, shape),
        draw(rng, tau, shape),
        draw(rng, phase, shape),
    )


def fid(parameters: Exponentials, points: int, first_delay: float = 0.0, xp=np):
    """FIDs of the given parameters as a pair (real, imaginary), each float32 of shape (FIDs, points).

    The sum runs in two factors: with n = B i + j every exponential is z^(B i) z^j, so two short tables and
    one matrix product replace the full table of exponentials. Exact, and an order of magnitude faster.

    first_delay: time of the first point in dwells. xp: ``numpy``, or ``keras.ops`` to run on the device
    inside a training step (float32 tables there: phases are good to about 1e-3 rad at 4,096 points).
    """
    block = max(1, round(points**0.5))
    blocks = -(-points // block)
    if xp is np:
        columns = [np.asarray(a, dtype="float64") for a in dataclasses.astuple(parameters)]
    else:
        columns = [xp.cast(a, "float32") for a in dataclasses.astuple(parameters)]
    amplitude, frequency, tau, phase = (column[..., None] for column in columns)

    def table(times, size, offset):
        turns = frequency * times
        angle = 2 * np.pi * (turns - xp.floor(turns)) + offset
        size = size * xp.exp(-times / tau)
        parts = (size * xp.cos(angle), size * xp.sin(angle))
        return [part.astype("float32") for part in parts] if xp is np else parts

    f_re, f_im = table(np.arange(block, dtype="float32"), 1.0, 0.0)
    coarse = np.arange(blocks, dtype="float32") * block + np.float32(first_delay)
    c_re, c_im = (xp.swapaxes(part, -1, -2) for part in table(coarse, amplitude, phase))
    re = xp.matmul(c_re, f_re) - xp.matmul(c_im, f_im)
    im = xp.matmul(c_re, f_im) + xp.matmul(c_im, f_re)
    shape = (-1, blocks * block)
    return xp.reshape(re, shape)[:, :points], xp.reshape(im, shape)[:, :points]


def complex_fid(parameters: Exponentials, points: int, first_delay: float = 0.0) -> np.ndarray:
    """The FIDs of :func:`fid` as one complex64 array of shape (FIDs, points)."""
    re, im = fid(parameters, points, first_delay)
    return re + 1j * im


def noise(rng: np.random.Generator, shape, sd=1.0) -> np.ndarray:
    """White complex Gaussian noise, complex64; ``sd`` is the standard deviation of each part."""
    return (sd * (rng.standard_normal(shape) + 1j * rng.standard_normal(shape))).astype("complex64")


def noise_sd(fids: np.ndarray, snr) -> np.ndarray:
    """Time-domain noise sd, of each part, that gives noise-free FIDs (FIDs, points) a signal-to-noise ratio.

    SNR here is the largest modulus of the noise-free plain Fourier transform over all points, divided by the
    standard deviation of the noise in the real part of that transform, which is ``sd * sqrt(points)``.
    """
    tallest = np.abs(np.fft.fft(fids, axis=-1)).max(axis=-1)
    return tallest / np.sqrt(fids.shape[-1]) / snr


def planes(first: Exponentials, second: Exponentials, points: tuple[int, int]) -> np.ndarray:
    """FIDs of two indirect dimensions, complex64 of shape (planes, points1, points2).

    Peak k of a plane is the product of peak k of ``first`` along points1 and of ``second`` along points2:
    amplitudes multiply, phases add.
    """
    tables = []
    for parameters, size in ((first, points[0]), (second, points[1])):
        each = Exponentials(*(a.reshape(-1, 1) for a in dataclasses.astuple(parameters)))
        tables.append(complex_fid(each, size).reshape(*parameters.amplitude.shape, size))
    return np.swapaxes(tables[0], 1, 2) @ tables[1]
