"""Brain spectra as a scanner gives them: metabolites, macromolecules, lipids, water, baseline and noise.

    s(t) = P { e(t) [ v(t) (sum_m c_m b_m(t) d_m(t) + macromolecules + lipids) + baseline + water ] } + noise

``b_m`` is the basis signal of a metabolite, ``c_m`` its concentration in mM, ``d_m`` a small width and shift
of its own, ``v`` the common Voigt decay, ``e`` the common shift with a decaying drift such as eddy currents
leave, ``P`` a phase of zeroth and first order. A signal of one proton at 1 mM starts at 1.

Signal-to-noise ratio (SNR): height of the tNAA singlet near 2.01 ppm in the real, phased metabolite spectrum,
divided by twice the standard deviation of the real noise; spectrum of the whole FID, first point halved.
Line width: full width at half height in Hz of a singlet with the common Voigt decay, what NAA's CH3 shows.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import numpy as np

from common.acquisition import Basis
from common.processing import fourier, inverse_fourier
from common.simulation.brain_ranges import HEALTHY, BrainRanges, draw, wide
from common.simulation.exponentials import Exponentials, complex_fid
from common.simulation.lineshapes import decay, voigt_parts
from common.spectrum import Axis

__all__ = ["HEALTHY", "BrainRanges", "Brains", "naa_height", "noise_factor", "simulate", "wide"]

#: Where the tNAA singlet is looked for (NAA 2.01, NAAG 2.04), and the pivot of the first-order phase, in ppm.
NAA_WINDOW = (1.97, 2.07)
PIVOT = 2.01

_BATCH = 64  # spectra at once: their arrays stay in the cache
_GONE = 1e-5  # what a broad line has decayed to when its signal is cut


@dataclass(frozen=True)
class Brains:
    """Simulated spectra on the axis of their basis; signals are complex64 (count, points).

    fids: what the scanner gives. metabolites: the plain sum of the basis: no noise, no baseline, no error of
    frequency or phase, no broadening. broadened: the same with the common Voigt decay. concentrations: mM,
    (count, metabolites) in the order of ``names``. snr, linewidth (Hz), shift (Hz), phase0 (degrees), phase1
    (degrees/ppm): (count,). noise_sd: of the real part of a point of the FID. drawn: every other parameter by
    name, see :func:`common.simulation.brain_ranges.draw`. parts: where asked for, ``macromolecules``,
    ``lipids``, ``baseline`` and ``water`` as they are in ``fids``, but without shift and phase.
    """

    names: tuple[str, ...]
    axis: Axis
    fids: np.ndarray
    metabolites: np.ndarray
    broadened: np.ndarray
    concentrations: np.ndarray
    snr: np.ndarray
    linewidth: np.ndarray
    shift: np.ndarray
    phase0: np.ndarray
    phase1: np.ndarray
    noise_sd: np.ndarray
    drawn: dict[str, np.ndarray] = field(repr=False)
    parts: dict[str, np.ndarray] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.fids)


def simulate(
    basis: Basis,
    ranges: BrainRanges,
    count: int,
    rng: np.random.Generator,
    *,
    concentrations: np.ndarray | None = None,
    measured: np.ndarray | None = None,
    parts: bool = False,
) -> Brains:
    """``count`` random brain spectra of one condition, the same for the same state of ``rng``.

    concentrations: mM, (count, metabolites) or (metabolites,), in place of random ones. measured: complex
    (spectra, points) macromolecule signals on the axis of the basis, scaled so that the line at 0.91 ppm has
    area 3; ``ranges.measured_share`` of the spectra get one in place of Gaussian lines. parts: keep the
    disturbances as well.
    """
    drawn = draw(basis.names, basis.axis.mhz, ranges, count, rng, 0 if measured is None else len(measured))
    if concentrations is not None:
        drawn["concentrations"] = np.broadcast_to(concentrations, (count, len(basis.names))).astype(float)
    signals = basis.fids.astype("complex64")
    normal = ranges.normal(basis.names) @ signals if ranges.snr_of == "normal" else None
    scanner = _Scanner(basis.axis, signals, measured, normal)
    batches = []
    for start in range(0, count, _BATCH):
        rows = {name: values[start : start + _BATCH] for name, values in drawn.items()}
        batches.append(scanner.measure(rows, rng, parts))
    made = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
    kept = ("concentrations", "linewidth", "shift", "phase0", "phase1")
    return Brains(
        names=basis.names,
        axis=basis.axis,
        **{name: made.pop(name) for name in ("fids", "metabolites", "broadened", "snr", "noise_sd")},
        **{name: drawn.pop(name) for name in kept},
        drawn=drawn,
        parts=made or None,
    )


def naa_height(fids: np.ndarray, axis: Axis) -> np.ndarray:
    """Height (...) of the tNAA singlet of noise-free, phased metabolite FIDs (..., points).

    That is the maximum of the real spectrum near 2.01 ppm, evaluated every 0.002 ppm, so that it does not
    depend on where the points of a transform fall.
    """
    return (np.ascontiguousarray(fids, "complex64").view("float32") @ _height_kernel(axis)).max(axis=-1)


@functools.lru_cache(maxsize=8)
def _height_kernel(axis: Axis) -> np.ndarray:
    """What turns interleaved real and imaginary parts of a FID into the real spectrum near 2.01 ppm."""
    hz = (np.arange(*NAA_WINDOW, 0.002) - axis.carrier) * axis.mhz
    angle = 2 * np.pi * np.outer(np.arange(axis.size) / axis.sw, hz)
    kernel = np.stack([np.cos(angle), np.sin(angle)], axis=1).reshape(2 * axis.size, -1)
    kernel[:2] /= 2  # the first point halved
    return kernel.astype("float32")


def noise_factor(points: int) -> float:
    """Sd of the real noise in a spectrum relative to that in a point of its FID (first point halved)."""
    return float(np.sqrt(points - 0.75))


@dataclass(frozen=True)
class _Scanner:
    """One condition: axis, basis signals (metabolites, points), measured macromolecules (signals, points).

    normal: the signal of normal concentrations that the noise refers to; None: each spectrum's own.
    """

    axis: Axis
    signals: np.ndarray
    macromolecules: np.ndarray | None
    normal: np.ndarray | None

    @property
    def times(self) -> np.ndarray:
        return np.arange(self.axis.size) / self.axis.sw

    def measure(self, rows: dict, rng, parts: bool) -> dict[str, np.ndarray]:
        """The signals of a batch."""
        shape = decay(self.times, *voigt_parts(rows["linewidth"], rows["gaussian_share"]))
        metabolites = rows["concentrations"].astype("complex64") @ self.signals
        broadened = metabolites * shape
        found = self._disturbances(rows, shape)
        fids = self._distorted(self._uneven(rows) * shape + sum(found.values()), rows)
        unit = 2 * noise_factor(self.axis.size)
        height = naa_height(broadened, self.axis) / unit
        usual = height if self.normal is None else naa_height(self.normal * shape, self.axis) / unit
        sd = usual / rows["wanted_snr"]
        fids += sd[:, None].astype("float32") * _noise(rng, fids.shape)
        with np.errstate(divide="ignore"):
            snr = height / sd
        made = {"fids": fids, "metabolites": metabolites, "broadened": broadened, "snr": snr, "noise_sd": sd}
        return made | (found if parts else {})

    def _uneven(self, rows) -> np.ndarray:
        """Metabolites, each with a small width and shift of its own."""
        rates = (2j * np.pi * rows["jitter"] - np.pi * rows["extra_width"]) / self.axis.sw
        total = np.zeros((len(rates), self.axis.size), "complex64")
        for signal, amount, rate in zip(self.signals, rows["concentrations"].T, rates.T, strict=True):
            total += _exponentials(amount, rate, self.axis.size) * signal
        return total

    def _disturbances(self, rows, shape) -> dict[str, np.ndarray]:
        macromolecules = self._gaussians(rows, "macromolecules")
        which = rows["measured"]
        if np.any(which >= 0):
            chosen = self.macromolecules[which] * rows["measured_amount"][:, None]
            macromolecules = np.where(which[:, None] >= 0, chosen, macromolecules)
        return {
            "macromolecules": (macromolecules * shape).astype("complex64"),
            "lipids": self._gaussians(rows, "lipids") * shape,
            "baseline": self._gaussians(rows, "baseline"),
            "water": self._water(rows),
        }

    def _gaussians(self, rows, part) -> np.ndarray:
        """Sum of the Gaussian lines of a part, cut where all have decayed."""
        area, fwhm = rows[f"{part}_area"], rows[f"{part}_fwhm"]
        total = np.zeros((len(area), self.axis.size), "complex64")
        there = np.any(area != 0, axis=1)
        if not there.any():
            return total
        last = 2 * np.sqrt(np.log(2) * -np.log(_GONE)) / (np.pi * fwhm.min())
        t = self.times[self.times <= last].astype("float32")
        hz = ((rows[f"{part}_ppm"] - self.axis.carrier) * self.axis.mhz)[there]
        angle = np.float32(2 * np.pi) * hz.astype("float32")[..., None] * t
        size = decay(t, np.zeros(1), fwhm[there])
        # one matrix product a spectrum sums its lines
        area = area[there].astype("complex64")[:, None]
        lines = area @ (size * np.cos(angle)) + 1j * (area @ (size * np.sin(angle)))
        total[there, : len(t)] = lines[:, 0]
        return total

    def _water(self, rows) -> np.ndarray:
        hz = (rows["water_ppm"] - self.axis.carrier) * self.axis.mhz
        sw = self.axis.sw
        lines = Exponentials(
            rows["water_area"], hz / sw, sw / (np.pi * rows["water_fwhm"]), rows["water_phase"]
        )
        return complex_fid(lines, self.axis.size)

    def _distorted(self, fids, rows) -> np.ndarray:
        """Common shift, drift and phases put on."""
        t = self.times.astype("float32")
        shift, size, tau, phase = (
            rows[name].astype("float32")[:, None] for name in ("shift", "eddy", "eddy_time", "phase0")
        )
        turns = shift * t + size * tau * (1 - np.exp(-t / tau))
        angle = np.float32(2 * np.pi) * turns + np.float32(np.pi / 180) * phase
        fids = fids * (np.cos(angle) + 1j * np.sin(angle))
        fids[:, 0] /= 2
        away = (self.axis.to_frequency().ppm() - PIVOT).astype("float32")
        angle = np.deg2rad(rows["phase1"]).astype("float32")[:, None] * away
        fids = inverse_fourier(fourier(fids) * (np.cos(angle) + 1j * np.sin(angle)))
        fids[:, 0] *= 2
        return fids


def _exponentials(amount, rate, points: int) -> np.ndarray:
    """``amount exp(rate n)``, complex64 (count, points), from two short tables: n = block i + j."""
    block = round(points**0.5)
    fine = np.exp(rate[:, None] * np.arange(block)).astype("complex64")
    coarse = (amount[:, None] * np.exp(rate[:, None] * block * np.arange(-(-points // block)))).astype(
        "complex64"
    )
    return (coarse[:, :, None] * fine[:, None]).reshape(len(rate), -1)[:, :points]


def _noise(rng, shape) -> np.ndarray:
    """White complex noise, complex64, standard deviation 1 of each part."""
    return rng.standard_normal((*shape, 2), dtype="float32").view("complex64")[..., 0]
