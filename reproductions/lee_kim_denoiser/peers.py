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
    """Concentrations of a fit, computed once for the same data."""
    means, sds = known if known is not None else ((), ())
    return cached(
        _concentrations, fids, np.asarray(means), np.asarray(sds), version=VERSION,
        sw=axis.sw, mhz=axis.mhz, carrier=axis.carrier, te=te,
    )  # fmt: skip


def _concentrations(fids, means, sds, sw, mhz, carrier, te) -> np.ndarray:
    axis = Axis("1H", fids.shape[-1], sw, mhz, carrier, domain="time", encoding="complex")
    return fit(fids, axis, te, (means, sds) if len(means) else None).concentrations


def lcmodel_file(part: str) -> Path:
    """Where the results of LCModel on the sampled test spectra of a part are looked for."""
    return folder() / "lcmodel" / f"lee_kim_denoiser-{part}.npz"


def lcmodel(session, part: str, brains: Brains, chosen: np.ndarray) -> dict[str, np.ndarray]:
    """``{"lcmodel": concentrations}`` of the chosen test spectra, where its driver has left results.

    Empty, with a note in the record, where it was not run; ``python -m reproductions.lee_kim_denoiser.peers``
    writes the spectra for it.
    """
    path = lcmodel_file(part)
    if not path.is_file():
        session.note(f"LCModel was not run on the {part} test spectra")
        return {}
    results = read_results(path, brains.fids[chosen])
    session.note(f"lcmodel ({part}): {results.program}; {results.failed} spectra without a result")
    return {"lcmodel": results.of(brains.names)}
