"""How methods are compared: on the same atoms of the test crystals, with intervals over crystals.

Three sets of atoms, of one element each:

* ``test``: the relaxed crystals, one atom of each set of symmetry copies;
* ``all_atoms``: the same with every copy counted, as the papers count them;
* ``rattled``: the displaced copies of the test crystals, whose atoms have no symmetry.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from common.atomic import write_atomic
from common.errors import FormatError
from common.metrics.calibration import calibration
from common.metrics.shieldings import case
from common.metrics.shifts import Comparison, Interval, bootstrap_ratio, bootstrap_rmsd

#: What the network is set beside at equal data.
REFERENCE = "soap_krr"
#: The predictions of the published ShiftML that come with the data set: trained on five times the crystals.
PUBLISHED = "shiftml_published"
#: Measures of a ratio and the ends of its interval.
RATIOS = ("soap_krr_ratio", "soap_krr_ratio_low", "soap_krr_ratio_high")
SETS = ("test", "all_atoms", "rattled")


@dataclass(frozen=True)
class Predicted:
    """Shieldings of the atoms of one element in test crystals, and what methods predict for them, in ppm.

    source: the data set. element: ``H``, ``C``, ``N`` or ``O``. known: (atoms,). crystal: (atoms,) names; the
    relaxed and the rattled copy share one. rattled: (atoms,) of which copy. copies: (atoms,) for how many
    atoms this one stands. predicted: (atoms,) by method, NaN where it has none. stated: (atoms,) standard
    deviations that some methods state.
    """

    source: str
    element: str
    known: np.ndarray
    crystal: np.ndarray
    rattled: np.ndarray
    copies: np.ndarray
    predicted: Mapping[str, np.ndarray]
    stated: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self):
        lengths = {len(values) for values in self._arrays().values()}
        if lengths != {len(self.known)}:
            raise ValueError(f"arrays of {sorted(lengths)} atoms do not belong together")

    def _arrays(self) -> dict[str, np.ndarray]:
        """Every array, by a name that tells the field, and the method where there is one."""
        made = {name: getattr(self, name) for name in ("known", "crystal", "rattled", "copies")}
        for name in ("predicted", "stated"):
            made |= {f"{name}/{method}": values for method, values in getattr(self, name).items()}
        return made

    def pick(self, rows: np.ndarray) -> Predicted:
        """Some of the atoms, by a mask or by indices (which may repeat)."""
        return _build(
            self.source, self.element, {key: values[rows] for key, values in self._arrays().items()}
        )

    def sets(self) -> dict[str, Predicted]:
        """The sets of atoms that are there; in each the methods that predict any, on atoms all of them do."""
        relaxed = np.flatnonzero(~self.rattled)
        rows = {
            "test": relaxed,
            "all_atoms": np.repeat(relaxed, self.copies[relaxed]),
            "rattled": np.flatnonzero(self.rattled),
        }
        found = {name: self.pick(rows[name])._comparable() for name in SETS}
        return {name: part for name, part in found.items() if len(part.known)}

    def _comparable(self) -> Predicted:
        """The atoms that all methods predict; a method that predicts none does not count."""
        there = [method for method, values in self.predicted.items() if np.isfinite(values).any()]
        arrays = {
            key: values
            for key, values in self._arrays().items()
            if "/" not in key or key.partition("/")[2] in there
        }
        rows = np.isfinite([self.known, *(self.predicted[method] for method in there)]).all(axis=0)
        return _build(self.source, self.element, {key: values[rows] for key, values in arrays.items()})

    def rmse(self, method: str, *, draws: int = 2000) -> Interval:
        """The RMSE in ppm with its 95 % interval over crystals; the same draws in every call."""
        rng = np.random.default_rng(0)
        return bootstrap_rmsd(self.known, self.predicted[method], self.crystal, draws=draws, rng=rng)

    def compare(self, method: str, reference: str = REFERENCE, *, draws: int = 2000) -> Comparison:
        """RMSE of a method over that of another, and their difference, with 95 % intervals over crystals."""
        rng = np.random.default_rng(0)
        arguments = self.known, self.predicted, self.crystal, method, reference
        return bootstrap_ratio(*arguments, draws=draws, rng=rng)


def _build(source: str, element: str, arrays: Mapping[str, np.ndarray]) -> Predicted:
    """What :meth:`Predicted._arrays` took apart."""
    plain = {name: values for name, values in arrays.items() if "/" not in name}
    methods: dict[str, dict] = {"predicted": {}, "stated": {}}
    for name, values in arrays.items():
        if "/" in name:
            kind, _, method = name.partition("/")
            methods[kind][method] = values
    return Predicted(source, element, **plain, **methods)


def joined(parts: list[Predicted]) -> Predicted:
    """Predictions for different crystals as one, such as those of the folds of a cross-validation.

    ``ValueError`` where they are of two elements or data sets, or where a crystal stands in two of them.
    """
    if len({(part.source, part.element) for part in parts}) != 1:
        raise ValueError("only predictions of one element in one data set can be joined")
    names = [name for part in parts for name in np.unique(part.crystal)]
    if len(names) != len(set(names)):
        raise ValueError(
            "a crystal stands in two of the parts: they are not the folds of one cross-validation"
        )
    every = [part._arrays() for part in parts]
    shared = set.intersection(*(set(arrays) for arrays in every))
    arrays = {key: np.concatenate([each[key] for each in every]) for key in every[0] if key in shared}
    return _build(parts[0].source, parts[0].element, arrays)


def score(session, found: Predicted) -> None:
    """Score every method on every set of atoms; ids read ``<source>/<set>/<element>/<measure>``.

    The predictions are kept in the run folder as well (:func:`read` has them), for learning curves and
    cross-validations over several runs.
    """
    for name, part in found.sets().items():
        one = case(part.known, part.source, name, part.element)
        session.score(one, part.predicted)
        for method in part.predicted if REFERENCE in part.predicted else ():
            if method != REFERENCE:
                ratio = part.compare(method).ratio
                for measure, value in zip(RATIOS, (ratio.value, ratio.low, ratio.high), strict=True):
                    session.measure(one.id(measure), value, method)
        for method, stated in part.stated.items():
            for measure, value in calibration(part.predicted[method] - part.known, stated).items():
                session.measure(one.id(measure), value, method)
        session.note(_counts(name, part))
    write(path_of(session.folder, found.element), found)


def _counts(name: str, part: Predicted) -> str:
    """On how much methods were compared, in a line."""
    crystals = len(np.unique(part.crystal))
    methods = ", ".join(part.predicted)
    return f"{part.source}/{name}/{part.element}: {len(part.known)} atoms of {crystals} crystals by {methods}"


def path_of(folder: Path | str, element: str) -> Path:
    """Where a run keeps what methods predict for an element."""
    return Path(folder, "predictions", f"{element}.npz")


def write(path: Path | str, found: Predicted) -> None:
    """Write predictions, in place of a file that is there."""
    file = io.BytesIO()
    np.savez_compressed(file, source=found.source, element=found.element, **found._arrays())
    write_atomic(path, file.getvalue())


def read(path: Path | str) -> Predicted:
    """What :func:`write` wrote; FileNotFoundError where there is none, FormatError for another file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        source, element = (str(arrays.pop(name)) for name in ("source", "element"))
        return _build(source, element, arrays)
    except (ValueError, KeyError, TypeError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise FormatError(path, f"does not hold predicted shieldings: {error}") from None
