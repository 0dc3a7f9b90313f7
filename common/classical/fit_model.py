"""What a linear-combination fit is made of: settings, basis, broad components, baseline, soft constraints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.acquisition import WATER_PPM
from common.classical.broad_components import components, ratios
from common.classical.smoother import Smoother
from common.classical.voigt_basis import Window
from common.errors import UserError

#: Concentrations that a spectrum is looked for with at first, about those of healthy brain (mM).
TYPICAL = {"NAA": 10.0, "NAAG": 1.0, "Cr": 6.0, "PCr": 4.0, "GPC": 1.0, "PCh": 0.5, "Glu": 9.0, "Ins": 6.0}


@dataclass(frozen=True)
class Settings:
    """How the fit is done; chosen on LCModel's test spectrum and simulations, then frozen."""

    high: float = 4.2  # ppm, where it begins; ours: the window of all scores of brain spectra
    low: float = 0.2  # ppm, where it ends; ours: as above
    knots: float = 0.15  # ppm between knots of the baseline; LCModel's DKNTMN
    freedom: float = 5.0  # effective degrees of freedom of the baseline; ours: the development case
    freedom_prior: float = 14.0  # the same where a prior holds concentrations; ours: simulations
    phase1_sd: float = 20.0  # deg/ppm, what first-order phase to expect; LCModel's SDDEGP
    farthest: float = 30.0  # Hz, the largest shift looked for; ours: 20 Hz and a margin
    widest: float = 40.0  # Hz, upper limit of each width; ours: beyond 25 Hz little is resolved
    rounds: int = 3  # of search, noise and scale of soft ratios; ours: a fourth moves 0.2 sd at most
    steps: int = 30  # Gauss-Newton steps a round at most; ours: 5 are usual
    tolerance: float = 0.1  # of a parameter's own error, a step below which ends a round; ours: moves the
    # concentrations by a hundredth of their sd
    significance: float = 80.0  # least chi-squared that metabolites explain; ours: noise alone reaches 50


class Model:
    """What all spectra of one call share."""

    def __init__(self, axis, basis, settings, prior):
        self.settings = settings
        self.window = Window(axis, settings.high, settings.low)
        self.names, self.count = basis.names, len(basis.names)
        broad = components(basis, _proton(basis, self.window))
        self.all_names = basis.names + broad.names
        fids = np.concatenate([basis.fids, broad.fids])
        spectra = self.window.spectra(fids)
        self.scale = np.linalg.norm(spectra.real, axis=-1)
        silent = [name for name, size in zip(self.all_names, self.scale, strict=True) if size == 0]
        if silent or not np.all(np.isfinite(self.scale)):
            raise UserError(f"the basis set has no usable signal of {', '.join(silent) or 'some metabolite'}")
        self.fids = (fids / self.scale[:, None]).astype(np.complex64)
        freedom = settings.freedom if prior is None else settings.freedom_prior
        self.smoother = Smoother(self.window.ppm, settings.knots, freedom)
        self.turn = self.window.ppm - WATER_PPM
        self.prior, self.ratios = _prior_of(prior, basis.names, self.scale)
        self._search()

    def _search(self):
        """Typical spectra of many shifts and widths, flat baselines taken out, each of length 1."""
        typical = np.array([TYPICAL.get(name, 0.0) for name in self.names])
        weights = (typical if typical.any() else np.ones(self.count)) * self.scale[: self.count]
        fid = weights @ self.fids[: self.count]
        shifts = np.arange(-self.settings.farthest, self.settings.farthest + 1, 1.5)
        self.starts = [(s, 0.4 * w, (0.75 * w) ** 2) for w in (3.0, 6.0, 10.0, 15.0, 22.0) for s in shifts]
        lines = np.stack([self.window.line_shape(*start) for start in self.starts])
        seen = self.flat(self.window.spectra(lines * fid))
        self.seen = seen / np.linalg.norm(seen, axis=-1, keepdims=True)

    def flat(self, spectra):
        """Complex spectra without their baselines."""
        return self.smoother.without(spectra.real) + 1j * self.smoother.without(spectra.imag)


def _prior_of(prior, names, scale):
    """Rows and targets of soft constraints on scaled concentrations; the soft ratios that remain."""
    if prior is None:
        return None, ratios()
    mean, sd = (np.asarray(part, dtype=float) for part in prior)
    if mean.shape != (len(names),) or sd.shape != mean.shape or not np.all(sd > 0):
        raise UserError(f"a prior is a mean and a positive sd for each of {len(names)} metabolites")
    told = np.isfinite(sd)
    rows = np.zeros((told.sum(), scale.size))
    rows[np.arange(told.sum()), np.flatnonzero(told)] = 1 / sd[told] / scale[: len(names)][told]
    known = {name for name, is_told in zip(names, told, strict=True) if is_told}
    return (rows, mean[told] / sd[told]), tuple(ratio for ratio in ratios() if ratio.name not in known)


def _proton(basis, window):
    """Height at time zero of one proton: a third of creatine's or NAA's CH3, else a rough guess."""
    for name, ppm in (("Cr", 3.03), ("PCr", 3.03), ("NAA", 2.01)):
        if name in basis.names:
            line = window.line_shape(0.0, 2.0, 9.0)
            spectrum = window.spectra(basis[name] * line).real
            hz = (ppm - basis.axis.carrier) * basis.axis.mhz
            pure = window.spectra(line * np.exp(2j * np.pi * hz * window.seconds)).real
            near = np.abs(window.ppm - ppm) < 0.1
            return float(spectrum[near].sum() / pure[near].sum() / 3)
    return float(np.abs(basis.fids[:, 0]).mean() / 5)
