"""A protein with its structure and observed shifts, and many of them as plain arrays to keep on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from common.structures import ARRAYS, Protein


@dataclass(frozen=True)
class Entry:
    """A protein of n residues with its shifts.

    id: ``1AIL_A__ns1`` (PDB entry, chain, shift table) or ``A001``. source: the data set. protein: with
    hydrogens. shifts: (n, 8) in ppm after ``COLUMNS``, NaN where there is none. pdb, table: entry of the
    structure, and BMRB number or name of the shift table. listed: sequence of the shift table, empty where
    that is not in the data. cluster: of like sequences among all entries loaded, named after one of them.

    bound: the structure is of a complex, the shifts may not be. doubtful: structure and shifts may not belong
    together, as the data set says. in_sparta_list: SPARTA+ learnt from this shift table (of a test protein:
    or from its PDB entry). clean: of a test protein, that it learnt from neither, nor from another protein of
    its sequence cluster. resolution: in angstrom, NaN where not stated. dropped: shifts that were
    left out, as no residue is surely theirs.
    """

    id: str
    source: str
    protein: Protein
    shifts: np.ndarray
    pdb: str = ""
    table: str = ""
    listed: str = ""
    cluster: str = ""
    bound: bool = False
    doubtful: bool = False
    in_sparta_list: bool = False
    clean: bool = False
    resolution: float = float("nan")
    dropped: int = 0

    def sequences(self) -> tuple[str, ...]:
        """Of the coordinates and, where known, of the shift table."""
        return tuple(filter(None, (self.protein.sequence, self.listed)))


#: Fields of an entry with one plain value.
PLAIN = tuple(field.name for field in fields(Entry) if field.name not in ("protein", "shifts"))
#: Fields of a protein with a row an atom; the others have a row a residue.
ATOMS = ("atoms", "elements", "residue_of", "coordinates", "b_factors")


def pack(entries: Sequence[Entry]) -> dict[str, np.ndarray]:
    """Entries as arrays, proteins end to end; of a structure the first conformer alone."""
    proteins = [entry.protein for entry in entries]
    arrays = {name: np.array([getattr(entry, name) for entry in entries]) for name in PLAIN}
    arrays["residue_counts"] = np.array([len(protein) for protein in proteins])
    arrays["atom_counts"] = np.array([len(protein.atoms) for protein in proteins])
    arrays["shifts"] = np.concatenate([entry.shifts for entry in entries])
    arrays["notes"] = np.array(["\n".join(protein.notes) for protein in proteins])
    for name in ARRAYS:
        parts = [protein.xyz if name == "coordinates" else getattr(protein, name) for protein in proteins]
        arrays[f"protein_{name}"] = np.concatenate(parts)
    return arrays


def unpack(arrays: dict[str, np.ndarray]) -> list[Entry]:
    """What :func:`pack` made arrays of."""
    ends = {kind: np.cumsum(arrays[f"{kind}_counts"])[:-1] for kind in ("residue", "atom")}
    shifts = np.split(arrays["shifts"], ends["residue"])
    columns = {
        name: np.split(arrays[f"protein_{name}"], ends["atom" if name in ATOMS else "residue"])
        for name in ARRAYS
    }
    found = []
    for i, values in enumerate(shifts):
        own = {name: column[i] for name, column in columns.items()}
        own["coordinates"] = own["coordinates"][None]
        notes = tuple(str(arrays["notes"][i]).splitlines())
        plain = {name: arrays[name][i].item() for name in PLAIN}
        found.append(Entry(protein=Protein(plain["id"], **own, notes=notes), shifts=values, **plain))
    return found
