"""Concentrations by the unsuppressed water of the same voxel.

``c = (S_m / S_w) (2 / N_m) 55510 / (1 - f_CSF) * sum_i f_i R_w,i / R_m`` in mmol per kg of tissue water, with
``f_i`` the share of the voxel's water that is in grey matter, white matter and CSF, and the attenuations
``R = exp(-TE / T2) (1 - exp(-TR / T1))`` of water and metabolite (Gasparovic et al. 2006, Magn. Reson. Med.
55:1219; recommended by Near et al. 2021, NMR Biomed. 34:e4257). ``S / N`` of a metabolite is its amount in
units of a basis in which one proton has the amplitude 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from common.acquisition import Acquisition, Basis
from common.errors import UserError
from common.spectrum import Axis

#: Frequencies at which the relaxation times below hold (MHz): scanners of 3 T.
MHZ = (115.0, 135.0)
UNIT = "mmol/kg water"
#: Molality of pure water in mmol/kg: 1000 / 18.015 mol/kg.
PURE = 55510.0
#: Times of the water signal that its amplitude at time zero is extrapolated from (s; ours: past the filter's
#: first points, before inhomogeneity bends it).
FIRST, LAST = 0.0015, 0.0125
#: Singlets of a basis whose area is three protons, by preference, and half the width that holds them (ppm).
PROTONS, AROUND = (("Cr", 3.027), ("PCr", 3.029), ("NAA", 2.008)), 0.1


@dataclass(frozen=True)
class Tissue:
    """Water of a tissue: its content relative to pure water, T1 and T2 in ms at 3 T."""

    content: float
    t1: float
    t2: float
    source: str


@dataclass(frozen=True)
class Relaxation:
    """T1 and T2 of a metabolite in ms at 3 T, means of grey and white matter."""

    t1: float
    t2: float
    source: str


_CONTENT = "content: Ernst, Kreis and Ross 1993, J. Magn. Reson. B 102:1"
_WANSAPURA = "Wansapura et al. 1999, J. Magn. Reson. Imaging 9:531"
TISSUES = {
    "GM": Tissue(0.78, 1331.0, 110.0, f"{_CONTENT}; {_WANSAPURA}"),
    "WM": Tissue(0.65, 832.0, 79.2, f"{_CONTENT}; {_WANSAPURA}"),
    "CSF": Tissue(
        0.97,
        3817.0,
        503.0,
        f"{_CONTENT}; T1: Lu et al. 2005, ibid. 22:13; T2: Piechnik et al. 2009, MRM 61:579",
    ),
}
_SINGLETS = "T1: Mlynarik et al. 2001, NMR Biomed. 14:325; T2: Wyss et al. 2018, Magn. Reson. Med. 80:452"
_NAA = Relaxation(1410.0, 286.0, _SINGLETS)
_CR = Relaxation(1350.0, 153.0, _SINGLETS)
_CHO = Relaxation(1190.0, 238.0, _SINGLETS)
_GLX = Relaxation(1230.0, 180.0, "T1: Posse et al. 2007, MRM 58; T2: Ganji et al. 2012, NMR Biomed. 25")
#: Of metabolites whose own are known; the numbers are those that Gannet's CalcIU.m quotes from the sources.
RELAXATION = {
    "NAA": _NAA,
    "NAAG": _NAA,
    "Cr": _CR,
    "PCr": _CR,
    "GPC": _CHO,
    "PCh": _CHO,
    "Glu": _GLX,
    "Gln": _GLX,
}
#: Of all others: the means of NAA, Cr and Cho that FSL-MRS uses, from nine studies at 3 T.
OTHERS = Relaxation(1290.0, 194.0, "FSL-MRS, constants: mean of the singlets in the literature")
#: Volume fractions of GM, WM and CSF where nothing is known of a voxel. ours: no segmentation.
UNKNOWN = (0.5, 0.5, 0.0)


def concentration_factors(
    names, amplitude: float, te: float, tr: float, fractions: tuple[float, float, float] = UNKNOWN
) -> np.ndarray:
    """What turns amounts (metabolites,) into mmol per kg of tissue water.

    amplitude: of the water at time zero, in the units in which one proton of one unit of a metabolite has 1.
    te, tr: in ms, of data and reference alike. fractions: volumes of GM, WM and CSF. ``UserError`` for
    fractions that are none.
    """
    if min(fractions) < 0 or not math.isclose(sum(fractions), 1, abs_tol=0.01) or fractions[2] > 0.95:
        raise UserError(f"volumes of GM, WM and CSF are shares of 1, with tissue among them, not {fractions}")
    water = [share * tissue.content for share, tissue in zip(fractions, TISSUES.values(), strict=True)]
    mole = [part / sum(water) for part in water]
    seen = sum(
        share * _attenuation(t.t1, t.t2, te, tr) for share, t in zip(mole, TISSUES.values(), strict=True)
    )
    relaxed = [_attenuation(r.t1, r.t2, te, tr) for r in (RELAXATION.get(name, OTHERS) for name in names)]
    return 2 / amplitude * PURE / (1 - mole[2]) * seen / np.array(relaxed)


def _attenuation(t1: float, t2: float, te: float, tr: float) -> float:
    return math.exp(-te / t2) * (1 - math.exp(-tr / t1))


def water_amplitude(water: np.ndarray, axis: Axis) -> tuple[float, float]:
    """Magnitude of a water FID (points,) at time zero, and its standard error.

    By a parabola through the logarithm of its magnitude at early times: a Gaussian and Lorentzian decay.
    """
    t = np.arange(axis.size) / axis.sw
    early = (t >= FIRST) & (t <= LAST)
    if early.sum() < 8 or not np.abs(water[early]).all():
        raise UserError("the water reference has too few early points to tell its amplitude")
    design = np.vander(t[early], 3, increasing=True)
    height = np.log(np.abs(water[early]))
    values, *_ = np.linalg.lstsq(design, height, rcond=None)
    rest = height - design @ values
    variance = rest @ rest / (len(rest) - 3) * np.linalg.inv(design.T @ design)[0, 0]
    amplitude = math.exp(values[0])
    return amplitude, amplitude * math.sqrt(variance)


def proton_amplitude(basis: Basis) -> float:
    """The amplitude at time zero of one proton of one unit, by the area of a CH3 singlet of three.

    Cr's, else PCr's or NAA's, as LCModel takes it (its manual, section 9.6: ``WSMET``, ``WSPPM``,
    ``N1HMET``). ``UserError`` for a basis with none of them.
    """
    from common.processing import spectrum_at

    t = np.arange(basis.axis.size) / basis.axis.sw
    for name, ppm in PROTONS:
        if name in basis.names:
            line = np.exp(-np.pi * 5.0 * t)
            grid = np.linspace(ppm - AROUND, ppm + AROUND, 201)
            pure = np.exp(2j * np.pi * (ppm - basis.axis.carrier) * basis.axis.mhz * t) * line
            area, unit = (spectrum_at(fid, basis.axis, grid).real.sum() for fid in (basis[name] * line, pure))
            return float(area / unit / 3)
    raise UserError(
        "the basis set has neither Cr, PCr nor NAA to scale it by; ratios can be had without water"
    )


def known_at(acquisition: Acquisition) -> str:
    """Why water cannot scale these data, in words; empty where it can."""
    if not MHZ[0] <= acquisition.axis.mhz <= MHZ[1]:
        return f"relaxation times are those of 3 T, not of {acquisition.axis.mhz:.0f} MHz"
    if acquisition.te is None or acquisition.tr is None:
        return "the file does not state TE and TR; give --te and --tr"
    return ""
