"""Hydrogen bonds by the energy of Kabsch and Sander, as SPARTA+ uses them.

Kabsch & Sander 1983, Biopolymers 22:2577; extended from amides to all polar hydrogens, HA and side-chain
acceptors by Shen & Bax 2010, J Biomol NMR 48:13.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.protein.geometry import adjacent, squared_distances
from common.structures import Protein

#: Kabsch & Sander 1983: charges 0.42 e and 0.20 e, 332 kcal angstrom / mol e^2.
COUPLING = 332 * 0.42 * 0.20
#: Kabsch & Sander 1983: a hydrogen bond has less energy than this, kcal/mol.
THRESHOLD = -0.5
#: ours: farther apart than this, in angstrom, no bond of 1.2 angstrom at both ends can reach the threshold.
REACH = 8.0
#: Hydrogen and the atom that bears it, in every residue.
BACKBONE_DONORS = {"H": "N", "HA": "CA", "HA2": "CA", "HA3": "CA"}
#: The same in side chains. The deployed SPARTA+ looks for those of Asn and Gln in Asp and Glu.
SIDE_CHAIN_DONORS = {
    "ARG": {"HE": "NE", "HH11": "NH1", "HH12": "NH1", "HH21": "NH2", "HH22": "NH2"},
    "ASN": {"HD21": "ND2", "HD22": "ND2"},
    "CYS": {"HG": "SG"},
    "GLN": {"HE21": "NE2", "HE22": "NE2"},
    "HIS": {"HD1": "ND1", "HE2": "NE2"},
    "LYS": {"HZ1": "NZ", "HZ2": "NZ", "HZ3": "NZ"},
    "SER": {"HG": "OG"},
    "THR": {"HG1": "OG1"},
    "TRP": {"HE1": "NE1"},
    "TYR": {"HH": "OH"},
}
#: Acceptor and the atom A' it is bonded to, in every residue.
BACKBONE_ACCEPTORS = {"O": "C", "OXT": "C"}
#: The same in side chains.
SIDE_CHAIN_ACCEPTORS = {
    "ASN": {"OD1": "CG"},
    "ASP": {"OD1": "CG", "OD2": "CG"},
    "CYS": {"SG": "CB"},
    "GLN": {"OE1": "CD"},
    "GLU": {"OE1": "CD", "OE2": "CD"},
    "HIS": {"ND1": "CE1", "NE2": "CE1"},
    "MET": {"SD": "CG"},
    "SER": {"OG": "CB"},
    "THR": {"OG1": "CB"},
    "TYR": {"OH": "CZ"},
}


@dataclass(frozen=True)
class HydrogenBonds:
    """The strongest hydrogen bond of each backbone H, HA and O of n residues.

    Each array is (n, 4): 1 where there is a bond, H...A distance in angstrom, cos(D-H-A), cos(H-A-A'); all
    zero where there is none. Inputs of SPARTA+ for residue i are o[i-1], hn[i], ha[i], o[i] and hn[i+1];
    it has none for the HA of glycine, whose bonds stand in ha2 and ha3. energy: (n, 5) in kcal/mol of the
    bonds in hn, ha, o, ha2 and ha3.
    """

    hn: np.ndarray
    ha: np.ndarray
    o: np.ndarray
    ha2: np.ndarray
    ha3: np.ndarray
    energy: np.ndarray


def hydrogen_bonds(protein: Protein) -> HydrogenBonds:
    """Hydrogen bonds of the first conformer; an atom that is missing has none.

    Donor and acceptor are in residues that are neither the same nor bonded. Of several bonds the one of
    least energy stands; SPARTA+ also lets a shorter one replace it, whichever its list has later.
    """
    hydrogen, bearer = _partners(protein, BACKBONE_DONORS, SIDE_CHAIN_DONORS)
    acceptor, base = _partners(protein, BACKBONE_ACCEPTORS, SIDE_CHAIN_ACCEPTORS)
    donor_of, acceptor_of = _near(protein, hydrogen, acceptor)
    hydrogen, bearer = hydrogen[donor_of], bearer[donor_of]
    acceptor, base = acceptor[acceptor_of], base[acceptor_of]
    bonds, energy = _describe(*(protein.xyz[rows] for rows in (bearer, hydrogen, acceptor, base)))
    kept = np.flatnonzero(energy < THRESHOLD)
    # Least energy last: later entries overwrite earlier ones.
    kept = kept[np.argsort(-energy[kept], kind="stable")]
    found, energies = {}, np.zeros((len(protein), 5))
    for column, atom in enumerate(("H", "HA", "O", "HA2", "HA3")):
        rows = acceptor if atom == "O" else hydrogen
        mine = kept[protein.atoms[rows[kept]] == atom]
        found[atom] = np.zeros((len(protein), 4))
        residue = protein.residue_of[rows[mine]]
        found[atom][residue] = bonds[mine]
        energies[residue, column] = energy[mine]
    return HydrogenBonds(found["H"], found["HA"], found["O"], found["HA2"], found["HA3"], energies)


def _partners(protein, everywhere, by_residue):
    """Rows of donors' hydrogens or acceptors, and of the atoms they are bonded to."""
    pairs = []
    groups = [(slice(None), everywhere)]
    groups += [(protein.residues == name, atoms) for name, atoms in by_residue.items()]
    for here, atoms in groups:
        for atom, partner in atoms.items():
            rows = np.stack([protein.index(atom)[here], protein.index(partner)[here]])
            pairs.append(rows[:, (rows >= 0).all(0)])
    return np.concatenate(pairs, axis=1)


def _near(protein, hydrogen, acceptor):
    """Pairs (index of hydrogen, index of acceptor) within reach, of residues that are not adjacent."""
    found = []
    for some in np.array_split(np.arange(len(hydrogen)), len(hydrogen) // 512 + 1):
        near = np.nonzero(squared_distances(protein.xyz[hydrogen[some]], protein.xyz[acceptor]) <= REACH**2)
        found.append((some[near[0]], near[1]))
    donors, acceptors = (np.concatenate(part) for part in zip(*found, strict=True))
    apart = ~adjacent(protein, protein.residue_of[hydrogen[donors]], protein.residue_of[acceptor[acceptors]])
    return donors[apart], acceptors[apart]


def _describe(bearer, hydrogen, acceptor, base):
    """What ``HydrogenBonds`` holds of pairs (m, 4), and their energies (m,), from coordinates (m, 3)."""
    to_bearer, to_acceptor, to_base = bearer - hydrogen, acceptor - hydrogen, base - acceptor
    oh, dh, ob = (np.linalg.norm(vector, axis=-1) for vector in (to_acceptor, to_bearer, to_base))
    on, ch, cn = (
        np.linalg.norm(vector, axis=-1) for vector in (acceptor - bearer, base - hydrogen, base - bearer)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        # Atoms on one spot, which no sound structure has, give infinities: those pairs do not count.
        energy = COUPLING * (1 / on + 1 / ch - 1 / oh - 1 / cn)
        angle = np.sum(to_bearer * to_acceptor, -1) / (dh * oh)
        second = -np.sum(to_acceptor * to_base, -1) / (oh * ob)
    # Head to head rather than H to acceptor: no bond, as in SPARTA+.
    energy = np.where(np.isfinite(energy + angle + second) & (oh <= cn), energy, 0)
    return np.stack([np.ones_like(oh), oh, angle, second], axis=-1), energy
