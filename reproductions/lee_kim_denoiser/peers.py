"""What the network is measured against: linear-combination fits and, where it was run, LCModel."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from common.acquisition import Basis
from common.cache import cached, folder
from common.classical.linear_combination import linear_combination
from common.mrs.peers import read_results
from common.simulation import metabolites
from common.simulation.brain import Brains
from common.spectrum import Axis

from . import data
from .config import Config

#: Raised when the settings of the fit or the simulated basis change.
VERSION = 1
#: Spectra whose fit is timed; a kept fit takes no time.
TIMED = 20


def fits(config: Config, part: str, brains: Brains, seconds: dict[str, float]) -> dict[str, np.ndarray]:
    """Concentrations (spectra, metabolites) of the fits without and with the prior of a part.

    ``seconds`` gets the time of one spectrum for each.
    """
    priors = {"linear_combination": None, "linear_combination_prior": prior(config, part)}
    found = {}
    for name, known in priors.items():
        found[name] = fitted(brains.fids, brains.axis, config.conditions[0][3], known)
        began = time.perf_counter()
        fit(brains.fids[:TIMED], brains.axis, config.conditions[0][3], known)
        seconds[name] = (time.perf_counter() - began) / len(brains.fids[:TIMED])
    return found


def prior(config: Config, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Mean and sd (metabolites,) in mM of the uniform ranges that the spectra of a part are drawn from."""
    low, high = data.ranges(config, part).of(metabolites.NAMES).T
    return (low + high) / 2, (high - low) / np.sqrt(12)


def fit(fids: np.ndarray, axis: Axis, te: float, known=None):
    """The fit of FIDs (spectra, points) by the simulated PRESS basis of their condition."""
    return linear_combination(fids, axis, basis_of(axis, te), prior=known)


def basis_of(axis: Axis, te: float) -> Basis:
    """The simulated PRESS basis of a condition."""
    return metabolites.basis(axis, "press", te=te)


def fitted(fids: np.ndarray, axis: Axis, te: float, known=None) -> np.ndarray:
    """Concentrations (spectra, metabolites) of a fit, NaN where it failed; computed once."""
    means, sds = known if known is not None else ((), ())
    return cached(
        _concentrations, fids, np.asarray(means), np.asarray(sds), version=VERSION,
        sw=axis.sw, mhz=axis.mhz, carrier=axis.carrier, te=te,
    )  # fmt: skip


def _concentrations(fids, means, sds, sw, mhz, carrier, te) -> np.ndarray:
    axis = Axis("1H", fids.shape[-1], sw, mhz, carrier, domain="time", encoding="complex")
    made = fit(fids, axis, te, (means, sds) if len(means) else None)
    return np.where(made.converged[:, None], made.concentrations, np.nan)


def lcmodel_file(name: str) -> Path:
    """Where the results of LCModel on a set of spectra are looked for, and beside it the spectra for it."""
    return folder() / "lcmodel" / f"lee_kim_denoiser-{name}.npz"


def lcmodel(session, name: str, fids: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """``{"lcmodel": concentrations}`` and which spectra its driver (tests/benchmarks/lcmodel.py) has tried.

    Nothing and all of them, with a note in the record, where it was not run.
    """
    path, everything = lcmodel_file(name), np.ones(len(fids), bool)
    if not path.is_file():
        session.note(f"LCModel was not run on the spectra of {name}")
        return {}, everything
    results = read_results(path, fids, unfinished=True)
    session.note(
        f"lcmodel ({name}): {results.program}; {results.done.sum()} of {len(fids)} spectra,"
        f" {results.failed} without a result"
    )
    return {"lcmodel": results.of(metabolites.NAMES)}, results.done
