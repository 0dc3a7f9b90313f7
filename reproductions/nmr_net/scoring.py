"""Scores of the network beside ranking by height and nmrglue's picker, on simulated and measured spectra."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from common import datasets
from common.cache import cached
from common.classical.peak_picking import candidates, nmrglue_points, quiet_noise
from common.errors import DataMissing
from common.io.files import read
from common.io.peaklists import read_peaks
from common.metrics.case import Case
from common.metrics.picking import Matched, match, score_picking
from common.simulation.protein_peaks import EXPERIMENTS

from . import crops, data, estimate, zones
from .config import Config

#: ours: times the noise from which a peak is picked by its height, a usual cut.
USUAL_CUT = 5.0
#: Types of spectra as the paper has them.
KINDS = {"backbone": "all_backbone", "side-chain": "all_side_chain", "noesy": "all_noesy"}
#: Tolerance of protein L in ppm, 15N and 1H (the fact sheet's), and the cut its candidates have.
TOLERANCE, PROTEIN_L_CUT = (0.3, 0.03), 5.5
#: Bins of the reliability diagram.
BINS = 10


@dataclass(frozen=True)
class Pick:
    """What a method picked in one spectrum: a score each, what that is joined to, the usual cut."""

    score: np.ndarray
    matched: Matched
    cut: float


def picks(config: Config, model, one: data.Seen) -> dict[str, Pick]:
    """The methods on one simulated spectrum; nmrglue takes candidates of its own, inside as ours are."""
    labelled, noise = one.labelled, one.found.noise
    made = data.crops_of(config, one, np.arange(len(one.found)))
    height = np.abs(one.found.height) / noise
    values = labelled.spectrum.data
    points = cached(nmrglue_points, values, threshold=config.cut * noise)
    points = points[((points > 0) & (points < np.array(values.shape) - 1)).all(axis=1)]
    found = match(points, labelled.index, labelled.tolerance, labelled.diagonal)
    return {
        "network": Pick(estimate.of_crops(model, made), one.matched, config.threshold),
        "height": Pick(height, one.matched, USUAL_CUT),
        "nmrglue_downward": Pick(np.abs(values[tuple(points.T)]) / noise, found, USUAL_CUT),
    }


def simulated(config: Config, session, model) -> dict[str, list[tuple[data.Seen, dict[str, Pick]]]]:
    """Score the test spectra of each experiment, one by one and pooled; what was picked, for figures."""
    known = {}
    for name in () if config.made_up else data.SETS:
        for role in ("train", "test"):
            session.used(name, role, datasets.load(name).checksums)
    for experiment in config.experiments:
        known[experiment] = []
        kind = KINDS[EXPERIMENTS[experiment].kind]
        for index in range(config.tests):
            one = data.seen(config, data.labelled(config, experiment, "test", index, session.offline))
            made = picks(config, model, one)
            known[experiment].append((one, made))
            hz = [axis.sw / axis.size for axis in one.labelled.spectrum.axes]
            for name in (experiment, kind):
                session.score(Case("simulated", name, "", "test", _scorer(hz)), made)
        session.score(Case("simulated", experiment, "pooled", "test", _scorer()), pooled(known[experiment]))
        drawn = np.mean([one.labelled.drawn for one, _ in known[experiment]])
        session.note(f"{experiment}: {drawn:.0%} of the labels of test spectra have a shift that was drawn")
    every = [pair for pairs in known.values() for pair in pairs]
    for experiment, pairs in [*known.items(), ("all", every)]:
        score, true = counted([made["network"] for _, made in pairs])
        session.measure(f"simulated/{experiment}/calibration_error", reliability(score, true)[0])
    return known


def _scorer(hz=None):
    return lambda pick: score_picking(pick.score, pick.matched, pick.cut, hz)


def pooled(pairs: list) -> dict[str, Pick]:
    """All spectra as one list of candidates, by method."""
    found = {}
    for method in pairs[0][1]:
        each = [made[method] for _, made in pairs]
        starts = np.cumsum([0, *(one.matched.total for one in each)])
        partner = [
            np.where(one.matched.true, one.matched.partner + start, -1)
            for one, start in zip(each, starts, strict=False)
        ]
        matched = Matched(
            np.concatenate(partner),
            np.full((sum(map(len, partner)), 1), np.nan),
            np.concatenate([one.matched.counted for one in each]),
            int(starts[-1]),
        )
        found[method] = Pick(np.concatenate([one.score for one in each]), matched, each[0].cut)
    return found


def counted(found: list[Pick]) -> tuple[np.ndarray, np.ndarray]:
    """Scores of the candidates that count, and whether each is true."""
    score = np.concatenate([one.score[one.matched.counted] for one in found])
    return score, np.concatenate([one.matched.true[one.matched.counted] for one in found])


def reliability(score: np.ndarray, true: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean difference of probability and share of true ones, and (bins, 3): probability, share, number."""
    bins = np.minimum((score * BINS).astype(int), BINS - 1)
    rows = []
    for k in range(BINS):
        here = bins == k
        if here.any():
            rows.append((score[here].mean(), true[here].mean(), here.sum()))
    table = np.array(rows).reshape(-1, 3)
    if not len(table):
        return 0.0, table
    return float(np.sum(np.abs(table[:, 0] - table[:, 1]) * table[:, 2]) / table[:, 2].sum()), table


def protein_l(config: Config, session, model) -> tuple | None:
    """Score the measured HSQC of protein L; spectrum, candidates and picks, None where it is not here."""
    spec = datasets.load("protein_l_hsqc")
    case = spec.cases["protein_l"]
    try:
        spectrum = read(spec.path(case["file"], session.offline))
        true = read_peaks(spec.path("peaks.sparky", session.offline)).ppm
    except DataMissing as error:
        session.left_out(spec.name, str(error))
        return None
    session.used(
        spec.name, case["role"], {name: spec.checksums[name] for name in (case["file"], "peaks.sparky")}
    )
    plane, axes = np.ascontiguousarray(spectrum.data[0]), spectrum.axes[1:]
    flat = spectrum.replace(data=plane, axes=axes)
    noise = quiet_noise(plane)
    found = candidates(plane, cut=PROTEIN_L_CUT, noise=noise)
    given = estimate.of_plane(config, flat, found, crops.line_widths(found), np.arange(len(found)))
    points = nmrglue_points(plane, PROTEIN_L_CUT * noise)
    joined = match(zones.in_ppm(flat, found.index), true, TOLERANCE)
    theirs = match(zones.in_ppm(flat, points.astype(float)), true, TOLERANCE)
    made = {
        "network": Pick(estimate.of_crops(model, given), joined, config.threshold),
        "height": Pick(np.abs(found.height) / noise, joined, USUAL_CUT),
        "nmrglue_downward": Pick(np.abs(plane[tuple(points.T)]) / noise, theirs, USUAL_CUT),
    }
    hz = [axis.mhz for axis in axes]
    session.score(Case(spec.name, "protein_l", "", case["role"], _scorer(hz)), made)
    return flat, found, noise, true, made


def seconds(config: Config, session, model, known: dict) -> None:
    """Time of one spectrum, from the data to a list: the first test spectrum of each experiment."""
    for experiment, pairs in known.items():
        labelled = pairs[0][0].labelled
        values = labelled.spectrum.data
        took = {}
        began = time.perf_counter()
        one = data.seen(config, labelled)
        took["height"] = time.perf_counter() - began
        estimate.of_crops(model, data.crops_of(config, one, np.arange(len(one.found))))
        took["network"] = time.perf_counter() - began
        began = time.perf_counter()
        nmrglue_points(values, config.cut * one.found.noise)
        took["nmrglue_downward"] = time.perf_counter() - began
        for method, value in took.items():
            session.measure(f"timing/{experiment}/seconds", value, method)
            session.measure(f"timing/{experiment}/candidates_per_second", len(one.found) / value, method)
