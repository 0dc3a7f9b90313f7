"""Assigned chemical shifts in NMR-STAR 2.1 and 3, the files of the BMRB."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from common.errors import FormatError
from common.io.shiftrows import Shift, assemble, one_letter
from common.io.star import Frame, read_star
from common.io.text import number
from common.shiftlist import ShiftList

_ROW_2 = (
    "_Residue_seq_code", "_Residue_label", "_Atom_name", "_Chem_shift_value", "_Chem_shift_value_error",
    "_Chem_shift_ambiguity_code", "_Residue_PDB_seq_code",
)  # fmt: skip
_ROW_3 = tuple(
    f"_Atom_chem_shift.{name}"
    for name in ("Comp_index_ID", "Comp_ID", "Atom_ID", "Val", "Val_err", "Ambiguity_code", "Auth_seq_ID")
)
_CHAIN_3 = ("_Atom_chem_shift.Entity_assembly_ID", "_Atom_chem_shift.Entity_ID")
#: Ambiguity codes of shifts that may be those of another residue (5) or molecule (6), as BMRB has them.
_ELSEWHERE = ("5", "6")
_NOTHING = (".", "?", "")


@dataclass
class _Chain:
    """What a file says of a molecule: kind, letters by place in the sequence, numbers of the author."""

    label: str = ""
    kind: str = ""
    letters: dict[int, str] = field(default_factory=dict)
    author: dict[int, str] = field(default_factory=dict)

    @property
    def foreign(self) -> bool:
        """Whether it is stated to be something else than a protein of L-amino acids."""
        kind = self.kind.lower()
        return bool(kind) and kind not in ("protein", "polypeptide(l)", "polypeptide", "polymer", "other")


def read_nmrstar(path, text: str) -> list[ShiftList]:
    """A list for each list of shifts and each protein chain in it; what is not a protein is left out.

    Numbers are those of the PDB entry or the author where the file gives them and they rise along the
    sequence, else places in the sequence. FormatError where there is no shift of a protein.
    """
    block, frames = read_star(path, text)
    parts = list(_version_3(path, frames)) or list(_version_2(path, frames))
    if not parts:
        raise FormatError(path, "no loop of assigned chemical shifts; name an NMR-STAR file that has one")
    several, lists, notes = len(parts) > 1, [], []
    for label, rows, chain in parts:
        name = chain.label or "a molecule"
        if chain.foreign or not any(one_letter(row[1]) != "X" for row in rows):
            notes.append(f"{name} ({chain.kind or 'no amino acids'}) is left out")
            continue
        try:
            lists.append(_list(path, f"{block} {label}".strip() if several else block, rows, chain))
        except _Empty:
            notes.append(f"{name} has no shifts of the backbone or CB")
    if not lists:
        raise FormatError(path, f"no backbone shifts of a protein in it: {'; '.join(notes)}")
    return [found.replace(notes=(*found.notes, *notes)) for found in lists]


class _Empty(FormatError):
    """A list without a single shift that counts."""


def _version_3(path, frames: list[Frame]) -> Iterator[tuple[str, list[tuple], _Chain]]:
    """Name, rows and chain of each part of the lists of an entry."""
    chains = {}
    for frame in frames:
        if entity := frame.get("_Entity.ID"):
            chains[entity] = _entity(path, frame)
    for frame in frames:
        loop = frame.loop("_Atom_chem_shift.Atom_ID", "_Atom_chem_shift.Val")
        if loop is None:
            continue
        rows = loop.rows(path, *_ROW_3)
        if any(row[0] in _NOTHING for row in rows):
            for instead in ("_Atom_chem_shift.Seq_ID", "_Atom_chem_shift.Auth_seq_ID"):
                places = [place for (place,) in loop.rows(path, instead)]
                if not any(place in _NOTHING for place in places):
                    rows = [(place, *row[1:]) for place, row in zip(places, rows, strict=True)]
                    break
        parts: dict[tuple[str, ...], list[tuple]] = {}
        for key, row in zip(loop.rows(path, *_CHAIN_3), rows, strict=True):
            parts.setdefault(key, []).append(row)
        for (assembly, entity), part in parts.items():
            alone = next(iter(chains.values())) if len(chains) == 1 and entity in _NOTHING else _Chain()
            label = frame.name + (f" chain {assembly}" if len(parts) > 1 else "")
            yield label, part, chains.get(entity, alone)


def _entity(path, frame: Frame) -> _Chain:
    chain = _Chain(frame.get("_Entity.Name") or frame.name, frame.get("_Entity.Polymer_type", "_Entity.Type"))
    if loop := frame.loop("_Entity_comp_index.ID", "_Entity_comp_index.Comp_ID"):
        names = ("ID", "Comp_ID", "Auth_seq_ID")
        _sequence(path, chain, loop.rows(path, *(f"_Entity_comp_index.{name}" for name in names)))
    elif loop := frame.loop("_Entity_poly_seq.Mon_ID", "_Entity_poly_seq.Num"):
        names = ("Num", "Mon_ID", "Auth_seq_ID")
        _sequence(path, chain, loop.rows(path, *(f"_Entity_poly_seq.{name}" for name in names)))
    else:
        _written_out(chain, frame.get("_Entity.Polymer_seq_one_letter_code"))
    return chain


def _version_2(path, frames: list[Frame]) -> Iterator[tuple[str, list[tuple], _Chain]]:
    chains, parts_of = {}, {}
    for frame in frames:
        if frame.get("_Mol_polymer_class", "_Mol_residue_sequence"):
            chains[frame.name] = chain = _Chain(frame.name, frame.get("_Mol_polymer_class"))
            if loop := frame.loop("_Residue_seq_code", "_Residue_label"):
                names = ("_Residue_seq_code", "_Residue_label", "_Residue_author_seq_code")
                _sequence(path, chain, loop.rows(path, *names))
            else:
                _written_out(chain, frame.get("_Mol_residue_sequence"))
        if loop := frame.loop("_Mol_system_component_name", "_Mol_label"):
            named = loop.rows(path, "_Mol_system_component_name", "_Mol_label")
            parts_of.update({component: label.lstrip("$") for component, label in named})
    alone = next(iter(chains.values())) if len(chains) == 1 else _Chain()
    for frame in frames:
        if loop := frame.loop("_Residue_seq_code", "_Atom_name", "_Chem_shift_value"):
            molecule = parts_of.get(frame.get("_Mol_system_component_name"), "")
            yield frame.name, loop.rows(path, *_ROW_2), chains.get(molecule, alone)


def _sequence(path, chain: _Chain, rows: list[tuple[str, ...]]) -> None:
    for place, name, author in rows:
        if place in _NOTHING:
            continue
        key = _whole(path, place)
        chain.letters[key] = one_letter(name)
        chain.author[key] = author


def _written_out(chain: _Chain, sequence: str) -> None:
    chain.letters = dict(enumerate(map(one_letter, "".join(sequence.split())), 1))


def _list(path, name: str, rows: list[tuple], chain: _Chain) -> ShiftList:
    """The list of a chain. Rows that the author's numbers place in the sequence, and not theirs, go there."""
    notes = []
    placed = [(_whole(path, row[0]), *row[1:]) for row in rows if row[0] not in _NOTHING]
    if len(placed) < len(rows):
        notes.append(f"{len(rows) - len(placed)} shifts without a residue are left out")
    rows = placed
    places = _by_author(rows, chain)
    shifts, author, elsewhere = [], {}, 0
    for key, residue, atom, value, error, ambiguity, printed in rows:
        place = places.get(key, key)
        if printed not in _NOTHING:
            author[place] = printed
        if value in _NOTHING:
            continue
        try:
            spread = np.nan if error in _NOTHING else number(error)
            shifts.append(Shift(place, one_letter(residue), atom, number(value), spread))
        except ValueError as wrong:
            raise FormatError(path, f"residue {key}, {atom[:8]}: {wrong}") from None
        elsewhere += ambiguity in _ELSEWHERE and atom in ("H", "N", "HA", "C", "CA", "CB")
    if elsewhere:
        notes.append(f"{elsewhere} shifts may be those of another residue (ambiguity code 5 or 6)")
    found = assemble(path, name, shifts, chain.letters or None, notes, empty=_Empty)
    author = author or chain.author
    numbers = _printed_numbers(found.numbers, author)
    if numbers is not None:
        return found.replace(numbers=numbers)
    stated = any(text not in _NOTHING for text in author.values())
    lost = "the author's numbers do not rise along the sequence: residues are numbered by their place in it"
    return found.replace(notes=(*found.notes, lost)) if stated else found


def _by_author(rows: list[tuple], chain: _Chain) -> dict[int, int]:
    """Places by the author's numbers, where rows use these; empty where they use places, as they should."""
    try:
        places = {int(text): place for place, text in chain.author.items() if text not in _NOTHING}
    except ValueError:
        return {}
    letters = {row[0]: one_letter(row[1]) for row in rows}

    def wrong(place_of):
        return sum(chain.letters.get(place_of(key)) != letter for key, letter in letters.items())

    return places if wrong(places.get) < wrong(lambda key: key) else {}


def _printed_numbers(places: np.ndarray, author: Mapping[int, str]) -> np.ndarray | None:
    """Numbers that the author gives, counted on where there is none; None where they do not rise."""
    try:
        given = {place: int(text) for place, text in author.items() if text not in _NOTHING}
    except ValueError:  # insertion codes
        return None
    offsets = [given[place] - place if place in given else None for place in places.tolist()]
    last = next((offset for offset in offsets if offset is not None), None)
    if last is None:
        return None
    numbers = []
    for place, offset in zip(places.tolist(), offsets, strict=True):
        last = last if offset is None else offset
        numbers.append(place + last)
    rising = all(a < b for a, b in pairwise(numbers))
    return np.array(numbers) if rising and max(map(abs, numbers)) < 10**6 else None


def _whole(path, word: str) -> int:
    try:
        value = int(word)
    except ValueError:
        value = None
    if value is None or abs(value) > 99999:
        raise FormatError(path, f"{word[:20]!r} is no place of a residue in the sequence (a whole number)")
    return value
