"""What the door for brain spectra and the methods behind it hand each other.

A method is a function ``estimate(fids, axis, basis) -> Estimate``. fids: complex (spectra, points), averaged,
phased to zero order and referenced, NAA's CH3 at 2.008 ppm of ``axis``. basis: a ``Basis`` on that axis, of
the field, sequence and echo time of the data, or the user's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from common.errors import UserError
from common.spectrum import Axis

#: What a range is of, its unit, and what being outside of it means.
RANGES = {
    "te": ("echo times", " ms", ": multiplets differ, amounts may be off"),
    "linewidth": ("line widths", " Hz", ": it extrapolates"),
    "snr": ("an SNR", "", ": it extrapolates"),
}


@dataclass(frozen=True)
class Estimate:
    """What a method made of spectra.

    names: metabolites, as in ``Basis``. concentrations: (spectra, metabolites), in units of the basis.
    covariance: (spectra, metabolites, metabolites), its square, NaN where the method knows none; sums such as
    Cr + PCr need what stands beside the diagonal. fids: complex (spectra, points) on the axis of the input:
    the clean signal of the metabolites alone.
    ppm: (shifts,), and on them, real (spectra, shifts): ``data``, the input as the method phased it, ``fit``,
    the whole model of it with the baseline, and ``baseline``. None where a method has no such model.
    """

    names: tuple[str, ...]
    concentrations: np.ndarray
    covariance: np.ndarray
    fids: np.ndarray = field(repr=False)
    ppm: np.ndarray | None = field(default=None, repr=False)
    data: np.ndarray | None = field(default=None, repr=False)
    fit: np.ndarray | None = field(default=None, repr=False)
    baseline: np.ndarray | None = field(default=None, repr=False)

    def __post_init__(self):
        spectra, size = len(self.fids), len(self.names)
        if self.concentrations.shape != (spectra, size) or self.covariance.shape != (spectra, size, size):
            raise ValueError(f"{spectra} spectra and {size} names need as many concentrations and variances")
        if not np.iscomplexobj(self.fids) or self.fids.ndim != 2:
            raise ValueError(f"clean FIDs are complex (spectra, points), not {self.fids.shape}")
        if len({value is None for value in (self.ppm, self.data, self.fit, self.baseline)}) > 1:
            raise ValueError("shifts, data, fit and baseline come together")

    @property
    def sd(self) -> np.ndarray:
        """Standard deviations, (spectra, metabolites)."""
        return np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2))


@dataclass(frozen=True)
class TrainingRange:
    """What a network was trained on; None where it knows no limit.

    mhz: lowest and highest proton frequency. te: of the echo time in ms. sequences: such as ``("press",)``.
    linewidth: of the full width at half height in Hz. snr: of the SNR of :mod:`common.mrs.quality`.
    """

    mhz: tuple[float, float] | None = None
    te: tuple[float, float] | None = None
    sequences: tuple[str, ...] | None = None
    linewidth: tuple[float, float] | None = None
    snr: tuple[float, float] | None = None


def outside(trained: TrainingRange, sequence: str, values: dict[str, float | None]) -> list[str]:
    """What to tell the owner of data unlike those that a network was trained on, a line each.

    sequence: as :func:`common.mrs.bases.kind` names it. values: ``mhz``, ``te``, ``linewidth``, ``snr``; None
    or NaN where not known. ``UserError`` for another field, where nothing a network says could be right.
    """
    lines = []
    if trained.mhz and not trained.mhz[0] <= values["mhz"] <= trained.mhz[1]:
        raise UserError(
            f"the network was trained at {trained.mhz[0]:.1f} to {trained.mhz[1]:.1f} MHz; at"
            f" {values['mhz']:.1f} MHz the same metabolites have other spectra: use linear_combination"
        )
    if trained.sequences and sequence not in trained.sequences:
        said = sequence or "an unknown sequence"
        lines.append(f"trained on {', '.join(trained.sequences)}, not on {said}: multiplets may differ")
    for name, (what, unit, other) in RANGES.items():
        limits, value = getattr(trained, name), values[name]
        if limits and value is not None and not limits[0] <= value <= limits[1] and value == value:
            lines.append(f"trained on {what} of {limits[0]:g} to {limits[1]:g}{unit}, not {value:.3g}{other}")
        elif limits and name == "te" and value is None:
            lines.append(f"trained on {what} of {limits[0]:g} to {limits[1]:g}{unit}; the file states none")
    return lines


def fids_of(spectra: np.ndarray, ppm: np.ndarray, axis: Axis) -> np.ndarray:
    """Complex FIDs (..., points) on ``axis`` of complex spectra (..., shifts) known in a window of shifts.

    ppm: equally spaced, in either order. The inverse of :func:`common.processing.spectrum_at` (first point
    halved): zero outside the window, and zero later than one over the spacing in Hz, where a FID from a grid
    would start again.
    """
    hz = (np.asarray(ppm, dtype=float) - axis.carrier) * axis.mhz
    spacing = abs(hz[-1] - hz[0]) / (len(hz) - 1)
    if not np.allclose(np.abs(np.diff(hz)), spacing, rtol=1e-3):
        raise ValueError("the shifts of a spectrum that becomes a FID are equally spaced")
    points = np.arange(axis.size)
    kernel = np.exp(2j * np.pi * np.outer(hz, points / axis.sw)) * (spacing / axis.sw)
    kernel[:, 0] *= 2
    kernel[:, points * spacing > axis.sw * (1 - 1e-9)] = 0
    return spectra @ kernel.astype(np.result_type(spectra, np.complex64))
