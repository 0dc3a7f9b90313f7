"""Scores of found regions, network and thresholds beside each other, on simulated and measured spectra."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add

import numpy as np

from common import datasets
from common.classical.regions import find_regions
from common.errors import DataMissing
from common.io.regions import Regions
from common.metrics.case import Case
from common.metrics.regions import Agreement, compare_regions
from common.simulation.regions import SIGNAL, SOLVENT
from common.spectrum import Axis, Spectrum
from common.training.batches import generator

from . import compounds, data
from .config import Config
from .estimate import regions_of
from .measured import Measured, measured
from .reliability import Reliability

#: The seed of simulated test spectra: the same for every run. Points of each; spectra drawn at once.
TEST_SEED, POINTS, CHUNK = 0, 32768, 10
#: Spectra that are timed, of that many points each.
TIMED, TIMED_POINTS = 5, 32768
#: ``predict(spectrum) -> probabilities (points, 2)``.
Predict = Callable[[Spectrum], np.ndarray]


@dataclass
class Scored:
    """A spectrum as it was scored: true regions, and what each method found; all (n, 2) in ppm."""

    name: str
    spectrum: Spectrum
    true: np.ndarray
    found: dict[str, np.ndarray]
    probabilities: np.ndarray
    agreement: dict[str, Agreement] = field(default_factory=dict)


def score_simulated(config: Config, session, predict: Predict) -> tuple[dict[str, Reliability], list[Scored]]:
    """Score spectra of compounds that nobody trained on; reliabilities by kind, and the first spectra.

    Solvent is set aside for regions of signal, and signal for those of solvent, which the classical finder
    knows nothing of.
    """
    kinds = ("measured", "random") if config.measured else ("random",)
    reliabilities, first = {}, []
    for kind in kinds:
        pool = compounds.measured("test", session.offline) if kind == "measured" else ()
        signal: dict[str, list] = {"network": [], "classical": []}
        solvent, reliabilities[kind] = [], Reliability()
        for start in range(0, config.tests, CHUNK):
            rng = generator(TEST_SEED, f"test/{kind}", 0, start)
            drawn = data.draw(config, min(CHUNK, config.tests - start), POINTS, pool, rng)
            for number in range(len(drawn.labels)):
                scored, of_solvent = simulated_one(config, drawn, number, predict, f"{kind} {start + number}")
                reliabilities[kind].add(scored.probabilities[:, 0], drawn.labels[number] == SIGNAL)
                solvent.append(of_solvent)
                for method, agreement in scored.agreement.items():
                    signal[method].append(agreement)
                first += [scored] if start + number < 2 else []
        session.score(case("simulated", kind), signal)
        session.score(case("simulated", kind, "solvent"), {"network": solvent})
    return reliabilities, first


def simulated_one(config: Config, drawn: data.Labelled, number: int, predict: Predict, name: str):
    """One simulated spectrum, scored, and the agreement of its regions of solvent."""
    axis, classes = drawn.spectra.axes[number], drawn.labels[number]
    spectrum = Spectrum(drawn.spectra.data[number], (axis,))
    probabilities = predict(spectrum)
    found = regions_of(probabilities, spectrum)
    true = np.array([(r.left, r.right) for r in drawn.regions[number] if r.visible]).reshape(-1, 2)
    by = {"network": of_kind(found, ("signal",)), "classical": find_regions(spectrum.data, axis).ppm}
    scored = Scored(name, spectrum, true, by, probabilities)
    aside, span = label_runs(classes == SOLVENT, axis), (axis.ppm(0), axis.ppm(axis.size - 1))
    for method, regions in by.items():
        scored.agreement[method] = compare_regions(regions, true, span=span, aside=aside)
    signal = label_runs(classes == SIGNAL, axis)
    return scored, compare_regions(of_kind(found, ("solvent",)), aside, span=span, aside=signal)


def case(source: str, name: str, condition: str = "", role: str = "test") -> Case:
    """A case whose outputs are agreements, added up."""
    return Case(source, name, condition, role, lambda found: reduce(add, found, Agreement()).scores())


def of_kind(regions: Regions, kinds: Sequence[str]) -> np.ndarray:
    """Edges (n, 2) of the regions of some kinds."""
    return regions.ppm[[kind in kinds for kind in regions.kind]].reshape(-1, 2)


def label_runs(inside: np.ndarray, axis: Axis) -> np.ndarray:
    """Edges (n, 2) in ppm of runs of points."""
    change = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(int)))
    return axis.ppm(change.reshape(-1, 2) - 0.5)


def score_measured(config: Config, session, predict: Predict) -> tuple[dict[str, Reliability], list[Scored]]:
    """Score spectra whose regions a person set, each by itself and the tests of a set together.

    Returns reliabilities by set, of the tests alone, and every scored spectrum.
    """
    reliabilities, every = {}, []
    for source in config.cases:
        try:
            spectra = measured(source, session.offline)
        except DataMissing as error:
            session.left_out(source, str(error))
            continue
        together: dict[str, list] = {"network": [], "classical": []}
        reliabilities[source] = Reliability()
        for each in spectra:
            scored = measured_one(config, each, predict)
            session.score(case(source, each.name, role=each.role), listed(scored.agreement))
            session.used(source, each.role, datasets.load(source).checksums)
            every.append(scored)
            if each.role == "test":
                for method, agreement in scored.agreement.items():
                    together[method].append(agreement)
                reliabilities[source].add(*of_points(each, scored.probabilities))
        session.score(case(source, "all"), together)
    return reliabilities, every


def measured_one(config: Config, each: Measured, predict: Predict) -> Scored:
    """One measured spectrum, scored."""
    axis = each.spectrum.axes[0]
    probabilities = predict(each.spectrum)
    found = {
        "network": of_kind(regions_of(probabilities, each.spectrum), each.kinds),
        "classical": find_regions(each.spectrum.data, axis).ppm,
    }
    scored = Scored(f"{each.source}/{each.name}", each.spectrum, each.true.ppm, found, probabilities)
    span = axis.ppm(0), axis.ppm(axis.size - 1)
    for method, regions in found.items():
        scored.agreement[method] = compare_regions(regions, each.true.ppm, span=span)
    return scored


def of_points(each: Measured, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probability of what a person marks, and whether it is marked, at every point."""
    ppm = each.spectrum.axes[0].ppm()[:, None]
    marked = ((ppm <= each.true.ppm[:, 0]) & (ppm >= each.true.ppm[:, 1])).any(axis=1)
    return probabilities[:, : len(each.kinds)].sum(axis=1), marked


def listed(agreement: Mapping[str, Agreement]) -> dict[str, list[Agreement]]:
    """Each agreement as a list of one."""
    return {method: [value] for method, value in agreement.items()}


def score_time(config: Config, session, predict: Predict) -> None:
    """Seconds a spectrum: network with grid and regions, the classical finder, nmrglue's picker."""
    drawn = data.draw(config, TIMED, TIMED_POINTS, (), generator(TEST_SEED, "timing", 0, 0))
    spectra = [Spectrum(d, (a,)) for d, a in zip(drawn.spectra.data, drawn.spectra.axes, strict=True)]
    noise = drawn.spectra.noise
    methods = {
        "network": lambda k: regions_of(predict(spectra[k]), spectra[k]),
        "classical": lambda k: find_regions(spectra[k].data, spectra[k].axes[0]),
        "nmrglue": lambda k: nmrglue_peaks(spectra[k].data, 5 * noise[k]),
    }
    for method, do in methods.items():
        for k in range(TIMED):  # once, so that nothing is compiled while it is timed
            do(k)
        start = time.perf_counter()
        for k in range(TIMED):
            do(k)
        session.measure("timing/1d/seconds", (time.perf_counter() - start) / TIMED, method)
    session.note(
        f"timing/1d: mean of {TIMED} simulated spectra of {TIMED_POINTS} points; nmrglue picks peaks"
    )


def nmrglue_peaks(values: np.ndarray, threshold: float):
    """Peaks of a spectrum by nmrglue's algorithm ``connected``, its quickest that keeps peaks apart."""
    import nmrglue

    return nmrglue.peakpick.pick(values, threshold, algorithm="connected", est_params=False, table=False)
