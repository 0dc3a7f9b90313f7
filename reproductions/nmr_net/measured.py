"""The network on the curated zones of small molecules, beside height and nmrglue, with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common import datasets
from common.cache import cached
from common.classical.peak_picking import nmrglue_points
from common.errors import DataMissing
from common.metrics.case import Case
from common.metrics.picking import score_picking
from common.training.batches import Batches, generator

from . import batching, data, estimate, ranking, zones
from .config import Config

#: ours: candidates of a zone spectrum to learn from: so many of the strongest, as many of the rest.
STRONGEST, REST = 400, 200
#: The networks that left a compound out.
PART = "zones-{}"


@dataclass(frozen=True)
class Made:
    """What a method makes of a spectrum: scores (n,) of places (n, 2) in ppm, the usual cut if it has one."""

    score: np.ndarray
    places: np.ndarray
    cut: float | None = None


def known(session) -> list[zones.ZoneSpectrum]:
    """The spectra, or none (and a word in the record) where the data set is not here."""
    try:
        found = zones.spectra(session.offline)
    except DataMissing as error:
        session.left_out(zones.DATA_SET, str(error))
        return []
    spec = datasets.load(zones.DATA_SET)
    for one in found:
        file = spec.cases[one.name]["file"]
        session.used(zones.DATA_SET, one.role, {file: spec.checksums[file]})
    return found


def crops_of(config: Config, one: zones.ZoneSpectrum, rows: np.ndarray):
    """What the network is given of some candidates of a measured spectrum."""
    return estimate.of_plane(config, one.spectrum, one.found, one.widths, rows)


def batches(config: Config, seed: int, spectra: list[zones.ZoneSpectrum], left_out: str) -> Batches:
    """Candidates of the spectra of all other compounds, true where they lie in a zone."""
    made, true, uses = [], [], []
    for one in spectra:
        if one.compound == left_out:
            continue
        rest = generator(data.SEED, f"zones/{one.name}", 0, 0).permutation(len(one.found))
        rest = rest[rest >= STRONGEST][:REST]
        rows = np.concatenate([np.arange(min(STRONGEST, len(one.found))), rest])
        made.append(crops_of(config, one, rows))
        true.append(one.inside[rows])
        # a test case for the networks that leave it out, and for no other; this one is scored on what is left
        uses.append((zones.DATA_SET, one.name, "train"))
    made, true = batching.joined(made), np.concatenate(true).astype("float32")[:, None]
    return batching.over(config, made, true, seed, "train", tuple(uses))


def score(config: Config, session, models: dict, simulated, spectra: list[zones.ZoneSpectrum]):
    """Score every spectrum, the mean, all zones in one list, with 95 % intervals over compounds.

    models: of each compound the network that has not seen it; simulated: the one that has seen no measured
    spectrum, which is scored as ``network_simulated`` where it is another. Means are over test cases; a
    development case has an id of its own. Returns the scores of each method by spectrum.
    """
    scores = {}
    for one in spectra:
        made = crops_of(config, one, np.arange(len(one.found)))
        values, noise, height = one.spectrum.data, one.found.noise, np.abs(one.found.height)
        points = cached(nmrglue_points, values, threshold=zones.CUT * noise)
        theirs = zones.in_ppm(one.spectrum, points.astype(float))
        scores[one.name] = {
            "network": Made(estimate.of_crops(models[one.compound], made), one.places, config.threshold),
            "height": Made(height / noise, one.places),
            # the same in each spectrum; in the list of all it matters what heights are compared with
            "height_over_largest": Made(height / height.max(initial=1e-30), one.places),
            "nmrglue_downward": Made(np.abs(values[tuple(points.T)]) / noise, theirs),
        }
        if config.zones_epochs:
            other = estimate.of_crops(simulated, made)
            scores[one.name]["network_simulated"] = Made(other, one.places, config.threshold)
    _ranked(config, spectra, scores)
    for one in spectra:
        session.score(Case(zones.DATA_SET, one.name, "", one.role, _scorer(one)), scores[one.name])
    tests = [one for one in spectra if one.role == "test"]
    for condition in ("", "cross"):
        _together(session, tests, scores, condition)
    return scores


def _ranked(config: Config, spectra: list[zones.ZoneSpectrum], scores: dict) -> None:
    """Add rankings fitted to the spectra of all other compounds: ``network_and_height`` by the probability of
    the network that has seen no measured spectrum and by heights, ``heights`` by the latter alone."""
    plain = "network_simulated" if config.zones_epochs else "network"
    for method, name in (("network_and_height", plain), ("heights", None)):
        given, true = {}, {}
        for one in spectra:
            probability = scores[one.name][name].score if name else None
            given[one.name] = ranking.inputs(one.found, probability)
            # of a zone its highest candidate is to be found, and the others do not count
            matched = one.matched(np.abs(one.found.height))
            true[one.name] = matched.true[matched.counted]
            given[one.name, "counted"] = given[one.name][matched.counted]
        for compound in zones.compounds(spectra):
            others = [one.name for one in spectra if one.compound != compound]
            fitted = ranking.fit([given[k, "counted"] for k in others], [true[k] for k in others])
            for one in spectra:
                if one.compound == compound:
                    score = fitted(given[one.name])
                    scores[one.name][method] = Made(score, one.places, config.threshold)


def _scorer(one: zones.ZoneSpectrum):
    return lambda made: score_picking(made.score, one.matched(made.score, made.places), made.cut)


def _together(session, tests, scores, condition: str) -> None:
    """Means, pooled scores, intervals, and spectra that are worse than by height."""
    found = {
        method: [
            zones.ranked(
                one.compound, made.score, one.matched(made.score, made.places, cross=condition == "cross")
            )
            for one in tests
            for made in [scores[one.name][method]]
        ]
        for method in scores[tests[0].name]
    }
    end = f"/{condition}" if condition else ""
    for method, ranked in found.items():
        session.measure(f"{zones.DATA_SET}/mean{end}/ap", zones.mean_ap(ranked), method)
        session.measure(f"{zones.DATA_SET}/all{end}/ap", zones.pooled_ap(ranked), method)
        session.measure(
            f"{zones.DATA_SET}/all{end}/spectra_worse", zones.worse(ranked, found["height"]), method
        )
    if condition:
        return
    drawn = {name: found[name] for name in found if name != "nmrglue_downward"}
    for method, each in zones.intervals(drawn).items():
        for name, pair in each.items():
            case, _, gain = name.partition("_")
            for side, value in zip(("low", "high"), pair, strict=True):
                measure = f"ap_gain_{side}" if gain else f"ap_{side}"
                session.measure(f"{zones.DATA_SET}/{case}/{measure}", value, method)
