"""Observed shifts beside predicted ones: matched by sequence, referenced, and where the two disagree."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np

from common.errors import UserError
from common.metrics.shifts import score_shifts
from common.protein.deuteration import deuterium_shifts, looks_deuterated
from common.protein.matching import match, match_best
from common.protein.referencing import ELEMENTS, corrected, reference_offsets, warning
from common.shiftlist import NUCLEI, ShiftList, six
from common.structures import Protein

#: A difference of so many stated errors is worth a look (ours: one atom in 16,000, were errors normal).
FAR = 4.0
#: So many of them are named; the file of differences has them all.
NAMED = 5
HEADER = ("chain", "number", "icode", "residue", "atom", "predicted", "error", "observed", "difference")


def matched(lists: Sequence[ShiftList], protein: Protein) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Observed shifts (n, 6) of ``NUCLEI`` of a protein's residues in ppm, and lines for the user.

    Each chain has those of one list: the one with most shifts first, others for chains that it is not of.
    UserError where no list is of the protein.
    """
    best, found = match_best(lists, protein)
    values, chains, lines = six(found.values(best)), set(found.chains), _said(best, found, lists)
    for shifts in lists:
        if shifts is best or chains >= set(protein.chains.tolist()):
            continue
        try:
            found = match(shifts, protein)
        except UserError:
            continue
        new = np.isin(protein.chains, [name for name in found.chains if name not in chains])
        if new.any():
            values[new] = six(found.values(shifts))[new]
            chains |= set(found.chains)
            lines += _said(shifts, found, lists)
    if not np.isfinite(values).any():
        raise UserError(f"{best.name}: no backbone shift of it belongs to {protein.name}")
    return values, lines


def _said(shifts: ShiftList, found, lists) -> list[tuple[str, str]]:
    count = int(np.isfinite(six(found.values(shifts))).sum())
    where = f"chain {', '.join(found.chains)}: " if any(found.chains) else ""
    which = f" of list {shifts.name}" if len(lists) > 1 else ""
    said = f"{where}{count} shifts{which}, {found.identity:.0%} of aligned residues are the same"
    return [("observed", said), *(("note", note) for note in (*shifts.notes, *found.notes))]


def referenced(
    observed: np.ndarray, predicted: np.ndarray, sequence: str, *, deuterated: bool, auto: bool
) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Observed shifts (n, 6) made comparable with predicted ones (n, 6), ppm, and lines for the user.

    deuterated: isotope shifts of a perdeuterated protein are taken out. auto: significant offsets are taken
    off; without it they are told. Offsets of 13C stay where they look like deuterium instead.
    """
    lines = []
    if deuterated:
        observed = observed + deuterium_shifts(sequence)[:, : len(NUCLEI)]
        lines.append(("observed", "isotope shifts of a deuterated protein are taken out of CA and CB"))
    offsets = reference_offsets(observed, sequence, expected=predicted)
    told = warning(offsets)
    isotopes = not deuterated and looks_deuterated(offsets, observed, sequence)
    if isotopes:
        said = "CA and CB look like those of a deuterated protein; --deuterated takes isotope shifts out"
        lines.append(("warning", said))
        told = [line for line in told if not line.startswith("13C")]
    if not auto:
        return observed, lines + [("warning", line) for line in told]
    moved = corrected(observed, offsets)
    if isotopes:
        carbons = [NUCLEI.index(name) for name in ELEMENTS["13C"]]
        moved[:, carbons] = observed[:, carbons]
    lines += [("offset", line.replace("; --reference auto takes it out", ", taken off")) for line in told]
    return moved, lines if told else [*lines, ("offset", "no reference is significantly off")]


def agreement(observed: np.ndarray, predicted: np.ndarray) -> str:
    """RMSDs in ppm and numbers of atoms of each nucleus in a line."""
    parts = []
    for nucleus, one, other in zip(NUCLEI, observed.T, predicted.T, strict=True):
        scores = score_shifts(one, other)
        if scores:
            count = int((np.isfinite(one) & np.isfinite(other)).sum())
            parts.append(f"{nucleus} {scores['rmsd']:.3f} ({count})")
    return ", ".join(parts) + " ppm (atoms)" if parts else "no atom is both observed and predicted"


def far_off(protein: Protein, observed: np.ndarray, predicted: np.ndarray, errors) -> str:
    """The atoms whose shifts differ by more than ``FAR`` stated errors, the farthest named; often none."""
    if errors is None:
        return ""
    size = np.nan_to_num(np.abs(observed - predicted) / errors)
    places = np.argwhere(size > FAR)
    places = places[np.argsort(-size[tuple(places.T)], kind="stable")]
    if not len(places):
        return ""
    labels = protein.residue_labels()
    named = [
        f"{labels[row]} {NUCLEI[column]} {(observed - predicted)[row, column]:+.2f}"
        for row, column in places[:NAMED].tolist()
    ]
    more = f" and {len(places) - NAMED} more" if len(places) > NAMED else ""
    return f"observed less predicted is more than {FAR:g} errors: {', '.join(named)}{more} ppm"


def differences_bytes(protein: Protein, observed, predicted, errors) -> bytes:
    """A CSV file with a row for each of ``NUCLEI`` (n, 6) that is predicted or observed; ppm.

    difference: observed less predicted. A glycine's HA is the mean of its two.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    errors = np.full_like(predicted, np.nan) if errors is None else errors
    for row, column in np.argwhere(np.isfinite(predicted) | np.isfinite(observed)).tolist():
        values = (values[row, column] for values in (predicted, errors, observed, observed - predicted))
        who = (protein.chains[row], protein.numbers[row], protein.icodes[row], protein.residues[row])
        cells = (f"{value:.3f}" if np.isfinite(value) else "" for value in values)
        writer.writerow([*who, NUCLEI[column], *cells])
    return text.getvalue().encode()
