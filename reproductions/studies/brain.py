"""Can simulated brain spectra be told apart from real ones, and how do they differ in numbers?

Real are noise-injected versions of the short-echo spectra of ``mrs_invivo``, as every method is given them;
simulated are draws from the ranges that the denoiser is trained with, on the axes of the real ones. Both are
treated alike: phased and referenced by NAA's own line as :func:`common.mrs.quality.quality` finds it.

example: nmr-repro study brain
         nmr-repro study brain --publish
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field

import numpy as np

from common import datasets
from common.io.mrs import read_mrs
from common.mrs import invivo
from common.mrs.quality import Quality, quality
from common.processing import spectrum_at
from common.simulation.brain import BrainRanges, simulate
from common.simulation.macromolecules import MeasuredLines, fit
from common.simulation.metabolites import basis
from common.spectrum import Axis
from reproductions.studies import kept
from reproductions.studies.brain_tables import MEASURED, REAL, TABLE, tables

NAME = "brain"
#: Every PRESS spectrum at 3 T of ``mrs_invivo``; echo time (ms) of the one whose file does not state it.
CASES, TE = ("A01_press35", "B01_press30", "SVS_30", "lcmodel_test"), 30.0
#: Simulated spectra of each kind beside a real one, and the seed of all that is random.
COUNT, SEED = 250, 0
#: Shifts (ppm) where a metabolite is highest, and where few lie: there a spectrum shows macromolecules, lipid
#: and baseline.
HEIGHTS = {"Cr, 3.03 ppm": 3.03, "Cho, 3.21 ppm": 3.21, "Ins, 3.56 ppm": 3.56}
BETWEEN = {f"{ppm:.2f} ppm": ppm for ppm in (4.15, 3.38, 2.85, 1.67, 1.40, 1.22, 0.91, 0.45)}
PLACES = HEIGHTS | BETWEEN
#: A value is the mean over this many ppm either side; ours: wide enough to average the noise.
REACH = 0.04
#: What else is measured: two that are alike by design, one of all in ``BETWEEN``, one of all in ``PLACES``.
CONDITIONS = ("SNR", "line width (Hz)")
RMS, DISTANCE = "rms of the eight", "distance from the mean"

#: Values (spectra,) by quantity, kind and case.
Found = dict[str, dict[str, dict[str, np.ndarray]]]


@dataclass(frozen=True)
class Spectra:
    """Spectra of a kind on the axis of a case: fids complex (spectra, points); found: NAA of each."""

    case: str
    kind: str
    axis: Axis
    fids: np.ndarray = field(repr=False)
    found: tuple[Quality, ...] = field(repr=False)

    @classmethod
    def seen(cls, case: str, kind: str, axis: Axis, fids: np.ndarray) -> Spectra:
        """Those of some FIDs (spectra, points) whose NAA is seen."""
        pairs = [(fid, found) for fid in fids if not (found := quality(fid, axis)).reason]
        return cls(case, kind, axis, np.array([fid for fid, _ in pairs]), tuple(found for _, found in pairs))

    def drawn(self, number: int, ppm: np.ndarray) -> np.ndarray:
        """Real spectrum at ``ppm``, NAA's line in phase, at its place and 1 high."""
        found = self.found[number]
        shifts = ppm + found.shift / self.axis.mhz
        spectrum = spectrum_at(self.fids[number].astype(complex), self.axis, shifts)
        return (spectrum * np.exp(-1j * np.deg2rad(found.phase))).real / found.height

    def values(self) -> np.ndarray:
        """Of each spectrum SNR, line width and the values at ``PLACES``, (spectra, 2 + places)."""
        ppm = np.array([*PLACES.values()])[:, None] + np.linspace(-REACH, REACH, 9)
        rows = []
        for number, found in enumerate(self.found):
            places = self.drawn(number, ppm.ravel()).reshape(ppm.shape).mean(axis=1)
            rows.append((found.snr, found.linewidth, *places))
        return np.array(rows)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Where it is kept."""
    kept.add_options(parser, quick=None)


def main(arguments: argparse.Namespace) -> None:
    """Simulate and measure, then write record and figure and show the tables."""
    from reproductions.studies.brain_figure import draw

    if arguments.publish:
        kept.check_publishable(False)
    started = time.perf_counter()
    measured, fits = [invivo.load(name) for name in CASES], nulled()
    rng = np.random.default_rng(SEED)
    spectra = [each for one in measured for each in beside(one, fits, COUNT, rng)]
    spectra = [spectra[number] for number in rng.permutation(len(spectra))]
    found = described(spectra)
    record = collect(measured, spectra, found, time.perf_counter() - started)
    kept.finish(record, draw(spectra, found), arguments.runs / kept.FOLDER / NAME, publish=arguments.publish)


def nulled() -> list[MeasuredLines]:
    """The macromolecules of the Columbia volunteers (semi-LASER, TE 32 ms), fitted."""
    spec = datasets.load("mrs_macromolecules")
    files = [case["file"] for name, case in spec.cases.items() if name.startswith("vol")]
    return [fit(read_mrs(spec.path(file))) for file in files]


def beside(measured: invivo.Measured, fits: list[MeasuredLines], count: int, rng) -> list[Spectra]:
    """Of each kind its spectra on the axis of a measured one, ``count`` of each simulated kind."""
    axis = measured.axis
    signals = basis(axis, te=measured.acquisition.te or TE)
    lines = np.stack([each.fid(axis) for each in fits])
    fids = {
        REAL: invivo.noise_injected(measured)[1:],
        TABLE: simulate(signals, BrainRanges(), count, rng).fids,
        MEASURED: simulate(signals, BrainRanges(measured_share=1.0), count, rng, measured=lines).fids,
    }
    return [Spectra.seen(measured.name, kind, axis, each) for kind, each in fids.items()]


def described(spectra: list[Spectra]) -> Found:
    """Values (spectra,) by quantity, kind and case."""
    found: Found = {}
    for each in spectra:
        values = each.values()
        columns = dict(zip((*CONDITIONS, *PLACES), values.T, strict=True))
        columns[RMS] = np.sqrt(np.mean(values[:, -len(BETWEEN) :] ** 2, axis=1))
        for name, column in columns.items():
            found.setdefault(name, {}).setdefault(each.kind, {})[each.case] = column
    return found


def quantities(found: Found) -> list[dict]:
    """A row a quantity: quartiles of the real values, and :func:`compared` of each simulated kind."""
    rows = []
    for name, kinds in found.items():
        row = {"quantity": name, REAL: quartiles(joined(kinds[REAL]))}
        rows.append(row | {kind: compared(kinds[REAL], joined(kinds[kind])) for kind in (TABLE, MEASURED)})
    # each kind has a mean of its own: the real spectra have no one distance
    apart = {kind: compared(*distances(found, kind)) for kind in (TABLE, MEASURED)}
    return [*rows, {"quantity": DISTANCE, **apart}]


def compared(real: dict[str, np.ndarray], simulated: np.ndarray) -> dict:
    """Quartiles of simulated values (spectra,), and where the real ones, by case, lie among them.

    ``ranks``: by case the share of simulated ones below the median of its versions, in %. ``within``: share
    of all versions between 5 and 95 % of the simulated ones, in %.
    """
    low, high = np.percentile(simulated, (5, 95))
    every = joined(real)
    ranks = {case: 100 * np.mean(simulated < np.median(values)) for case, values in real.items()}
    return {
        "quartiles": quartiles(simulated),
        "ranks": {case: kept.rounded(rank) for case, rank in ranks.items()},
        "within": kept.rounded(100 * np.mean((every >= low) & (every <= high))),
    }


def distances(found: Found, kind: str) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Mahalanobis distances of the real spectra by case, and of simulated ones, from the simulated mean.

    Over the values at ``PLACES``. Every second simulated spectrum gives mean and covariance, and the others
    have a distance: these have as little a say in them as the real ones.
    """
    rows = {
        case: np.stack([found[place][REAL][case] for place in PLACES], axis=1) for case in found[RMS][REAL]
    }
    simulated = np.stack([joined(found[place][kind]) for place in PLACES], axis=1)
    known, others = simulated[::2], simulated[1::2]
    weights = np.linalg.inv(np.cov(known.T))

    def distance(some: np.ndarray) -> np.ndarray:
        off = some - known.mean(axis=0)
        return np.sqrt(np.sum(off @ weights * off, axis=1))

    return {case: distance(each) for case, each in rows.items()}, distance(others)


def joined(by_case: dict[str, np.ndarray]) -> np.ndarray:
    """The values of all cases."""
    return np.concatenate(list(by_case.values()))


def quartiles(values: np.ndarray) -> list[float]:
    """25, 50 and 75 %."""
    return [kept.rounded(each) for each in np.percentile(values, (25, 50, 75))]


def collect(measured: list[invivo.Measured], spectra: list[Spectra], found: Found, seconds: float) -> dict:
    """The record; the first of each of ``spectra`` is a panel of the figure, in their order."""
    from common.reporting.record import environment

    record = {
        "schema": kept.SCHEMA,
        "study": NAME,
        "quick": False,
        "environment": environment("none", "cpu", seconds),
        "commits": [kept.commit()],
        "seed": SEED,
        "spectra": [told(one) for one in measured],
        "panels": [{"kind": each.kind, "case": each.case, "spectra": len(each.fids)} for each in spectra],
        "quantities": quantities(found),
    }
    return record | {"tables": tables(record)}


def told(one: invivo.Measured) -> dict:
    """What the record says of a real spectrum as measured."""
    found = quality(one.prepared.fid, one.axis)
    said = {"case": one.name, "subject": datasets.load(invivo.DATA_SET).cases[one.name]["subject"]}
    said |= {"te": one.acquisition.te or TE, "mhz": kept.rounded(one.axis.mhz)}
    return said | {"snr": kept.rounded(found.snr), "linewidth": kept.rounded(found.linewidth)}
