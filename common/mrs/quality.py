"""Signal-to-noise ratio and line width of a brain spectrum, measured in the spectrum itself.

SNR: height of the tNAA singlet near 2.01 ppm above its local baseline in the real, phased spectrum, divided
by twice the standard deviation of the real noise; spectrum of the whole FID as acquired, first point halved.
Line width: full width at half height in Hz of a singlet of that spectrum, what NAA's CH3 alone would show.
Simulations state the same two quantities exactly (:mod:`common.simulation.brain`).

The peak is a fit from 2.55 to 1.75 ppm: tNAA and, of an amount of their own, Glx with GABA, both in normal
proportions, and the macromolecules at 2.08 ppm, with one Voigt shape, shift and phase on a smooth complex
baseline. So what lies on the singlet's flanks does not widen it: without that it would seem up to a quarter
wider. The height is that of tNAA with Glx under it, as in a simulation. A quantification is another matter
(:mod:`common.classical.linear_combination`): this one needs no basis and no phase, and is quick.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace

import numpy as np

from common.processing import fourier, spectrum_at
from common.simulation.brain import naa_height
from common.simulation.brain_ranges import HEALTHY
from common.simulation.lineshapes import voigt_parts
from common.simulation.macromolecules import gaussian_lines
from common.simulation.metabolites import basis
from common.spectrum import Axis

#: Metabolites near 2.01 ppm, in fixed proportion within a part (the middle of their healthy ranges).
PARTS = (("NAA", "NAAG"), ("Glu", "Gln", "GABA"))
METABOLITES = len(PARTS)
#: Farthest that NAA is looked for from its shift, in ppm. ours: carriers are given as 4.65 to 4.70.
FARTHEST = 0.12
#: The fit sees these shifts (ppm): from Glu and Gln to the foot of NAA. ours: the next macromolecule lies at
#: 1.67 ppm, aspartate at 2.65.
WINDOW = (1.75, 2.55)
#: Degree of the polynomial baseline. ours: the window is as wide as the narrowest bumps.
BASELINE = 2
#: Line widths in Hz between which the fit is sought. ours: beyond both ends no spectrum of a brain.
WIDTHS = (1.0, 40.0)
#: Less height than this, in standard deviations of the noise, is no peak (ours), nor is a fit that explains
#: less than this share of what all but NAA leaves (ours: simulated brain at SNR 7 has .7 and more,
#: such without NAA .6 and less).
SEEN, EXPLAINED = 5.0, 0.65
#: Noise is taken above and below these shifts (ppm), away from the outermost share of the axis, where filters
#: act. ours: few signals lie there, and pieces that hold one are outvoted.
ABOVE, BELOW, EDGE = 6.0, -0.2, 0.04
#: Points of a piece, and degree of the polynomial taken off each. ours: pieces are narrower than any tail.
PIECE, DEGREE = 32, 2
#: Fewest pieces that make an estimate. ours.
PIECES = 3


@dataclass(frozen=True)
class Quality:
    """What was measured; NaN where ``reason`` says why not.

    snr: by the module's definition. linewidth: Hz. gaussian_share: 1 - Lorentzian / total width. height: of
    the tNAA singlet; noise: standard deviation of the real noise, both in units of the spectrum. shift: of
    NAA from 2.008 ppm, in Hz. phase: degrees, that of NAA's line. signal: complex (points,), tNAA and Glx as
    fitted, at their place and in phase; its ``naa_height`` is the height.
    """

    snr: float = np.nan
    linewidth: float = np.nan
    gaussian_share: float = np.nan
    height: float = np.nan
    noise: float = np.nan
    shift: float = np.nan
    phase: float = np.nan
    reason: str = ""
    signal: np.ndarray | None = field(default=None, repr=False, compare=False)


def snr(fid: np.ndarray, axis: Axis) -> float:
    """SNR of a complex FID (points,), see the module; NaN where :func:`quality` has a reason."""
    return quality(fid, axis).snr


def linewidth(fid: np.ndarray, axis: Axis) -> float:
    """Line width of NAA in Hz of a complex FID (points,); NaN where :func:`quality` has a reason."""
    return quality(fid, axis).linewidth


def quality(fid: np.ndarray, axis: Axis) -> Quality:
    """Measure a complex FID (points,), neither apodised nor zero-filled, of any phase.

    A spectrum without a NAA singlet has NaN for SNR and line width, and a reason.
    """
    fid = np.asarray(fid)
    if not np.isfinite(fid).all() or not fid.any():
        return Quality(reason="the FID is zero or not finite")
    noise = noise_sd(fid, axis)
    peak, reason = _peak(fid, axis, noise)
    if reason:
        return Quality(noise=noise, reason=reason)
    with np.errstate(divide="ignore"):
        return replace(peak, noise=noise, snr=float(np.divide(peak.height, 2 * noise)))


def noise_sd(fid: np.ndarray, axis: Axis) -> float:
    """Standard deviation of the real noise in the spectrum of a complex FID (points,).

    From both parts of regions free of signal, cut in pieces, a parabola taken off each; the median variance
    of the pieces outvotes those that hold a signal. NaN where the axis has too few such points.
    """
    from scipy.stats import chi2

    halved = np.array(fid, dtype=complex)
    halved[0] /= 2
    spectrum, ppm = fourier(halved), axis.to_frequency().ppm()
    edge = int(EDGE * axis.size)
    inner = np.zeros(axis.size, bool)
    inner[edge : axis.size - edge] = True
    regions = [np.flatnonzero(inner & side) for side in (ppm > ABOVE, ppm < BELOW)]
    pieces = [spectrum[region[: len(region) // PIECE * PIECE]].reshape(-1, PIECE) for region in regions]
    pieces = np.concatenate(pieces)
    if len(pieces) < PIECES:
        return float("nan")
    trend, _ = np.linalg.qr(np.vander(np.linspace(-1, 1, PIECE), DEGREE + 1))
    left = pieces - (pieces @ trend) @ trend.T
    free = 2 * (PIECE - DEGREE - 1)
    # the median of a sum of squares is a little below its mean
    return float(np.sqrt(np.median(np.sum(np.abs(left) ** 2, axis=1)) / chi2.median(free)))


def _peak(fid, axis: Axis, noise: float) -> tuple[Quality, str]:
    """The fitted peak without its noise, or why there is none."""
    fit = _Fit(fid, axis)
    shift, width, share, phase = fit.run()
    amounts, explained = fit.result(shift, width, share, phase)
    signal = (amounts @ _parts(axis)[:METABOLITES]) * voigt(_times(axis), width, share)
    height = float(naa_height(signal, axis))
    if not height > SEEN * np.nan_to_num(noise):
        return Quality(), "no NAA singlet stands out of the noise near 2.01 ppm"
    if explained < EXPLAINED or not 1.01 * WIDTHS[0] < width < 0.99 * WIDTHS[1]:
        return Quality(), "what is near 2.01 ppm is no NAA singlet"
    return Quality(np.nan, width, share, height, noise, shift, (phase + 180) % 360 - 180, signal=signal), ""


class _Fit:
    """The parts of the region on a smooth complex baseline, fitted to the spectrum of one FID.

    Parameters: shift (Hz), width (Hz), Gaussian share, phase (degrees). The amounts of the parts are not
    negative, and linear, as is the baseline: they follow from the others.
    """

    def __init__(self, fid, axis: Axis):
        self.axis, kernel = axis, _kernel(axis)
        self.kernel, self.spectrum = kernel, np.asarray(fid) @ kernel
        x = np.linspace(-1, 1, kernel.shape[1])
        baseline = np.vander(x, BASELINE + 1).T
        self.baseline = np.concatenate([baseline, 1j * baseline])

    def run(self) -> tuple[float, float, float, float]:
        """The best parameters."""
        from scipy.optimize import least_squares

        start = self._start()
        unit = np.linalg.norm(self.spectrum)
        nearby = 0.03 * self.axis.mhz
        bounds = ([start[0] - nearby, WIDTHS[0], 0, -np.inf], [start[0] + nearby, WIDTHS[1], 1, np.inf])
        found = least_squares(
            lambda values: self._solve(*values)[1] / unit,
            start,
            bounds=bounds,
            x_scale=(1, 2, 0.3, 10),
            ftol=1e-7,
            xtol=1e-5,
            gtol=1e-12,
        )
        return tuple(map(float, found.x))

    def result(self, shift, width, share, phase) -> tuple[np.ndarray, float]:
        """Amounts of the metabolites, and how much of what all other parts leave NAA explains."""
        amounts, left = self._solve(shift, width, share, phase)
        _, without = self._solve(shift, width, share, phase, skip=1)
        return amounts[:METABOLITES], 1 - np.sum(left**2) / np.sum(without**2)

    def _start(self) -> tuple[float, float, float, float]:
        """From a coarse grid of shifts and widths; the phase is that of a complex amplitude."""
        best = (np.inf,)
        for width in (5.0, 10.0, 20.0):
            for shift in np.arange(-FARTHEST, FARTHEST + 1e-9, 0.02) * self.axis.mhz:
                lines = self._lines(shift, width, 0.5)
                design = np.concatenate([lines, self.baseline[: BASELINE + 1]]).T
                found = np.linalg.lstsq(design, self.spectrum, rcond=None)[0]
                left = np.linalg.norm(self.spectrum - design @ found)
                best = min(best, (left, shift, width, 0.5, np.angle(found[0], deg=True)))
        return best[1:]

    def _lines(self, shift, width, share) -> np.ndarray:
        """The parts (parts, shifts) with that shift and shape."""
        t = _times(self.axis)
        turned = np.exp(2j * np.pi * shift * t) * voigt(t, width, share)
        return (_parts(self.axis) * turned) @ self.kernel

    def _solve(self, shift, width, share, phase, skip: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Amounts of the parts from the ``skip``-th on, and what is left, real parts and imaginary ones."""
        from scipy.optimize import nnls

        lines = self._lines(shift, width, share)[skip:] * np.exp(1j * np.deg2rad(phase))
        # non-negative amounts; a baseline may have either sign
        columns = np.concatenate([lines, self.baseline, -self.baseline])
        size = np.linalg.norm(columns, axis=1)
        design = (columns / size[:, None]).T
        amounts, _ = nnls(
            np.concatenate([design.real, design.imag]),
            np.concatenate([self.spectrum.real, self.spectrum.imag]),
        )
        left = self.spectrum - design @ amounts
        return (amounts / size)[: len(lines)], np.concatenate([left.real, left.imag])


def voigt(t: np.ndarray, width: float, share: float) -> np.ndarray:
    """Decay at times ``t`` (s) of a Voigt line of total width (Hz) and Gaussian share, in double."""
    lorentz, gauss = voigt_parts(width, share)
    return np.exp(-np.pi * lorentz * t - (np.pi * gauss * t) ** 2 / (4 * np.log(2)))


def _times(axis: Axis) -> np.ndarray:
    return np.arange(axis.size) / axis.sw


@functools.lru_cache(maxsize=8)
def _kernel(axis: Axis) -> np.ndarray:
    """From a FID to the spectrum in the window."""
    shifts = np.arange(*WINDOW, axis.sw / axis.size / axis.mhz)
    return spectrum_at(np.eye(axis.size, dtype=complex), axis, shifts)


@functools.lru_cache(maxsize=8)
def _parts(axis: Axis) -> np.ndarray:
    """FIDs (parts, points): NAA with NAAG; Glu with Gln and GABA; macromolecules. PRESS with TE 30 ms."""
    signals = basis(axis, "press", 30.0, tuple(name for part in PARTS for name in part))
    normal = [sum(np.mean(HEALTHY[name]) * signals[name] for name in part) for part in PARTS]
    lines = gaussian_lines("MM")
    t = _times(axis)
    broad = np.zeros(axis.size, complex)
    for ppm, fwhm, area, group in zip(lines.ppm, lines.fwhm, lines.area, lines.group, strict=True):
        if lines.groups[group] == "MM20":
            hz = (ppm - axis.carrier) * axis.mhz
            broad += area * np.exp(2j * np.pi * hz * t) * voigt(t, fwhm * axis.mhz, 1.0)
    return np.stack([*normal, broad])
