"""Which residue of a structure each residue of a list of shifts is, by sequence and not by number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from common.errors import UserError
from common.shiftlist import COLUMNS, ShiftList
from common.structures import Protein

#: Identical residues among aligned ones, at least. Ours: point mutants and tags lie well above; a homologue's
#: structure says little about another protein's shifts (the data sets here ask for .95).
IDENTITY = 0.8
#: Identical residues over the length of the shorter sequence, at least (ours: half of it is no accident).
SHARED = 0.5
#: Chains this much less identical than the best are another protein, not a copy (ours).
COPY = 0.05
#: An aligned residue counts where more than half of those up to this far along it are identical (ours: an
#: alignment runs on into tails that have nothing in common but a letter by chance).
NEAR = 3
#: A gap costs as much as so many identical residues, none where the chain is broken (ours).
GAP = 4


@dataclass(frozen=True)
class Match:
    """What belongs together of a list of shifts and a protein of n residues.

    rows: (n,) the list's row of each residue, -1 where it has none or another amino acid. identity: of
    aligned residues, in the chains that match. covered: fraction of the list's residues with shifts that
    found theirs. chains: names of the chains that match, all copies of a homomer. notes: what was left out
    and why.
    """

    rows: np.ndarray
    identity: float
    covered: float
    chains: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def values(self, shifts: ShiftList) -> np.ndarray:
        """Shifts (n, 8) in ppm of the protein's residues after ``COLUMNS``; NaN where there is none."""
        return self.take(shifts.values)

    def errors(self, shifts: ShiftList) -> np.ndarray:
        """Errors (n, 8) in ppm of the protein's residues; NaN where not stated."""
        unstated = np.full((len(shifts), len(COLUMNS)), np.nan)
        return self.take(unstated if shifts.errors is None else shifts.errors)

    def take(self, values: np.ndarray) -> np.ndarray:
        """Rows (n, ...) of the list's ``values`` in the protein's order; NaN where there is none."""
        there = (self.rows >= 0).reshape(-1, *[1] * (values.ndim - 1))
        return np.where(there, values[self.rows], np.nan)


@dataclass(frozen=True)
class _Chain:
    """One chain aligned: its residues, the row of each or -1, and which of these agree."""

    name: str
    residues: np.ndarray
    aligned: np.ndarray
    same: np.ndarray
    identity: float
    shared: float


def match(shifts: ShiftList, protein: Protein) -> Match:
    """Align a list of shifts with every chain of a protein; all chains of its sequence get its shifts.

    Numbers decide only where they agree with the sequence as well as the alignment does. A mutated residue
    loses its shifts and no other does. UserError where no chain has the sequence of the list.
    """
    listed, structure = shifts.name or "the list of shifts", protein.name or "the structure"
    if not len(protein) or not len(shifts):
        raise UserError(f"{listed} or {structure} has no residue; give shifts and structure of one protein")
    chains = [_aligned(shifts, protein, name) for name in dict.fromkeys(protein.chains.tolist())]
    best = max(chains, key=lambda chain: (chain.shared >= SHARED, chain.identity, chain.shared))
    if best.identity < IDENTITY or best.shared < SHARED:
        raise UserError(
            f"{listed} is of another protein than {structure}: chain {best.name or '1'} is nearest, "
            f"with {best.shared:.0%} of the shorter sequence in common "
            f"(at least {SHARED:.0%}) and {best.identity:.0%} of aligned residues (at least {IDENTITY:.0%}); "
            "give shifts and structure of one protein"
        )
    least = max(IDENTITY, best.identity - COPY)
    copies = [chain for chain in chains if chain.identity >= least and chain.shared >= SHARED]
    rows = np.full(len(protein), -1)
    for chain in copies:
        rows[chain.residues] = np.where(chain.same, chain.aligned, -1)
    given = np.isfinite(shifts.values).any(1)
    found = np.isin(np.arange(len(shifts)), rows)
    covered = float(found[given].mean()) if given.any() else 0.0
    weights = [chain.same.sum() for chain in copies]
    identity = float(np.average([chain.identity for chain in copies], weights=weights))
    notes = tuple(_notes(shifts, protein, chains, copies, given & ~found))
    return Match(rows, identity, covered, tuple(chain.name for chain in copies), notes)


def match_best(lists: Sequence[ShiftList], protein: Protein) -> tuple[ShiftList, Match]:
    """Of several lists, such as those of an entry, the one with most shifts for a protein, and its match.

    UserError where none belongs to the protein: what is wrong with the first.
    """
    found, errors = [], []
    for shifts in lists:
        try:
            found.append((shifts, match(shifts, protein)))
        except UserError as error:
            errors.append(error)
    if not found:
        raise errors[0] if errors else UserError("there is no list of shifts")
    return max(found, key=lambda pair: np.isfinite(pair[1].values(pair[0])).sum())


def _aligned(shifts: ShiftList, protein: Protein, name: str) -> _Chain:
    residues = np.flatnonzero(protein.chains == name)
    letters = np.array([protein.sequence[k] for k in residues])
    listed = np.array(list(shifts.sequence))

    def known(aligned):
        return (aligned >= 0) & (letters != "X") & (listed[aligned] != "X")

    candidates = [_by_number(shifts, protein, residues), _by_sequence(shifts, protein, residues)]
    aligned = max(candidates, key=lambda rows: (known(rows) & (letters == listed[rows])).sum())
    same = known(aligned) & (letters == listed[aligned])
    trusted = _trusted(aligned, known(aligned), same)
    aligned, same = np.where(trusted, aligned, -1), same & trusted
    compared = known(aligned).sum()
    shorter = min((letters != "X").sum(), (listed != "X").sum())
    return _Chain(
        name, residues, aligned, same, same.sum() / max(compared, 1), float(same.sum() / max(shorter, 1))
    )


def _by_number(shifts: ShiftList, protein: Protein, residues: np.ndarray) -> np.ndarray:
    """The row with the number of each residue, -1 where there is none."""
    row_of = {number: row for row, number in enumerate(shifts.numbers.tolist())}
    pairs = zip(protein.numbers[residues].tolist(), protein.icodes[residues].tolist(), strict=True)
    return np.array([-1 if icode.strip() else row_of.get(number, -1) for number, icode in pairs])


def _by_sequence(shifts: ShiftList, protein: Protein, residues: np.ndarray) -> np.ndarray:
    """The row aligned with each residue, -1 where there is none; gaps are free where the chain is broken."""
    import gemmi

    scoring = gemmi.AlignmentScoring()
    scoring.match, scoring.mismatch, scoring.gapo, scoring.gape = 1, 0, -GAP, 0
    broken = [0 if not bonded else -GAP for bonded in protein.bonded[residues].tolist()]
    broken[0] = 0
    target = [protein.sequence[k] for k in residues]
    found = gemmi.align_string_sequences(list(shifts.sequence), target, [*broken, 0], scoring)
    listed, chain = (
        np.array(list(found.add_gaps(text, which))) != "-"
        for which, text in enumerate((shifts.sequence, "".join(target)), 1)
    )
    rows = np.where(listed, np.cumsum(listed) - 1, -1)
    return rows[chain]


def _trusted(aligned: np.ndarray, known: np.ndarray, same: np.ndarray) -> np.ndarray:
    """Aligned residues (n,) more than half of whose neighbours in both chains are identical as well."""
    trusted = aligned >= 0
    for place in np.flatnonzero(trusted):
        window = slice(max(place - NEAR, 0), place + NEAR + 1)
        steps = np.arange(len(aligned))[window] - place
        beside = (aligned[window] - aligned[place] == steps) & known[window]
        trusted[place] = not beside.any() or 2 * same[window][beside].sum() > beside.sum()
    return trusted


def _notes(shifts, protein, chains, copies, lost: np.ndarray) -> Iterable[str]:
    """What was left out: other chains, residues without coordinates, other amino acids."""
    names = {chain.name for chain in copies}
    other = [chain.name for chain in chains if chain.name not in names]
    if other:
        yield f"chain {', '.join(other)} has another sequence and gets no shifts"
    aligned = {int(row) for chain in copies for row in chain.aligned if row >= 0}
    absent = [int(shifts.numbers[row]) for row in np.flatnonzero(lost) if int(row) not in aligned]
    if absent:
        yield f"{_residues(absent)} of the shifts: no counterpart in the structure, left out"
    for chain in copies:
        where = f"chain {chain.name}" if len(chains) > 1 else "the structure"
        for place in np.flatnonzero((chain.aligned >= 0) & ~chain.same):
            row, residue = chain.aligned[place], chain.residues[place]
            if np.isfinite(shifts.values[row]).any():
                there = f"{protein.residues[residue]} {protein.numbers[residue]}"
                listed = f"{shifts.sequence[row]}{shifts.numbers[row]}"
                yield f"{listed} of the shifts is {there} in {where}: its shifts are left out"
        moved = protein.numbers[chain.residues] - shifts.numbers[chain.aligned]
        steps, counts = np.unique(moved[chain.same], return_counts=True)
        if steps[counts.argmax()]:
            yield f"residue numbers of {where} are those of the shifts {steps[counts.argmax()]:+d}"


def _residues(numbers: list[int]) -> str:
    """Numbers in words, such as ``residues 1-12, 45``."""
    runs: list[list[int]] = []
    for value in numbers:
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    text = ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
    return f"residue{'s' if len(numbers) > 1 else ''} {text}"
