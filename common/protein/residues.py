"""Covalent structure of the twenty amino acids, and the names that files give their residues and atoms.

``residues.toml`` has bonds, hydrogens and charges. Names are made those of the PDB since version 3.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from common.structures import Protein

#: What force fields call protonation states, and a modified residue that gemmi's table lacks.
ALIASES = {
    **dict.fromkeys(("HID", "HIE", "HIP", "HSD", "HSE", "HSP", "HISD", "HISE", "HISH"), "HIS"),
    **dict.fromkeys(("CYX", "CYM", "CYSH", "CYS2", "CSW"), "CYS"),
    "ASH": "ASP", "ASPH": "ASP", "GLH": "GLU", "GLUH": "GLU", "LYN": "LYS", "LYSH": "LYS", "ARGN": "ARG",
}  # fmt: skip
#: Groups CH2 by residue: the carbon's name, the atom before it and the atom behind it along the chain.
METHYLENES = {
    "GLY": (("CA", "N", "C"),),
    "ILE": (("CG1", "CB", "CD1"),),
    **dict.fromkeys(("ASN", "ASP", "HIS", "LEU", "PHE", "TRP", "TYR"), (("CB", "CA", "CG"),)),
    "CYS": (("CB", "CA", "SG"),),
    "SER": (("CB", "CA", "OG"),),
    **dict.fromkeys(("GLN", "GLU"), (("CB", "CA", "CG"), ("CG", "CB", "CD"))),
    "MET": (("CB", "CA", "CG"), ("CG", "CB", "SD")),
    "PRO": (("CB", "CA", "CG"), ("CG", "CB", "CD"), ("CD", "CG", "N")),
    "ARG": (("CB", "CA", "CG"), ("CG", "CB", "CD"), ("CD", "CG", "NE")),
    "LYS": (("CB", "CA", "CG"), ("CG", "CB", "CD"), ("CD", "CG", "CE"), ("CE", "CD", "NZ")),
}
_ORDER = {"-": 1, "=": 2, "~": 5, "#": 6}  # of bonds, as biotite.structure.BondType counts them
_OLD = {
    "HN": "H", "H1N": "H", "HT1": "H1", "HT2": "H2", "HT3": "H3", "HN1": "H1", "HN2": "H2", "HN3": "H3",
    "OT1": "O", "OT2": "OXT", "OT": "OXT", "O1": "O", "O2": "OXT", "OC1": "O", "OC2": "OXT",
}  # fmt: skip
_OLD_OF = {
    "ILE": {"CD": "CD1", "HD1": "HD11", "HD2": "HD12", "HD3": "HD13"},
    "SER": {"HG1": "HG"},
    "CYS": {"HG1": "HG"},
    "MET": {"SE": "SD"},
}


@dataclass(frozen=True)
class Residue:
    """A free amino acid: bonds as (atom, atom, order), hydrogens by heavy atom, charges by atom."""

    bonds: tuple[tuple[str, str, int], ...]
    hydrogens: dict[str, tuple[str, ...]]
    charges: dict[str, int]

    @cached_property
    def neighbours(self) -> dict[str, set[str]]:
        """The heavy atoms bound to each heavy atom within the residue of a chain."""
        pairs = [(a, b) for a, b, _ in self.bonds if "OXT" not in (a, b)]
        return {
            atom: {b for a, b in pairs if a == atom} | {a for a, b in pairs if b == atom}
            for atom in self.heavy
        }

    @cached_property
    def heavy(self) -> set[str]:
        """Names of the heavy atoms."""
        return {atom for bond in self.bonds for atom in bond[:2]}


@cache
def residues() -> dict[str, Residue]:
    """The twenty by their three-letter names; bond orders are 1, 2, and 5 or 6 in an aromatic ring."""
    table = tomllib.loads((Path(__file__).parent / "residues.toml").read_text(encoding="utf-8"))
    return {name: _residue(entry) for name, entry in table.items()}


def _residue(entry: dict) -> Residue:
    bonds = [re.fullmatch(r"(\w+)([-=~#])(\w+)", word).groups() for word in entry["bonds"].split()]
    groups = [group.split() for group in entry["hydrogens"].split(",")]
    return Residue(
        tuple((a, b, _ORDER[kind]) for a, kind, b in bonds),
        {heavy: tuple(hydrogens) for heavy, *hydrogens in groups},
        entry.get("charges", {}),
    )


@cache
def standard_atom(residue: str, atom: str) -> str:
    """An atom's name in the PDB's version 3, but for the hydrogens of CH2: ``1HB`` gives ``HB1`` there too.

    Knows names of PDB version 2 (digit first), of XPLOR and CHARMM (``HN``, ``HT1``, ``OT1``, ``CD`` of Ile),
    and deuterium (``D``, ``DA``).
    """
    if atom[:1] == "D" or re.match(r"\dD", atom):
        atom = atom.replace("D", "H", 1)
    if re.match(r"[1-9]H", atom):
        atom = atom[1:] + atom[0]
    atom = _OLD_OF.get(residue, {}).get(atom, atom)
    return _OLD.get(atom, atom)


def is_old(residue: str, atom: str) -> bool:
    """Whether a name as in the file tells that hydrogens of CH2 are not called 2 and 3 in it."""
    standard = standard_atom(residue, atom)
    stems = {f"H{carbon[1:]}" for carbon, _, _ in METHYLENES.get(residue, ())}
    return standard[:-1] in stems and (standard[-1:] == "1" or standard != atom)


def name_methylenes(protein: Protein) -> Protein:
    """The protein with the hydrogens of every CH2 called 2 and 3 after the side they stand on.

    IUPAC-IUB (Biochemistry 9, 3471 (1970), rule 4.4): seen from the atom before, the next heavy atom, 2 and 3
    follow clockwise. So 3 is where (P - C) x (Q - C) points, with P before and Q behind the carbon C. Names
    stay where P, C or Q is missing.
    """
    atoms, hydrogen = protein.atoms.copy(), protein.elements == "H"
    kinds = protein.residues[protein.residue_of]
    for (carbon, before, behind), names in _groups().items():
        stem = f"H{carbon[1:]}"
        old = np.isin(protein.atoms, [stem + digit for digit in "123"])
        rows = np.flatnonzero(hydrogen & old & np.isin(kinds, names))
        if not len(rows):
            continue
        owner = protein.residue_of[rows]
        c, p, q = (protein.position(name)[owner] for name in (carbon, before, behind))
        side = np.einsum("ij,ij->i", protein.xyz[rows] - c, np.cross(p - c, q - c))
        atoms[rows[side > 0]], atoms[rows[side < 0]] = stem + "3", stem + "2"
    return protein.replace(atoms=atoms)


@cache
def _groups() -> dict[tuple[str, str, str], list[str]]:
    """The groups CH2, each with the residues that have it."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for name, groups in METHYLENES.items():
        for group in groups:
            found.setdefault(group, []).append(name)
    return found
