"""What experiments on protein shifts share: methods scored on the same atoms, intervals over proteins."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from common.metrics.calibration import calibration
from common.metrics.shifts import Comparison, Interval, bootstrap_ratio, bootstrap_rmsd, cases, common_atoms
from common.shiftlist import COLUMNS, NUCLEI, eight, six

#: The program that others are compared with.
REFERENCE = "sparta_plus_program"
#: What glycine's pair of HA is called: the mean of the two, apart from HA of the other residues.
GLYCINE = "HA_gly"
LABELS = (*NUCLEI, GLYCINE)
#: Measures of a ratio and the ends of its interval.
RATIOS = ("sparta_plus_ratio", "sparta_plus_ratio_low", "sparta_plus_ratio_high")
#: Shifts (n, 8) of each entry, in ppm after ``COLUMNS``, by method.
Predictions = Mapping[str, Sequence[np.ndarray]]


@dataclass(frozen=True)
class Atoms:
    """Observed shifts and those that methods predict for the same atoms.

    source: the data set. observed: (atoms,) in ppm. predicted: (atoms,) by method. stated: (atoms,) standard
    deviations that some methods state for them. nuclei: (atoms,) of ``LABELS``. proteins: (atoms,) index of
    the entry. clean: (atoms,) whether the entry is.
    """

    source: str
    observed: np.ndarray
    predicted: dict[str, np.ndarray]
    stated: dict[str, np.ndarray]
    nuclei: np.ndarray
    proteins: np.ndarray
    clean: np.ndarray

    def pick(self, rows: np.ndarray) -> Atoms:
        """Some of the atoms, by a mask."""
        methods = ({method: values[rows] for method, values in part.items()} for part in self._by_method)
        parts = (getattr(self, name)[rows] for name in ("nuclei", "proteins", "clean"))
        return Atoms(self.source, self.observed[rows], *methods, *parts)

    @property
    def _by_method(self) -> tuple[dict, dict]:
        return self.predicted, self.stated

    def sets(self) -> dict[str, Atoms]:
        """``all`` of them, and ``clean`` where that is a part of them."""
        part = {"clean": self.pick(self.clean)} if self.clean.any() else {}
        return {"all": self} | part

    def rmsd(self, nucleus: str, method: str, *, draws: int = 2000) -> Interval:
        """The RMSD of a nucleus in ppm with its 95 % interval over proteins; the same draws in every call."""
        part = self.pick(self.nuclei == nucleus)
        rng = np.random.default_rng(0)
        return bootstrap_rmsd(part.observed, part.predicted[method], part.proteins, draws=draws, rng=rng)

    def compare(self, nucleus: str, method: str, reference: str = REFERENCE, *, draws=2000) -> Comparison:
        """RMSD of a method over that of another, and their difference, with 95 % intervals over proteins."""
        part = self.pick(self.nuclei == nucleus)
        rng = np.random.default_rng(0)
        arguments = part.observed, part.predicted, part.proteins, method, reference
        return bootstrap_ratio(*arguments, draws=draws, rng=rng)


def by_entry(entries: Sequence, table, secondary: np.ndarray) -> list[np.ndarray]:
    """Shifts (n, 8) of each entry from secondary ones (rows, 6) of the ``Examples`` of the same entries.

    NaN for residues that have no row.
    """
    return _spread(entries, table, table.total(secondary))


def stated_by_entry(entries: Sequence, table, errors: np.ndarray) -> list[np.ndarray]:
    """Standard deviations (n, 8) of each entry from those (rows, 6) of the ``Examples`` of them."""
    return _spread(entries, table, eight(errors))


def _spread(entries: Sequence, table, values: np.ndarray) -> list[np.ndarray]:
    made = [np.full((len(entry.protein), len(COLUMNS)), np.nan) for entry in entries]
    for index, own in enumerate(made):
        rows = table.protein == index
        own[table.residue[rows]] = values[rows]
    return made


def atoms(entries: Sequence, predicted: Predictions, stated: Predictions | None = None) -> Atoms:
    """The atoms of ``common.shifts.dataset`` entries whose shift is observed and predicted by every method.

    predicted: a list of (n, 8) by method, as long as ``entries``; stated: the same of errors. ``ValueError``
    where shapes do not fit.
    """
    observed = np.concatenate([_six(entry, entry.shifts) for entry in entries])
    made = {method: _rows(entries, method, values) for method, values in predicted.items()}
    errors = {method: _rows(entries, method, values) for method, values in (stated or {}).items()}
    rows, columns = np.nonzero(common_atoms(observed, made))
    nuclei = np.concatenate([_labels(entry) for entry in entries])
    protein = np.repeat(np.arange(len(entries)), [len(entry.protein) for entry in entries])[rows]
    return Atoms(
        source=entries[0].source,
        observed=observed[rows, columns],
        predicted={method: values[rows, columns] for method, values in made.items()},
        stated={method: values[rows, columns] for method, values in errors.items()},
        nuclei=nuclei[rows, columns],
        proteins=protein,
        clean=np.array([entry.clean for entry in entries])[protein],
    )


def score(session, entries: Sequence, predicted: Predictions, stated: Predictions | None = None) -> Atoms:
    """Score methods on the atoms that all of them predict, over all entries and over the clean ones.

    predicted: shifts by method, ``network`` the run's own; stated: standard deviations that some of them
    state. Ids read ``<source>/<all or clean>/<nucleus>/<measure>``; each method has ratios to ``REFERENCE``
    where that is there. Returns the atoms, for figures and tables.
    """
    found = atoms(entries, predicted, stated)
    for name, part in found.sets().items():
        for case in cases(part.observed, part.nuclei, part.proteins, found.source, name):
            session.score(case, part.predicted)
            _score_ratios(session, case, part)
            _score_stated(session, case, part)
        session.note(counts(name, part))
    return found


def _score_stated(session, case, part: Atoms) -> None:
    """Whether stated errors of a nucleus are those that a method makes."""
    there = part.nuclei == case.condition
    for method, stated in part.stated.items():
        off = part.predicted[method] - part.observed
        for measure, value in calibration(off[there], stated[there]).items():
            session.measure(case.id(measure), value, method)


def _score_ratios(session, case, part: Atoms) -> None:
    """The RMSD of each method over that of ``REFERENCE`` with its 95 % interval."""
    for method in part.predicted if REFERENCE in part.predicted else ():
        if method != REFERENCE:
            ratio = part.compare(case.condition, method).ratio
            for measure, value in zip(RATIOS, (ratio.value, ratio.low, ratio.high), strict=True):
                session.measure(case.id(measure), value, method)


def counts(name: str, part: Atoms) -> str:
    """On how much methods were compared, in a line."""
    numbers = {label: int((part.nuclei == label).sum()) for label in LABELS}
    listed = ", ".join(f"{label} {number}" for label, number in numbers.items() if number)
    return (
        f"{part.source}/{name}: {len(np.unique(part.proteins))} proteins, atoms that"
        f" {', '.join(part.predicted)} all predict: {listed}"
    )


def markdown(part: Atoms, methods: Sequence[str] = (), cell: Callable | None = None) -> str:
    """A table of RMSDs in ppm, a row a method and a column a nucleus, with 95 % intervals.

    methods: which, in order; all of them where none are named. cell: ``cell(Interval) -> str``.
    """
    cell = cell or (lambda rmsd: f"{rmsd.value:.3f} ({rmsd.low:.3f}–{rmsd.high:.3f})")
    there = [label for label in LABELS if (part.nuclei == label).any()]
    lines = [["method", *there], ["---"] * (len(there) + 1)]
    for method in methods or part.predicted:
        lines.append([method, *(cell(part.rmsd(label, method)) for label in there)])
    numbers = [str(int((part.nuclei == label).sum())) for label in there]
    return "\n".join(f"| {' | '.join(line)} |" for line in [*lines, ["atoms", *numbers]])


def _rows(entries: Sequence, method: str, values: Sequence[np.ndarray]) -> np.ndarray:
    """Shifts (residues, 6) of all entries."""
    if [np.shape(each) for each in values] != [entry.shifts.shape for entry in entries]:
        raise ValueError(f"{method} does not predict (n, 8) shifts for each of {len(entries)} entries")
    return np.concatenate([_six(entry, each) for entry, each in zip(entries, values, strict=True)])


def _glycines(entry) -> np.ndarray:
    return np.array([letter == "G" for letter in entry.protein.sequence])


def _six(entry, values: np.ndarray) -> np.ndarray:
    """Shifts (n, 6) of ``NUCLEI``, HA of a glycine the mean of its pair and of no other residue."""
    values, glycine = np.array(values, dtype=np.float64), _glycines(entry)
    values[~glycine, len(NUCLEI) :] = np.nan
    values[glycine, COLUMNS.index("HA")] = np.nan
    return six(values)


def _labels(entry) -> np.ndarray:
    labels = np.tile(np.array(NUCLEI, dtype=object), (len(entry.protein), 1))
    labels[_glycines(entry), NUCLEI.index("HA")] = GLYCINE
    return labels.astype(str)
