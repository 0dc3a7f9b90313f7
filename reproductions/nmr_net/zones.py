"""Measured 2D spectra of small molecules with the zones that experts marked: the data set of that name.

A zone is a box around a multiplet. It is hit by its best candidate; further ones in it count neither way.
Zones on the diagonal of a COSY are marked as the others are, so they count; the scores of condition ``cross``
set them aside. Compounds are what intervals are drawn over: their spectra are not independent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common import datasets
from common.classical.peak_picking import Candidates, candidates, quiet_noise
from common.metrics.picking import Matched, average_precision, match_zones
from common.spectrum import Axis, Spectrum

from .crops import line_widths

DATA_SET = "small_molecule_2d_zones"
#: Candidates stand out 5.5 times above the noise and from 5 by 5 points, as those of the published height
#: ranking of these spectra (the fact sheet of the data set): multiplets have structure, zones have not.
CUT, RADIUS = 5.5, 2
#: Draws of compounds for an interval, and the shares of them below its ends.
DRAWS, ENDS = 1000, (0.025, 0.975)


@dataclass(frozen=True)
class ZoneSpectrum:
    """A measured spectrum with m zones, and its n candidates.

    compound: CAS number. experiment: cosy, hsqc, ... role: of the data set. zones: (m, 2, 2) lower and upper
    bounds in ppm by axis; diagonal: (m,) whether the diagonal of a homonuclear spectrum runs through. The
    field strength is not in the file: axes have 1 MHz, so that Hz are ppm.
    """

    name: str
    compound: str
    experiment: str
    role: str
    spectrum: Spectrum
    zones: np.ndarray
    diagonal: np.ndarray
    found: Candidates
    widths: np.ndarray

    @property
    def places(self) -> np.ndarray:
        """Candidates (n, 2) in ppm."""
        return in_ppm(self.spectrum, self.found.index)

    def matched(self, score: np.ndarray, places: np.ndarray | None = None, cross: bool = False) -> Matched:
        """Zones that candidates with a score (n,) hit; ``cross``: those on the diagonal are set aside."""
        places = self.places if places is None else places
        return match_zones(places, self.zones, score, self.diagonal if cross else None)

    @property
    def inside(self) -> np.ndarray:
        """Whether each candidate lies in a zone, (n,)."""
        low, high = self.zones[..., 0], self.zones[..., 1]
        places = self.places[:, None]
        return ((places >= low) & (places <= high)).all(axis=-1).any(axis=1)


def in_ppm(spectrum: Spectrum, index: np.ndarray) -> np.ndarray:
    """Shifts (n, ndim) of fractional indices."""
    return np.stack([axis.ppm(index[:, d]) for d, axis in enumerate(spectrum.axes)], axis=1)


def read(name: str, offline: bool = False) -> ZoneSpectrum:
    """One spectrum of the data set by its name. Raises as ``DataSpec.path``."""
    spec = datasets.load(DATA_SET)
    case = spec.cases[name]
    with np.load(spec.path(case["file"], offline), allow_pickle=False) as file:
        # stored from low to high ppm; half precision holds 5e-4 of a value
        data = np.ascontiguousarray(file["z"][::-1, ::-1], dtype="float32")
        ends = (file["y_ppm"], file["x_ppm"])
        nuclei = [str(nucleus) for nucleus in file["nuclei"]][::-1]
        boxes = np.sort(file["zones"].reshape(-1, 2, 2), axis=-1)[:, ::-1]
    axes = tuple(
        _axis(nucleus, size, *pair) for nucleus, size, pair in zip(nuclei, data.shape, ends, strict=True)
    )
    same = nuclei[0] == nuclei[1]
    diagonal = (boxes[..., 0].max(axis=1) <= boxes[..., 1].min(axis=1)) & same
    found = candidates(data, cut=CUT, noise=quiet_noise(data), radius=RADIUS)
    return ZoneSpectrum(
        name, case["compounds"][0], case["experiment"], case["role"], Spectrum(data, axes, source=name),
        boxes, diagonal, found, line_widths(found),
    )  # fmt: skip


def _axis(nucleus: str, size: int, low: float, high: float) -> Axis:
    """An axis whose last point lies at ``low`` ppm and whose first at ``high``."""
    width = (high - low) / (size - 1) * size
    return Axis(nucleus, size, width, 1.0, high - width / 2)


def spectra(offline: bool = False) -> list[ZoneSpectrum]:
    """All spectra of the data set, in the order of their names. Raises as ``DataSpec.path``."""
    return [read(name, offline) for name in sorted(datasets.load(DATA_SET).cases)]


def compounds(known: list[ZoneSpectrum]) -> list[str]:
    """The compounds, in the order of their names."""
    return sorted({one.compound for one in known})


@dataclass(frozen=True)
class Ranked:
    """What one method makes of one spectrum: scores and truth of the candidates that count, zones in all."""

    compound: str
    score: np.ndarray
    true: np.ndarray
    total: int

    @property
    def ap(self) -> float:
        """Average precision of this spectrum."""
        return average_precision(self.score, self.true, self.total)


def ranked(compound: str, score: np.ndarray, matched: Matched) -> Ranked:
    """Scores of a method with what they hit."""
    counted = matched.counted
    return Ranked(compound, np.asarray(score)[counted], matched.true[counted], matched.total)


def mean_ap(found: list[Ranked]) -> float:
    """The mean average precision over spectra."""
    return float(np.mean([one.ap for one in found]))


def pooled_ap(found: list[Ranked]) -> float:
    """The average precision over the candidates of all spectra in one list."""
    score, true = (np.concatenate([getattr(one, name) for one in found]) for name in ("score", "true"))
    return average_precision(score, true, sum(one.total for one in found))


def intervals(found: dict[str, list[Ranked]], other: str = "height") -> dict[str, dict[str, tuple]]:
    """95 % intervals ``{method: {measure: (low, high)}}`` over compounds drawn anew, spectra with them.

    Measures: ``mean`` and ``all`` (pooled) average precision, and ``mean_gain``, ``all_gain`` over ``other``.
    """
    first = next(iter(found.values()))
    names = sorted({one.compound for one in first})
    rng = np.random.default_rng(0)
    drawn: dict[str, list[list[float]]] = {method: [] for method in found}
    for _ in range(DRAWS):
        each = rng.choice(names, len(names))
        rows = [k for name in each for k, one in enumerate(first) if one.compound == name]
        values = {}
        for method, ones in found.items():
            kept = [ones[k] for k in rows]
            values[method] = mean_ap(kept), pooled_ap(kept)
        for method, pair in values.items():
            drawn[method].append([*pair, *(a - b for a, b in zip(pair, values[other], strict=True))])
    ends = {method: np.quantile(rows, ENDS, axis=0).T for method, rows in drawn.items()}
    measures = ("mean", "all", "mean_gain", "all_gain")
    return {method: dict(zip(measures, map(tuple, rows), strict=True)) for method, rows in ends.items()}


def worse(found: list[Ranked], other: list[Ranked]) -> int:
    """Spectra whose average precision is lower than the other's by more than one zone is worth."""
    return sum((b.ap - a.ap) * a.total > 1 for a, b in zip(found, other, strict=True))
