"""How well predicted chemical shifts of proteins agree with observed ones.

Errors are predicted - observed, in ppm, one an atom. Papers differ in what they report: SPARTA+ (Shen and
Bax, J. Biomol. NMR 2010, 48, 13) standard deviations, others root mean squares, with and without outliers;
so all four stand side by side. Atoms of one protein share its structure and its referencing: intervals come
from drawing proteins, not atoms, anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from common.metrics.case import Case

#: An error this many standard deviations from the mean is an outlier: the fact sheet's rule, section 5; the
#: rule of SPARTA+'s paper is not known.
OUTLIER = 3.5


@dataclass(frozen=True)
class Interval:
    """A value and the 95 % interval of it over proteins drawn anew."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True)
class Comparison:
    """A method beside a reference on the same atoms: ``ratio`` of their RMSDs and ``difference`` in ppm.

    The method is better where the ratio is below one and the difference below zero.
    """

    ratio: Interval
    difference: Interval


def score_shifts(observed, predicted, proteins=None) -> dict[str, float]:
    """Score the predicted shifts of one nucleus.

    observed, predicted: (atoms,) in ppm; an atom counts where both are finite. proteins: (atoms,) any label
    of the protein, for ``rmsd_protein``.

    Returns ``rmsd``, ``shift_sd``, both ``_trimmed`` of outliers, ``shift_bias``, ``outliers``, ``shift_r``
    (absent where shifts do not vary) and ``rmsd_protein``; nothing where no atom counts. ``ValueError``
    where shapes do not fit.
    """
    observed, predicted = _pair(observed, predicted)
    known = np.isfinite(observed) & np.isfinite(predicted)
    if not known.any():
        return {}
    observed, predicted = observed[known], predicted[known]
    error = predicted - observed
    kept = error[~outlying(error)]
    scores = {
        "rmsd": _rms(error),
        "shift_sd": float(error.std()),
        "rmsd_trimmed": _rms(kept),
        "shift_sd_trimmed": float(kept.std()),
        "shift_bias": abs(float(error.mean())),
        "outliers": float(len(error) - len(kept)),
    }
    if len(error) > 1 and np.ptp(observed) > 0 and np.ptp(predicted) > 0:
        scores["shift_r"] = float(np.corrcoef(observed, predicted)[0, 1])
    if proteins is not None:
        squares, atoms = _per_protein(error, np.asarray(proteins)[known])
        scores["rmsd_protein"] = float(np.median(np.sqrt(squares / atoms)))
    return scores


def outlying(error) -> np.ndarray:
    """Whether each error (atoms,) is further than ``OUTLIER`` standard deviations from the mean of all."""
    error = np.asarray(error, dtype=np.float64)
    return np.abs(error - error.mean()) > OUTLIER * error.std()


def cases(
    observed, nuclei: Sequence[str], proteins, source: str, name: str, role: str = "test"
) -> list[Case]:
    """A case for each nucleus, in the order in which they come first; ids read ``<source>/<name>/N/rmsd``.

    observed: (atoms,) in ppm. nuclei: (atoms,) of ``NUCLEI`` or another label. proteins: (atoms,) labels.

    A case scores predicted shifts of *all* atoms (atoms,), NaN where there is none. Methods are comparable
    where they have the same atoms: the caller sets NaN what not every method predicts (:func:`common_atoms`).
    """
    observed, nuclei, proteins = np.asarray(observed, np.float64), np.asarray(nuclei), np.asarray(proteins)
    if not len(observed) == len(nuclei) == len(proteins):
        raise ValueError(f"{len(observed)} shifts, {len(nuclei)} nuclei and {len(proteins)} protein labels")

    def case(nucleus: str) -> Case:
        chosen = nuclei == nucleus

        def score(predicted) -> dict[str, float]:
            _, predicted = _pair(observed, predicted)
            return score_shifts(observed[chosen], predicted[chosen], proteins[chosen])

        return Case(source, name, nucleus, role, score)

    return [case(nucleus) for nucleus in dict.fromkeys(nuclei.tolist())]


def common_atoms(observed, predicted: Mapping[str, np.ndarray]) -> np.ndarray:
    """Where there is an observed shift and every method predicts one; arrays of one shape in and out."""
    return np.isfinite([observed, *predicted.values()]).all(axis=0)


def bootstrap_rmsd(observed, predicted, proteins, *, draws: int = 2000, rng) -> Interval:
    """The RMSD over all atoms and its 95 % interval over proteins drawn with replacement.

    observed, predicted: (atoms,) in ppm, an atom counts where both are finite; proteins: (atoms,) labels.
    rng: a NumPy generator. ``ValueError`` where no atom counts.
    """
    (drawn,), (value,) = _drawn_rmsd(observed, [predicted], proteins, draws, rng)
    return _interval(value, drawn)


def bootstrap_ratio(
    observed,
    predicted: Mapping[str, np.ndarray],
    proteins,
    method: str,
    reference: str,
    *,
    draws: int = 2000,
    rng,
) -> Comparison:
    """RMSD of a method over that of a reference and their difference, with 95 % intervals over proteins.

    observed: (atoms,) in ppm of one nucleus; predicted: the same by method, of which only ``method`` and
    ``reference`` count here, on the atoms that both have; proteins: (atoms,) labels. Both are drawn
    together, so that what makes a protein hard for both does not widen the interval. ``ValueError`` where no
    atom counts.
    """
    both = [predicted[method], predicted[reference]]
    (ours, theirs), (our, their) = _drawn_rmsd(observed, both, proteins, draws, rng)
    return Comparison(_interval(our / their, ours / theirs), _interval(our - their, ours - theirs))


def _drawn_rmsd(observed, predicted: Sequence, proteins, draws: int, rng):
    """RMSDs of methods (methods, draws) over proteins drawn anew, and those (methods,) of all as they are."""
    errors = np.array([np.subtract(*reversed(_pair(observed, values))) for values in predicted])
    known = np.isfinite(errors).all(axis=0)
    if not known.any():
        raise ValueError("no atom has an observed shift and a predicted one of every method")
    labels = np.asarray(proteins)[known]
    parts = [_per_protein(error[known], labels) for error in errors]
    squares, atoms = np.array([part[0] for part in parts]), parts[0][1]
    count = len(atoms)
    times = rng.multinomial(count, np.full(count, 1 / count), size=draws)
    drawn = np.sqrt(squares @ times.T / (atoms @ times.T))
    return drawn, np.sqrt(squares.sum(axis=1) / atoms.sum())


def _per_protein(error: np.ndarray, proteins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum of squared errors and number of atoms of each protein."""
    _, index = np.unique(proteins, return_inverse=True)
    return np.bincount(index, error**2), np.bincount(index)


def _interval(value: float, drawn: np.ndarray) -> Interval:
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Interval(float(value), float(low), float(high))


def _rms(error: np.ndarray) -> float:
    return float(np.sqrt(np.mean(error**2)))


def _pair(observed, predicted) -> tuple[np.ndarray, np.ndarray]:
    observed, predicted = np.asarray(observed, np.float64), np.asarray(predicted, np.float64)
    if observed.shape != predicted.shape:
        raise ValueError(f"{predicted.shape} predicted shifts for {observed.shape} observed ones")
    return observed, predicted
