"""Secondary structure by DSSP (Kabsch and Sander, Biopolymers 22, 2577 (1983)), as mdtraj has it."""

from __future__ import annotations

import numpy as np

from common.structures import Protein

BACKBONE = ("N", "CA", "C", "O")
#: Three states of the eight, as in the CASP assessments and in Jones, J. Mol. Biol. 292, 195 (1999).
STATES = dict(zip("HGIEBTSC", "HHHEECCC", strict=True))


def secondary_structure(protein: Protein) -> np.ndarray:
    """One letter (n,) a residue of the first conformer, of ``H G I E B T S C``.

    ``C`` is what DSSP leaves blank. A residue that lacks N, CA, C or O gives no hydrogen bonds and is ``C``;
    a chain ends where no peptide bond leads on. Hydrogens are not used: DSSP puts those of amides itself.
    """
    from mdtraj import Trajectory, compute_dssp

    codes = np.full(len(protein), "C")
    rows = np.stack([protein.index(atom) for atom in BACKBONE], axis=1)
    whole = (rows >= 0).all(1)
    if whole.any():
        xyz = protein.xyz[rows[whole].ravel()] / 10  # mdtraj counts in nm
        trajectory = Trajectory(xyz[None].astype(np.float32), _topology(protein, whole))
        codes[whole] = np.char.replace(compute_dssp(trajectory, simplified=False)[0], " ", "C")
    return codes


def three_state(codes: np.ndarray) -> np.ndarray:
    """Letters of DSSP as helix ``H`` (H, G, I), strand ``E`` (E, B) and coil ``C`` (all else)."""
    return np.array([STATES.get(code, "C") for code in np.asarray(codes).tolist()], dtype="U1")


def _topology(protein: Protein, whole: np.ndarray):
    """mdtraj's topology of the residues that have all four atoms, a chain for each unbroken stretch."""
    from mdtraj import Topology, element

    elements = {"N": element.nitrogen, "CA": element.carbon, "C": element.carbon, "O": element.oxygen}
    topology, chain, last = Topology(), None, -2
    for place in np.flatnonzero(whole).tolist():
        if chain is None or place != last + 1 or not protein.bonded[place]:
            chain = topology.add_chain()
        residue = topology.add_residue(str(protein.residues[place]), chain, resSeq=place)
        for atom in BACKBONE:
            topology.add_atom(atom, elements[atom], residue)
        last = place
    return topology
