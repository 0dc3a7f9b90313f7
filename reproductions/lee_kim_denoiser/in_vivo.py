"""Measured brain spectra: how steady the ratios are when they are degraded, and what is taken off."""

from __future__ import annotations

import numpy as np

from common import datasets
from common.classical.regression import regress
from common.errors import DataMissing
from common.mrs import conventional, invivo
from common.mrs.quality import quality, voigt
from common.simulation.metabolites import NAMES

from . import data, estimate, figures, peers
from .config import Config

#: Echo time in ms of a file that does not state it: LCModel's test spectrum (its control file says TE 30).
TE = 30.0


def score(config: Config, session, name: str, models: dict) -> None:
    """Ratios to total creatine in noise-injected versions of a case, network beside fit and LCModel.

    The network of the first part is ``network``, that of another part ``network_<part>``.
    """
    try:
        measured = invivo.load(name, session.offline)
    except DataMissing as missing:
        session.left_out(f"{invivo.DATA_SET}/{name}", str(missing))
        return
    say_used(session, name)
    fids, axis = invivo.noise_injected(measured, config.versions), measured.axis
    found, clean = {}, {}
    for part, model in models.items():
        output = estimate.clean_spectra(config, model, fids, axis, measured.acquisition.te or TE)
        method = "network" if part == config.parts[0] else f"network_{part}"
        found[method], clean[method] = regress(output, data.target_signals(config)), output[0]
    if config.fits:
        found["linear_combination"] = peers.fitted(fids, axis, measured.acquisition.te or TE)
    known, done = peers.lcmodel(session, name, fids)
    found |= known if done.all() else {}
    for case in invivo.cases(measured, NAMES):
        session.score(case, found)
    native = {"measured": estimate.spectrum_of(measured.prepared.fid, axis, config), **clean}
    session.figure(
        f"in_vivo-{name}", figures.spectra_grid(config, [(name, native)], "as measured", columns=1)
    )


def removed_baseline(config: Config, session, models: dict) -> None:
    """What the methods take off subject B01's spectrum beside the same subject's macromolecules."""
    try:
        removal = invivo.removal(session.offline)
    except DataMissing as missing:
        session.left_out(f"{invivo.DATA_SET}/{invivo.NULLED}", str(missing))
        return
    say_used(session, invivo.NULLED)
    clean = {}
    for part, model in models.items():
        output = estimate.clean_spectra(config, model, removal.fid[None], removal.axis, TE)
        method = "network" if part == config.parts[0] else f"network_{part}"
        amounts = regress(output, data.target_signals(config))[0]
        clean[method] = as_measured(amounts @ peers.basis_of(removal.axis, TE).fids, removal)
    if config.fits:
        fit = conventional.fitted(removal.fid[None], removal.axis, peers.basis_of(removal.axis, TE))
        clean["linear_combination"] = fit.fids[0]
    session.score(removal.case(), clean)
    ppm = data.ppm(config)
    shown = {"macromolecules": removal.measured(ppm)}
    shown |= {name: removal.removed(fid, ppm) for name, fid in clean.items()}
    rows = [("B01: what is taken off", shown)]
    session.figure("in_vivo-baseline", figures.spectra_grid(config, rows, "", columns=1))


def as_measured(fid: np.ndarray, removal: invivo.Removal) -> np.ndarray:
    """A FID without broadening given the line shape, shift and phase of the measured one."""
    shape, t = quality(removal.fid, removal.axis), np.arange(removal.axis.size) / removal.axis.sw
    turn = np.exp(1j * (2 * np.pi * shape.shift * t + np.deg2rad(shape.phase)))
    return fid * voigt(t, shape.linewidth, shape.gaussian_share) * turn


def say_used(session, name: str) -> None:
    """Put the files of a case into the record."""
    spec = datasets.load(invivo.DATA_SET)
    case = spec.cases[name]
    files = [case["file"], *filter(None, [case.get("reference")]), *case.get("with", ())]
    session.used(invivo.DATA_SET, case["role"], {file: spec.checksums[file] for file in files})
