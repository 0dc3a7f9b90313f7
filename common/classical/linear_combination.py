"""Linear-combination fit of single-voxel 1H brain spectra: how much of each metabolite, and how surely.

The real part of the phased spectrum between two chemical shifts is the basis spectra with one Voigt line
shape, shift and phase, macromolecules and lipids as Gaussians, all non-negative, and a stiff spline. The
model and its default soft ratios are LCModel's (S. W. Provencher, Magn. Reson. Med. 1993, 30, 672-679; NMR
Biomed. 2001, 14, 260-264), its line shape that of later programs (A. R. Craven et al., NMR Biomed. 2022, 35,
e4702, compare them). Amounts that enter linearly are solved for at every step of a damped Gauss-Newton search
for the rest (G. Golub and V. Pereyra, Inverse Problems 2003, 19, R1-R26).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.acquisition import Basis
from common.classical.fit_model import Model, Settings
from common.classical.fit_search import Best, fit_one
from common.classical.voigt_basis import voigt_width
from common.errors import UserError
from common.spectrum import Axis

DEFAULTS = Settings()


@dataclass(frozen=True)
class Fit:
    """What a fit found, for each spectrum.

    names: of the metabolites. concentrations, sd: (spectra, metabolites) in units of the basis; sd is the
    Cramer-Rao bound, with soft priors counted as data. covariance: (spectra, metabolites, metabolites).
    shift, lorentz, gauss: (spectra,) in Hz, the widths full at half height and on top of the basis's own.
    phase0: degrees at 4.65 ppm, phase1: degrees a ppm. noise: sd of the residual. component_names and
    components: amounts of macromolecules and lipids. ppm: (shifts,); data, metabolites, macromolecules,
    baseline: real (spectra, shifts), the data phased. converged: (spectra,); where False all else is NaN
    or not to be relied on.
    """

    names: tuple[str, ...]
    concentrations: np.ndarray
    sd: np.ndarray
    covariance: np.ndarray
    shift: np.ndarray
    lorentz: np.ndarray
    gauss: np.ndarray
    phase0: np.ndarray
    phase1: np.ndarray
    noise: np.ndarray
    component_names: tuple[str, ...]
    components: np.ndarray
    ppm: np.ndarray
    data: np.ndarray
    metabolites: np.ndarray
    macromolecules: np.ndarray
    baseline: np.ndarray
    converged: np.ndarray

    @property
    def width(self) -> np.ndarray:
        """Full width at half height of the Voigt line (spectra,) in Hz."""
        return voigt_width(self.lorentz, self.gauss)

    @property
    def residual(self) -> np.ndarray:
        """Data less everything fitted, (spectra, shifts)."""
        return self.data - self.metabolites - self.macromolecules - self.baseline

    def total(self, names) -> tuple[np.ndarray, np.ndarray]:
        """Sum of some metabolites and its sd, each (spectra,); those not in the basis count as none."""
        chosen = np.array([name in names for name in self.names], dtype=float)
        variance = np.einsum("i,sij,j->s", chosen, self.covariance, chosen)
        return self.concentrations @ chosen, np.sqrt(variance)


def linear_combination(
    fids: np.ndarray,
    axis: Axis,
    basis: Basis,
    settings: Settings = DEFAULTS,
    prior: tuple[np.ndarray, np.ndarray] | None = None,
) -> Fit:
    """Fit FIDs (spectra, points) by a basis on the same axis.

    prior: (mean, sd), each (metabolites,), in units of the basis: soft constraints on concentrations, of
    which those with a finite sd take the place of LCModel's soft ratios. A spectrum that is not finite, or
    holds no metabolites that stand out of its noise, gives NaN and ``converged`` False. Results scale with
    the data where there is no prior. Raises ``UserError`` where FIDs and basis do not go together.
    """
    fids = np.atleast_2d(fids)
    if fids.shape[-1] != axis.size or not np.iscomplexobj(fids):
        raise UserError(f"FIDs to fit are complex (spectra, {axis.size}), not {fids.shape}")
    _check_same(basis.axis, axis)
    model = Model(axis, basis, settings, prior)
    return _collect(model, [fit_one(model, fid) for fid in fids])


def _check_same(ours: Axis, theirs: Axis):
    """Refuse a basis whose lines would lie elsewhere or decay otherwise; files round what they state."""
    same = ours.size == theirs.size and np.allclose([ours.sw, ours.mhz], [theirs.sw, theirs.mhz], rtol=1e-4)
    if not same or abs(ours.carrier - theirs.carrier) > 1e-3:
        raise UserError("the basis set was made for another acquisition: points, width, field or centre")


def _collect(model: Model, found: list[Best]) -> Fit:
    """All spectra's results in arrays."""
    count = model.count
    shape = (0, len(model.all_names))
    amounts = np.array([best.amounts for best in found]).reshape(-1, shape[1])
    covariance = np.array([best.covariance for best in found]).reshape(-1, count, count)
    theta = np.array([best.theta for best in found]).reshape(-1, 5)
    curves = np.array([best.curves for best in found], np.float32).reshape(-1, 4, model.window.ppm.size)
    return Fit(
        names=model.names,
        concentrations=amounts[:, :count],
        sd=np.sqrt(np.diagonal(covariance, axis1=1, axis2=2)),
        covariance=covariance,
        shift=theta[:, 0],
        lorentz=theta[:, 1],
        gauss=np.sqrt(theta[:, 2]),
        phase0=(theta[:, 3] + 180) % 360 - 180,
        phase1=theta[:, 4],
        noise=np.array([best.noise for best in found]),
        component_names=model.all_names[count:],
        components=amounts[:, count:],
        ppm=model.window.ppm,
        data=curves[:, 0],
        metabolites=curves[:, 1],
        macromolecules=curves[:, 2],
        baseline=curves[:, 3],
        converged=np.array([best.converged for best in found], dtype=bool),
    )
