"""What PPM_One computes of a structure: contacts, torsions, hydrogen bonds, ring currents, anisotropies.

Definitions of the released code (GitHub UD-CRPL/ppm_one @ d2e819e; read for its facts, nothing copied). Its
overall factors are left out: each input is scaled to its range in the training data.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from common.protein import anisotropy
from common.protein.geometry import CHI1, CHI2, squared_distances, torsions
from common.protein.rings import RINGS, ring_shifts
from common.structures import Protein

#: code: a heavy atom at r angstrom counts exp(-r / 3).
DECAY = 3.0
#: Atoms whose contacts are told, in the order of the columns.
CENTRES = ("CA", "CB", "C")
#: code: CG2 for chi1 of threonine, the nitrogen for chi2 of asparagine; others as IUPAC.
PPM_CHI1 = CHI1 | {"THR": "CG2"}
PPM_CHI2 = CHI2 | {"ASN": ("CG", "ND2")}
#: code: a hydrogen bond is shorter than this (angstrom), and both of its cosines are above ``STRAIGHT``.
BOND, STRAIGHT = 3.0, 0.5
#: code: backbone groups nearer than this along the chain make no bond.
APART = 3
#: code: hydrogens and acceptors of side chains, each with the atom it is bound to; lysine, histidine and the
#: amides of asparagine and glutamine give none, and of a carboxylate one oxygen takes.
DONORS = {
    "ARG": ("HE", "NE"), "SER": ("HG", "OG"), "THR": ("HG1", "OG1"), "TRP": ("HE1", "NE1"),
    "TYR": ("HH", "OH"),
}  # fmt: skip
ACCEPTORS = {"ASN": ("OD1", "CG"), "ASP": ("OD1", "CG"), "GLN": ("OE1", "CD"), "GLU": ("OE1", "CD")}
#: ours: residues at once, which bounds memory.
BLOCK = 64


def contacts(protein: Protein) -> np.ndarray:
    """Contact sums (n, 3) of CA, CB and C over all heavy atoms, themselves among them; NaN where missing."""
    heavy = protein.xyz[~np.isin(protein.elements, ["H", "D"])]
    return np.stack([_contact(protein.position(atom), heavy) for atom in CENTRES], axis=1)


def _contact(points: np.ndarray, heavy: np.ndarray) -> np.ndarray:
    some = np.array_split(points, len(points) // BLOCK + 1)
    return np.concatenate(
        [np.exp(-np.sqrt(squared_distances(part, heavy)) / DECAY).sum(axis=1) for part in some]
    )


def angles(protein: Protein) -> np.ndarray:
    """Phi, psi, chi1 and chi2 (n, 4) in radians, NaN where undefined.

    code: of proline chi2 stands in the place of chi1, and nothing in its own.
    """
    own, proline = torsions(protein, PPM_CHI1, PPM_CHI2), protein.residues == "PRO"
    chi1, chi2 = np.where(proline, own.chi2, own.chi1), np.where(proline, np.nan, own.chi2)
    return np.stack([own.phi, own.psi, chi1, chi2], axis=1)


def harmonics(angle: np.ndarray, orders: int) -> np.ndarray:
    """Cosine and sine (n, 2 orders) of an angle (n,) and its multiples; zeros where it is undefined."""
    parts = [wave(order * angle) for order in range(1, orders + 1) for wave in (np.cos, np.sin)]
    return np.nan_to_num(np.stack(parts, axis=1))


def hydrogen_bonds(protein: Protein) -> np.ndarray:
    """Bonds (n, 6) of each residue's N-H, then of its C=O: sums of 1/(r - 1) and of two squared cosines.

    r is the distance of hydrogen and oxygen in angstrom; the angles are those at the hydrogen and at the
    oxygen. Side chains take part as partners of a backbone group.
    """
    donor, acceptor = _groups(protein, ("H", "N"), DONORS), _groups(protein, ("O", "C"), ACCEPTORS)
    hydrogen, oxygen = (protein.xyz[rows[0]] for rows in (donor, acceptor))
    first, second = np.nonzero(squared_distances(hydrogen, oxygen) < BOND**2)
    donor, acceptor = donor[:, first], acceptor[:, second]
    near = np.abs(_owner(protein, donor) - _owner(protein, acceptor)) < APART
    of_donor, of_acceptor = protein.atoms[donor[0]] == "H", protein.atoms[acceptor[0]] == "O"
    kept = ~(of_donor & of_acceptor & near)
    donor, acceptor, of_donor, of_acceptor = (
        part[..., kept] for part in (donor, acceptor, of_donor, of_acceptor)
    )
    terms = _describe(*(protein.xyz[rows] for rows in (donor[1], donor[0], acceptor[0], acceptor[1])))
    made = np.zeros((len(protein), 6))
    np.add.at(made[:, :3], _owner(protein, donor)[of_donor], terms[of_donor])
    np.add.at(made[:, 3:], _owner(protein, acceptor)[of_acceptor], terms[of_acceptor])
    return made


def _groups(protein: Protein, backbone: tuple[str, str], side_chains: dict) -> np.ndarray:
    """Rows (2, k) of the atoms that make bonds, and of those they are bound to."""
    pairs = [np.stack([protein.index(atom) for atom in backbone])]
    for name, atoms in side_chains.items():
        here = protein.residues == name
        pairs.append(np.stack([protein.index(atom)[here] for atom in atoms]))
    rows = np.concatenate(pairs, axis=1)
    return rows[:, (rows >= 0).all(axis=0)]


def _owner(protein: Protein, rows: np.ndarray) -> np.ndarray:
    return protein.residue_of[rows[0]]


def _describe(bearer, hydrogen, oxygen, carbon) -> np.ndarray:
    """Terms (m, 3) of pairs from coordinates (m, 3); zeros where an angle is too sharp for a bond."""
    along, across, out = hydrogen - bearer, oxygen - hydrogen, carbon - oxygen
    length = np.linalg.norm(across, axis=1)
    first, second = _cosine(along, across), _cosine(across, out)
    bond = (first > STRAIGHT) & (second > STRAIGHT)
    # no hydrogen is 1 angstrom from an acceptor: what is nearer, in a clash, counts as 1.2
    terms = np.stack([1 / (np.maximum(length, 1.2) - 1), first**2, second**2], axis=1)
    return np.where(bond[:, None], terms, 0.0)


def _cosine(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.sum(a * b, axis=1) / np.where(length > 0, length, np.inf)


def rings(protein: Protein, protons: tuple[str, ...]) -> np.ndarray:
    """Ring currents (n, 5) at a proton by kind of ring, in the order of ``RINGS``, all as strong as benzene.

    protons: names of one, or of two whose mean is taken; NaN: none. A residue's own ring counts.
    """
    corners = [ring_corners(protein, name, atoms) for name, _, atoms in RINGS]
    return _mean(
        protein,
        protons,
        lambda points: np.stack(
            [ring_shifts(points, kind, np.ones(len(kind))).sum(axis=1) for kind in corners], axis=1
        ),
    )


def ring_corners(protein: Protein, name: str, atoms: tuple[str, ...]) -> np.ndarray:
    """Corners (r, 6, 3) in angstrom of the complete rings of a kind; those of five repeat their first."""
    here = protein.residues == name
    corners = np.stack([protein.position(atom)[here] for atom in (*atoms, atoms[0])[:6]], axis=1)
    return corners[np.isfinite(corners).all(axis=(1, 2))]


def anisotropies(protein: Protein, protons: tuple[str, ...]) -> np.ndarray:
    """Sums (n, 4) of (1 - 3 cos^2) / r^3 at a proton by kind of plane, in inverse cubic angstrom.

    As :func:`common.protein.anisotropy.anisotropies`; protons: as in :func:`rings`.
    """
    return _mean(protein, protons, lambda points: anisotropy.anisotropies(protein, points))


def _mean(protein: Protein, protons: tuple[str, ...], terms: Callable) -> np.ndarray:
    """The mean of ``terms(points (m, 3)) -> (m, k)`` over the protons that a residue has; NaN: none."""
    points = [protein.position(proton) for proton in protons]
    here = [np.flatnonzero(np.isfinite(part).all(axis=1)) for part in points]
    owner = np.concatenate(here)
    made = terms(np.concatenate([part[rows] for part, rows in zip(points, here, strict=True)]))
    total = np.zeros((len(protein), made.shape[1]))
    np.add.at(total, owner, made)
    counts = np.bincount(owner, minlength=len(protein))[:, None]
    return np.where(counts > 0, total / np.maximum(counts, 1), np.nan)
