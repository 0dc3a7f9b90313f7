"""Probabilities of a spectrum's points by trained networks, and the regions that come of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.classical.integrals import flattened, integrals
from common.io.regions import Regions, make_regions
from common.spectrum import Axis, Spectrum

from . import grid
from .config import Config

#: Steps are filled up to a multiple of this (ours), so that a backend compiles for few lengths.
MULTIPLE = 1024
#: Columns of the probabilities, and the kinds of regions.
KINDS = ("signal", "solvent")


@dataclass(frozen=True)
class Rule:
    """How regions come of probabilities; the numbers were chosen on simulated validation spectra and aspirin.

    cut: probability of the points of a region. sure: of its surest point, at least. gap: Hz; what interrupts
    a region less is part of it. least: integral of a region of signal, of the largest one's.
    """

    cut: float = 0.5
    sure: float = 0.7
    gap: float = 4.0
    least: float = 0.04


def network(folder: Path):
    """Configuration and networks (a list) of a run's folder."""
    from common.training.backend import import_keras
    from common.training.parts import Parts
    from reproductions.chosen import config_of

    config = config_of(Config, folder)
    import_keras()
    from .model import build

    weights = Parts(folder / "weights")
    return config, [weights.load(part, build(config)) for part in parts(config)]


def parts(config: Config) -> list[str]:
    """The parts of a run, a network each."""
    return [f"network{k}" if k else "network" for k in range(config.members)]


def predict(config: Config, models: Sequence, spectrum: Spectrum) -> np.ndarray:
    """Probabilities (points, 2) of signal and of solvent at a 1D spectrum's own points, float32.

    models: the networks of a run, whose probabilities are averaged. The spectrum is in phase, of any length,
    width and scale. ``UserError`` for anything but a 1D spectrum of numbers.
    """
    data, axis = grid.real_spectrum(spectrum)
    rows = grid.inputs(config, data, axis)
    filled = grid.padded(rows, MULTIPLE)[None]
    made = np.mean([np.asarray(model.predict_on_batch(filled)) for model in models], axis=0)
    return grid.brought_back(config, made[0, : len(rows), 1:], axis)


def regions_of(probabilities: np.ndarray, spectrum: Spectrum, rule: Rule | None = None) -> Regions:
    """Regions of kind ``signal`` or ``solvent``, from left to right, by the probabilities (points, 2).

    The rule (ours): a region is a run of points at which signal and solvent together are at least ``cut``
    probable, runs less than ``gap`` Hz apart are one, and somewhere they are at least ``sure`` probable. It
    is of the kind that is more probable over all its points. Edges lie where straight lines between points
    cross ``cut``. Regions of signal with less than ``least`` of the largest one's integral are dropped, as
    traces of something else. Integrals are not filled in.
    """
    data, axis = grid.real_spectrum(spectrum)
    rule, found, kinds = rule or Rule(), [], []
    gap = rule.gap * axis.size / axis.sw
    for first, last in runs(probabilities.sum(axis=1), rule.cut, rule.sure, gap):
        inside = slice(max(int(np.ceil(first)), 0), int(last) + 1)
        found.append(tuple(axis.ppm(np.clip([first, last], -0.5, axis.size - 0.5))))
        kinds.append(KINDS[int(probabilities[inside].sum(axis=0).argmax())])
    kept = _large(np.reshape(found, (-1, 2)), kinds, data, axis, rule.least)
    return make_regions(
        [edges for edges, keep in zip(found, kept, strict=True) if keep],
        [kind for kind, keep in zip(kinds, kept, strict=True) if keep],
    )


def _large(ppm: np.ndarray, kinds: Sequence[str], data: np.ndarray, axis: Axis, least: float) -> np.ndarray:
    """Which regions (n, 2) are solvent, or have at least a share of the largest integral of signal; (n,)."""
    signal = np.array([kind == "signal" for kind in kinds], bool)
    if not signal.any():
        return ~signal
    found = integrals(flattened(data, axis, ppm)[0], axis, ppm)
    most = found[signal].max()  # below zero where a spectrum is upside down
    return ~signal | (found >= min(least * most, most))


def runs(values: np.ndarray, cut: float, sure: float, gap: float) -> list[tuple[float, float]]:
    """First and last place, between points, of runs of values; ``gap`` in points."""
    high = np.concatenate([[False], values >= cut, [False]])
    starts, stops = (
        np.flatnonzero(np.diff(high.astype(int)) == 1),
        np.flatnonzero(np.diff(high.astype(int)) == -1),
    )
    padded = np.concatenate([[0.0], values, [0.0]])
    joined: list[list] = []
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        # points start to stop - 1 are high; padded[k] is values[k - 1]
        rise = (cut - padded[start]) / max(padded[start + 1] - padded[start], 1e-9)
        fall = (padded[stop] - cut) / max(padded[stop] - padded[stop + 1], 1e-9)
        first, last, top = start - 1 + rise, stop - 1 + fall, values[start:stop].max()
        if joined and first - joined[-1][1] < gap:
            joined[-1][1:] = [last, max(joined[-1][2], top)]
        else:
            joined.append([first, last, top])
    return [(first, last) for first, last, top in joined if top >= sure and last > first]


def certainty(probabilities: np.ndarray, axis: Axis, regions: Regions) -> np.ndarray:
    """The largest probability of each region's own kind in it, (n,)."""
    made = []
    for (left, right), kind in zip(regions.ppm, regions.kind, strict=True):
        first, last = np.clip(np.round(axis.index([left, right])).astype(int), 0, axis.size - 1)
        made.append(float(probabilities[first : last + 1, KINDS.index(kind)].max()))
    return np.array(made)
