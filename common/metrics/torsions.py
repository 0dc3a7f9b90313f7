"""How well torsion angles, rotamers and secondary structure from chemical shifts agree with a structure.

Angles are in radians, scores in degrees. Residues belong to one of four classes, as TALOS-N (Shen and Bax,
J. Biomol. NMR 2013, 56, 227) has them: its predictions are those called Strong and Generous. What counts as a
wrong one is recalled, not read in the paper: ``sqrt(dphi^2 + dpsi^2)`` above 60 degrees. ``wrong_either``
takes ``|dphi|`` or ``|dpsi|`` above 60 degrees, which fewer predictions are. Scores over all residues are
those of facet-nmr 0.4.0 (README of the package), whose distance is ``sqrt((dphi^2 + dpsi^2) / 2)``.

A residue that is scored and has no predicted angle is as wrong as can be, 180 degrees off: a method cannot do
better by giving up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from common.metrics.calibration import calibration
from common.metrics.case import Case

#: Classes of a prediction; the first two are what a user may restrain.
CLASSES = ("Strong", "Generous", "Warn", "Dynamic")
PREDICTED = CLASSES[:2]
#: A prediction further off than this, in degrees, is wrong. recalled, see above.
WRONG = 60.0
#: Of facet-nmr's README: the share of residues with a larger distance, in degrees.
FAR = 25.0
#: ours: the share of residues that the published error rate belongs to.
COVERED = 0.9
#: Middle of the staggered rotamers of chi1 in degrees: g+, t and g-, each 120 degrees wide.
ROTAMERS = (60, 180, -60)
#: Conditions of the cases by the letter of the true secondary structure.
STATES = {"H": "helix", "E": "strand", "C": "coil"}


@dataclass(frozen=True)
class TorsionTruth:
    """What a structure says of n residues, of one protein or of many.

    angles: (n, 2) phi and psi in radians; a residue is scored where both are finite, so the caller sets NaN
    where there are no shifts. chi1: (n,) in radians, NaN where there is none to predict. secondary: (n,) of
    ``H``, ``E``, ``C``, anything else where unknown.
    """

    angles: np.ndarray
    chi1: np.ndarray | None = None
    secondary: np.ndarray | None = None


@dataclass(frozen=True)
class TorsionPrediction:
    """What a method says of n residues; None what it does not say.

    angles: (n, 2) phi and psi in radians. classes: (n,) of ``CLASSES``. sd: (n, 2) stated standard
    deviations in radians. confidence: (n,), the higher the surer. rotamers: (n,) index into ``ROTAMERS``, -1
    where not predicted. secondary: (n,) of ``H``, ``E``, ``C``.
    """

    angles: np.ndarray
    classes: np.ndarray
    sd: np.ndarray | None = None
    confidence: np.ndarray | None = None
    rotamers: np.ndarray | None = None
    secondary: np.ndarray | None = None


def circular_difference(first, second) -> np.ndarray:
    """``first - second`` of angles in radians, from -pi up to and without pi; NaN where either is."""
    return np.mod(np.subtract(first, second) + np.pi, 2 * np.pi) - np.pi


def torsion_errors(true, predicted) -> np.ndarray:
    """Differences (n, 2) of phi and psi in degrees, 180 where a true angle has no finite prediction.

    true, predicted: (n, 2) in radians; NaN where the truth is not known. ``ValueError`` where shapes differ.
    """
    true, predicted = np.asarray(true, np.float64), np.asarray(predicted, np.float64)
    if true.shape != predicted.shape or true.ndim != 2 or true.shape[1] != 2:
        raise ValueError(f"phi and psi are (n, 2), not {true.shape} and {predicted.shape}")
    known = np.isfinite(true)
    off = np.degrees(circular_difference(true, predicted))
    return np.where(known & ~np.isfinite(predicted), 180.0, off)


def is_wrong(errors, either: bool = False) -> np.ndarray:
    """Whether errors (n, 2) in degrees are a wrong prediction, by distance or by ``either`` angle alone."""
    size = np.abs(errors).max(axis=1) if either else np.hypot(errors[:, 0], errors[:, 1])
    return size > WRONG


def score_predicted(errors, classes: Iterable[str]) -> dict[str, float]:
    """The published figures: how much is predicted, how much of it is wrong, and how far the rest is off.

    errors: (n, 2) in degrees, finite. classes: (n,). Returns ``predicted_fraction`` of all residues,
    ``predicted_ordered`` of those that are not Dynamic, ``dynamic_fraction``, ``wrong_fraction`` and
    ``wrong_either`` of the predicted, and of those that are not wrong ``phi_rmsd``, ``psi_rmsd`` and
    ``torsion_rmsd``, of both angles. Absent is what has no residues. ``ValueError`` for an unknown class.
    """
    classes = np.asarray(list(classes), dtype=str)
    if unknown := sorted(set(classes) - set(CLASSES)):
        raise ValueError(f"classes are {', '.join(CLASSES)}, not {unknown[0]!r}")
    if len(classes) != len(errors):
        raise ValueError(f"{len(classes)} classes for {len(errors)} residues")
    if not len(errors):
        return {}
    predicted, dynamic = np.isin(classes, PREDICTED), classes == "Dynamic"
    scores = {"predicted_fraction": predicted.mean(), "dynamic_fraction": dynamic.mean()}
    if not dynamic.all():
        scores["predicted_ordered"] = predicted.sum() / (~dynamic).sum()
    if predicted.any():
        wrong = is_wrong(errors[predicted])
        scores |= {
            "wrong_fraction": wrong.mean(),
            "wrong_either": is_wrong(errors[predicted], either=True).mean(),
        }
        right = errors[predicted][~wrong]
        if len(right):
            phi, psi = np.sqrt(np.mean(right**2, axis=0))
            scores |= {"phi_rmsd": phi, "psi_rmsd": psi, "torsion_rmsd": np.hypot(phi, psi) / np.sqrt(2)}
    return {name: float(value) for name, value in scores.items()}


def score_all(errors) -> dict[str, float]:
    """facet-nmr's figures of errors (n, 2) in degrees over all residues, whatever their class."""
    if not len(errors):
        return {}
    distance = np.hypot(errors[:, 0], errors[:, 1]) / np.sqrt(2)
    return {
        "torsion_median": float(np.median(distance)),
        "torsion_mean": float(distance.mean()),
        "torsion_p90": float(np.percentile(distance, 90)),
        "torsion_above_25": float(np.mean(distance > FAR)),
    }


def coverage_curve(wrong, confidence) -> tuple[np.ndarray, np.ndarray]:
    """Share of residues kept and share of wrong ones among them, (n,) each, the surest residues first.

    wrong: (n,) booleans; confidence: (n,), the higher the surer. Of residues that are equally sure each is
    as wrong as their mean, so that their order in the file says nothing.
    """
    wrong, confidence = np.asarray(wrong, np.float64), np.asarray(confidence, np.float64)
    _, level = np.unique(-confidence, return_inverse=True)
    mean = np.bincount(level, wrong) / np.bincount(level)
    kept = np.arange(1, len(wrong) + 1)
    return kept / len(wrong), np.cumsum(mean[np.sort(level)]) / kept


def score_coverage(wrong, confidence) -> dict[str, float]:
    """``wrong_at_90``, of the surest 90 % of residues, and ``wrong_area``, the mean of the curve."""
    if not len(wrong):
        return {}
    share, error = coverage_curve(wrong, confidence)
    covered = np.searchsorted(share, COVERED - 1e-9)
    return {"wrong_at_90": float(error[covered]), "wrong_area": float(error.mean())}


def rotamer(chi1) -> np.ndarray:
    """Index (n,) into ``ROTAMERS`` of the one nearest to chi1 (n,) in radians; -1 where that is NaN."""
    chi1 = np.asarray(chi1, np.float64)
    apart = np.abs(circular_difference(chi1[:, None], np.radians(ROTAMERS)))
    known = np.isfinite(chi1)
    return np.where(known, np.argmin(np.where(known[:, None], apart, 0), axis=1), -1)


def score_rotamers(chi1, predicted) -> dict[str, float]:
    """``chi1_fraction``, predicted of those that have a chi1, and ``chi1_accuracy``, right of the predicted.

    chi1: (n,) in radians, NaN where there is none. predicted: (n,) index into ``ROTAMERS``, -1 for none.
    """
    true, predicted = rotamer(chi1), np.asarray(predicted)
    predicted = predicted[true >= 0]
    true = true[true >= 0]
    if not len(true):
        return {}
    said = predicted >= 0
    scores = {"chi1_fraction": float(said.mean())}
    return scores | ({"chi1_accuracy": float((predicted == true)[said].mean())} if said.any() else {})


def score_secondary(true, predicted) -> dict[str, float]:
    """``q3``, the share of residues whose state is right, where the truth is ``H``, ``E`` or ``C``."""
    true, predicted = np.asarray(true, dtype=str), np.asarray(predicted, dtype=str)
    known = np.isin(true, list(STATES))
    return {"q3": float((true == predicted)[known].mean())} if known.any() else {}


def score_prediction(truth: TorsionTruth, found: TorsionPrediction) -> dict[str, float]:
    """Every score of what a method says, over the residues whose true phi and psi are known.

    With ``sd`` there are ``coverage_1sd``, ``coverage_2sd`` and ``error_rank_r`` of both angles, over
    Strong and Generous residues; with ``confidence`` the scores of :func:`score_coverage` over the residues
    that are not Dynamic.
    """
    known = np.isfinite(truth.angles).all(axis=1)
    errors = torsion_errors(truth.angles, found.angles)[known]
    classes = np.asarray(found.classes, dtype=str)[known]
    scores = score_predicted(errors, classes) | score_all(errors)
    if found.confidence is not None:
        ordered = classes != "Dynamic"
        scores |= score_coverage(is_wrong(errors[ordered]), np.asarray(found.confidence)[known][ordered])
    if found.sd is not None:
        predicted = np.isin(classes, PREDICTED)
        scores |= calibration(errors[predicted], np.degrees(found.sd)[known][predicted])
    if found.rotamers is not None and truth.chi1 is not None:
        scores |= score_rotamers(truth.chi1[known], np.asarray(found.rotamers)[known])
    if found.secondary is not None and truth.secondary is not None:
        secondary = np.asarray(truth.secondary)[known]
        scores |= score_secondary(secondary, np.asarray(found.secondary)[known])
    return scores


def cases(truth: TorsionTruth, source: str, name: str, role: str = "test") -> list[Case]:
    """The cases that score a :class:`TorsionPrediction` of the same n residues.

    One of all of them, with ids such as ``shiftx2_testset/clean/wrong_fraction``, and where the secondary
    structure is known one of each state, such as ``shiftx2_testset/clean/helix/wrong_fraction``.
    """

    def case(condition: str, chosen: np.ndarray) -> Case:
        part = _rows(truth, chosen)
        return Case(source, name, condition, role, lambda found: score_prediction(part, _rows(found, chosen)))

    whole = [case("", np.ones(len(truth.angles), bool))]
    if truth.secondary is None:
        return whole
    parts = {condition: np.asarray(truth.secondary) == state for state, condition in STATES.items()}
    return whole + [case(condition, chosen) for condition, chosen in parts.items() if chosen.any()]


def _rows(record, chosen: np.ndarray):
    """Some residues of a truth or a prediction. ``ValueError`` where an array has another length."""
    parts = {}
    for name, values in vars(record).items():
        if values is not None and len(values) != len(chosen):
            raise ValueError(f"{name} has {len(values)} rows for {len(chosen)} residues")
        parts[name] = None if values is None else np.asarray(values)[chosen]
    return type(record)(**parts)
