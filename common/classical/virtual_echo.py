"""From measured points to the spectrum in which a method looks for few lines, and back.

The plain spectrum is complex. Where the phase of the indirect dimension is known, its signal at negative
times is known as well, the complex conjugate of that at positive ones; the spectrum of this virtual echo is
real: M. Mayzel, K. Kazimierczuk and V. Yu. Orekhov, Chem. Commun. 2014, 50, 8947-8950.
"""

from __future__ import annotations

import numpy as np
import scipy.fft

#: First delays in dwells whose mirror image falls on the grid: with 0 the point at time zero is its own
#: image and only its real part counts; with 1/2 every point has one.
DELAYS = (0.0, 0.5)


class Transform:
    """The transform between (columns, *points) and spectra (columns, *zero-filled points).

    points: of every indirect dimension. zero_fill: spectrum points a time point. virtual_echo: None, or the
    first delay of the only indirect dimension in dwells: 0 or 0.5. ``ValueError`` for another, for two
    dimensions, and where the echo does not fit.
    """

    def __init__(self, points: tuple[int, ...], zero_fill: int = 2, virtual_echo: float | None = None):
        self.points, self.size = points, tuple(zero_fill * count for count in points)
        self.axes = tuple(range(1, len(points) + 1))
        self.turn = self.weight = None
        if virtual_echo is None:
            return
        if virtual_echo not in DELAYS:
            raise ValueError(
                f"a virtual echo needs a first delay of 0 or 0.5 dwells, not {virtual_echo}: at others the"
                " mirror image of a point is not on the grid"
            )
        if len(points) != 1 or zero_fill < 2:
            raise ValueError("a virtual echo needs one indirect dimension, zero-filled to twice its points")
        turns = virtual_echo * np.arange(self.size[0]) / self.size[0]
        self.turn = np.exp(2j * np.pi * turns).astype(np.complex64)
        self.weight = np.full(points, 2, np.float32)
        if virtual_echo == 0:
            self.weight[0] = 1

    def spectrum(self, signal: np.ndarray) -> np.ndarray:
        """The spectrum of (columns, *points): complex64, or of the echo float32."""
        if self.turn is None:
            return scipy.fft.fftn(signal, self.size, self.axes)
        spectrum = scipy.fft.fft(signal * self.weight, self.size[0])
        return spectrum.real * self.turn.real + spectrum.imag * self.turn.imag

    def signal(self, spectrum: np.ndarray) -> np.ndarray:
        """The (columns, *points) of a spectrum."""
        if self.turn is None:
            signal = scipy.fft.ifftn(spectrum, axes=self.axes)
            return signal[(slice(None), *map(slice, self.points))]
        return scipy.fft.ifft(spectrum * self.turn)[:, : self.points[0]]

    def noise(self, measured: int) -> float:
        """Standard deviation of a component of the spectrum, for noise 1 in a component of a point.

        The point at time zero of an echo counts as any other.
        """
        return float(np.sqrt(measured)) * (1 if self.turn is None else 2)


def soft_threshold(spectrum: np.ndarray, threshold: np.ndarray) -> None:
    """Shrink all points of a spectrum by ``threshold`` towards zero, in place."""
    size = magnitude(spectrum)
    spectrum *= np.maximum(size - threshold, 0) / np.maximum(size, np.finfo(np.float32).tiny)


def magnitude(data: np.ndarray) -> np.ndarray:
    """``abs`` without its guard against overflow, which takes most of its time."""
    return np.sqrt(data.real**2 + data.imag**2) if np.iscomplexobj(data) else np.abs(data)
