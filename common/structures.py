"""Atoms of a protein or a crystal as plain arrays: what readers of structures give and all else works on.

Atom names are those of the PDB since version 3 (``H`` of the amide, ``HA``, glycine ``HA2`` ``HA3``), residue
names those of the standard amino acid a residue stands for (MSE is MET).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property

import numpy as np

#: One-letter code of the standard amino acids by residue name.
ONE_LETTER = {
    "ALA": "A", "ARG": "R", "ASN": "N", "ASP": "D", "CYS": "C", "GLN": "Q", "GLU": "E", "GLY": "G",
    "HIS": "H", "ILE": "I", "LEU": "L", "LYS": "K", "MET": "M", "PHE": "F", "PRO": "P", "SER": "S",
    "THR": "T", "TRP": "W", "TYR": "Y", "VAL": "V",
}  # fmt: skip
THREE_LETTER = {letter: name for name, letter in ONE_LETTER.items()}
#: The twenty amino acids in the order of their one-letter codes.
AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY"

#: The fields of a protein that are arrays, in their order.
ARRAYS = (
    "residues", "numbers", "icodes", "chains", "bonded", "atoms", "elements", "residue_of", "coordinates",
    "b_factors",
)  # fmt: skip


@dataclass(frozen=True)
class Protein:
    """Chains of amino acids with n residues and m atoms, in one or several conformers.

    name: of the entry. residues: (n,) three-letter names; numbers: (n,) as in the file; icodes: (n,)
    insertion codes, mostly empty; chains: (n,) chain names; bonded: (n,) whether a peptide bond leads to the
    residue before. atoms: (m,) names; elements: (m,) symbols in capitals; residue_of: (m,) index of the
    residue, never falling; coordinates: (models, m, 3) in angstrom; b_factors: (m,) in square angstrom.
    notes: what a reader left out or changed, a line each.
    """

    name: str
    residues: np.ndarray
    numbers: np.ndarray
    icodes: np.ndarray
    chains: np.ndarray
    bonded: np.ndarray
    atoms: np.ndarray
    elements: np.ndarray
    residue_of: np.ndarray
    coordinates: np.ndarray
    b_factors: np.ndarray
    notes: tuple[str, ...] = ()

    def __post_init__(self):
        n, m = len(self.residues), len(self.atoms)
        for field in ("numbers", "icodes", "chains", "bonded"):
            if len(getattr(self, field)) != n:
                raise ValueError(f"{field} has {len(getattr(self, field))} entries for {n} residues")
        for field in ("elements", "residue_of", "b_factors"):
            if len(getattr(self, field)) != m:
                raise ValueError(f"{field} has {len(getattr(self, field))} entries for {m} atoms")
        if self.coordinates.ndim != 3 or self.coordinates.shape[1:] != (m, 3):
            raise ValueError(f"coordinates are (models, {m}, 3), not {self.coordinates.shape}")

    def __len__(self) -> int:
        return len(self.residues)

    @property
    def models(self) -> int:
        """How many conformers there are."""
        return len(self.coordinates)

    @property
    def xyz(self) -> np.ndarray:
        """Coordinates (m, 3) of the first conformer, angstrom."""
        return self.coordinates[0]

    @cached_property
    def sequence(self) -> str:
        """One-letter codes, a letter a residue; ``X`` for what is not a standard amino acid."""
        return "".join(ONE_LETTER.get(name, "X") for name in self.residues)

    def replace(self, **changes) -> Protein:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)

    def arrays(self) -> tuple[np.ndarray, ...]:
        """Everything but name and notes, for a cache; :meth:`from_arrays` is the way back."""
        return tuple(getattr(self, field) for field in ARRAYS)

    @classmethod
    def from_arrays(cls, arrays, name: str = "") -> Protein:
        """The protein of what :meth:`arrays` gave."""
        return cls(name, **dict(zip(ARRAYS, arrays, strict=True)))

    def model(self, number: int) -> Protein:
        """The protein with one of its conformers alone, counted from 0."""
        return self.replace(coordinates=self.coordinates[number : number + 1])

    @cached_property
    def _index(self) -> dict[str, np.ndarray]:
        names, kinds = np.unique(self.atoms, return_inverse=True)
        found = np.full((len(names), len(self)), -1)
        # backwards: of repeated indices the last one counts, so that the first atom of a name stays
        rows = np.arange(len(self.atoms) - 1, -1, -1)
        found[kinds[rows], self.residue_of[rows]] = rows
        return dict(zip(names.tolist(), found, strict=True))

    def index(self, atom: str) -> np.ndarray:
        """Rows (n,) of an atom in each residue, the first where it stands twice; -1 where it is missing."""
        return self._index[atom] if atom in self._index else np.full(len(self), -1)

    def position(self, atom: str) -> np.ndarray:
        """Coordinates (n, 3) in angstrom of an atom in each residue, first conformer; NaN where missing."""
        rows = self.index(atom)
        return np.where((rows >= 0)[:, None], self.xyz[rows], np.nan)

    def residue_labels(self) -> list[str]:
        """What to call each residue in a line to the user, such as ``A:GLY 12``."""
        return [
            f"{chain}:{name} {number}{icode}" if chain else f"{name} {number}{icode}"
            for chain, name, number, icode in zip(
                self.chains, self.residues, self.numbers, self.icodes, strict=True
            )
        ]


@dataclass(frozen=True)
class Crystal:
    """The n atoms of one unit cell of a crystal.

    name: of the entry. numbers: (n,) atomic numbers; cell: (3, 3), rows are the vectors a, b and c in
    angstrom; positions: (n, 3), Cartesian, in angstrom, in the cell or not. shieldings: (n,) isotropic, in
    ppm, NaN where unknown (all of them where it is not given). columns: further values of the atoms by name,
    (n,) each. notes: what a reader left out or changed, a line each.
    """

    name: str
    numbers: np.ndarray
    cell: np.ndarray
    positions: np.ndarray
    shieldings: np.ndarray | None = None
    columns: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self):
        n = len(self.numbers)
        if self.shieldings is None:
            object.__setattr__(self, "shieldings", np.full(n, np.nan))
        if self.cell.shape != (3, 3) or self.positions.shape != (n, 3):
            raise ValueError(f"cell {self.cell.shape}, positions {self.positions.shape} for {n} atoms")
        for name, values in {"shieldings": self.shieldings, **self.columns}.items():
            if values.shape != (n,):
                raise ValueError(f"{name} has the shape {values.shape} for {n} atoms")

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def volume(self) -> float:
        """Of the cell, in cubic angstrom."""
        return float(abs(np.linalg.det(self.cell)))

    def replace(self, **changes) -> Crystal:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)


def images(crystal: Crystal, reach: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The atoms of a crystal moved into one cell, and all their images around it.

    reach: angstrom. Returns positions (n, 3) of the atoms in that cell, positions (k, 3) of the images, among
    them everything within ``reach`` of an atom, the atoms themselves too, and the index (k,) of the atom that
    each is an image of. The cell is the reduced one of the lattice, so that no choice of cell makes many.
    """
    from ase.geometry import minkowski_reduce

    cell = minkowski_reduce(crystal.cell)[0]
    inverse = np.linalg.inv(cell)
    fractions = crystal.positions @ inverse % 1.0
    # the height over the face of the other two vectors is one over the length of the reciprocal vector
    margin = reach * np.linalg.norm(inverse, axis=0) + 1e-9
    steps = [np.arange(-np.ceil(m), np.ceil(m) + 1) for m in margin]
    shifts = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1).reshape(-1, 3)
    found, index = [], []
    for shift in shifts:
        moved = fractions + shift
        rows = np.flatnonzero(((moved >= -margin) & (moved <= 1.0 + margin)).all(1))
        found.append(moved[rows])
        index.append(rows)
    return fractions @ cell, np.concatenate(found) @ cell, np.concatenate(index)
