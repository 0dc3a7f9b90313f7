"""Transverse relaxation of nuclei in a protein as it tumbles: how wide lines are by its size.

Closed forms of dipolar and CSA relaxation for isotropic tumbling (Cavanagh et al., Protein NMR Spectroscopy,
2nd ed. 2007, chapter 5), and of their interference in TROSY (Pervushin et al., PNAS 1997, 94, 12366).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Gyromagnetic ratios, rad / (s T), CODATA; hbar and mu0 / 4 pi in SI units.
GAMMA = {"1H": 2.6752e8, "13C": 6.7283e7, "15N": -2.7126e7}
HBAR, MU = 1.0546e-34, 1e-7
#: Bond lengths in angstrom and CSA in ppm (Cavanagh et al., table 5.2 and 8.1; C' from axial approximation).
N_H, C_H = 1.02, 1.09
CSA_N, CSA_H, CSA_CO, CSA_CA = -170.0, 10.0, 130.0, 25.0
#: Angle between the N-H bond and the axis of the CSA of 15N, degrees (Pervushin et al. 1997: 17; HN: 10).
ANGLE = 17.0
#: Distance in angstrom of one proton that relaxes as all others around a proton do. ours: the sum of r^-6 in
#: protonated proteins; in a perdeuterated one the amide protons are left, about 2.6 angstrom.
NEAR, FAR = 2.05, 2.6
#: Order parameter S^2 of what is rigid, and of the axis of a methyl group (ours: typical, Igumenova et al.
#: Chem. Rev. 2006, 106, 1672); rotation of the group scales by 1/9 for tetrahedral geometry (Woessner 1962).
RIGID, METHYL = 0.85, 0.6 / 9


def tumbling_time(residues: float, kelvin: float = 298.0) -> float:
    """Rotational correlation time in ns of a globular protein in water.

    recalled: ``9.18e-3 / T exp(2416 / T) N^0.93`` (Daragan and Mayo, Prog. NMR Spectrosc. 1997, 31, 63).
    """
    return 9.18e-3 / kelvin * np.exp(2416 / kelvin) * residues**0.93


def spectral_density(omega, tau: float):
    """``J = 2/5 tau / (1 + (omega tau)^2)`` in s; omega in rad/s, tau in s."""
    return 0.4 * tau / (1 + (np.asarray(omega) * tau) ** 2)


def dipolar_r2(spin: str, other: str, angstrom: float, tau: float, tesla: float) -> float:
    """R2 in 1/s of a spin by one unlike spin 1/2 at a distance."""
    w, s = GAMMA[spin] * tesla, GAMMA[other] * tesla
    d2 = (MU * HBAR * GAMMA[spin] * GAMMA[other] / (angstrom * 1e-10) ** 3) ** 2
    j = [spectral_density(omega, tau) for omega in (0, w - s, w, s, w + s)]
    return float(d2 / 8 * (4 * j[0] + j[1] + 3 * j[2] + 6 * j[3] + 6 * j[4]))


def csa_r2(spin: str, ppm: float, tau: float, tesla: float) -> float:
    """R2 in 1/s by an axial shift anisotropy."""
    w = GAMMA[spin] * tesla
    c2 = (ppm * 1e-6 * w) ** 2 / 3
    return float(c2 / 6 * (4 * spectral_density(0, tau) + 3 * spectral_density(w, tau)))


def cross_rate(spin: str, other: str, angstrom: float, ppm: float, tau: float, tesla: float) -> float:
    """Interference in 1/s, without its sign: what TROSY takes off R2 of the narrow line."""
    w = GAMMA[spin] * tesla
    d = MU * HBAR * abs(GAMMA[spin] * GAMMA[other]) / (angstrom * 1e-10) ** 3
    c = abs(ppm * 1e-6 * w) / np.sqrt(3)
    tilt = (3 * np.cos(np.radians(ANGLE)) ** 2 - 1) / 2
    j = 4 * spectral_density(0, tau) + 3 * spectral_density(w, tau)
    return float(d * c * tilt * j * np.sqrt(3) / 6)


@dataclass(frozen=True)
class Rates:
    """R2 in 1/s of the nuclei of a rigid residue: amide proton and nitrogen, carbonyl, C-H carbon by its
    number of protons (``carbon[1]``, ``[2]``), carbon-bound proton, methyl carbon and proton."""

    amide_h: float
    amide_n: float
    carbonyl: float
    carbon: tuple[float, float, float]
    proton: float
    methyl_c: float
    methyl_h: float


def rates(tau_ns: float, mhz: float, *, trosy: bool = False, deuterated: bool = False) -> Rates:
    """The rates of a protein with a correlation time in ns at a proton frequency in MHz.

    trosy: of the amide's narrow lines. deuterated: protons on carbon replaced by deuterium.
    """
    tau, tesla = tau_ns * 1e-9, 2 * np.pi * mhz * 1e6 / GAMMA["1H"]
    around = dipolar_r2("1H", "1H", FAR if deuterated else NEAR, tau, tesla)
    n = dipolar_r2("15N", "1H", N_H, tau, tesla) + csa_r2("15N", CSA_N, tau, tesla)
    h = dipolar_r2("1H", "15N", N_H, tau, tesla) + csa_r2("1H", CSA_H, tau, tesla)
    if trosy:
        n -= cross_rate("15N", "1H", N_H, CSA_N, tau, tesla)
        h -= cross_rate("1H", "15N", N_H, CSA_H, tau, tesla)
    bound = dipolar_r2("13C", "1H", C_H, tau, tesla) * (0.02 if deuterated else 1.0)
    chain = csa_r2("13C", CSA_CA, tau, tesla)
    carbon = tuple(RIGID * (count * bound + chain) for count in (0, 1, 2))
    co = csa_r2("13C", CSA_CO, tau, tesla)
    proton = dipolar_r2("1H", "13C", C_H, tau, tesla) + around
    methyl = dipolar_r2("1H", "13C", C_H, tau, tesla) * METHYL + 0.25 * around
    return Rates(
        amide_h=RIGID * h + around,
        amide_n=RIGID * n,
        carbonyl=RIGID * co + 1.0,
        carbon=(carbon[0] + 1.0, carbon[1] + 1.0, carbon[2] + 1.0),
        proton=RIGID * proton,
        methyl_c=3 * METHYL * bound + 1.0,
        methyl_h=methyl + 1.0,
    )
