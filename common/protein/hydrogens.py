"""Hydrogens of a protein: whether they are there, and new ones where they are not, placed by hydride.

Kunzmann, Anter and Hamacher, Algorithms Mol. Biol. 17, 7 (2022): each heavy atom with its bonds takes the
hydrogens of the same fragment in the Chemical Component Dictionary, laid over it.
"""

from __future__ import annotations

import warnings

import numpy as np

from common.protein.residues import name_methylenes, residues
from common.structures import ONE_LETTER, Protein

MOST = 0.5  # ours: share of amides with their hydrogen from which on a structure counts as one with hydrogens
DISULFIDE = 2.5  # angstrom, ours: S-S is 2.05 where bonded, and 3.5 or more where two Cys meet
SINGLE, PARTIAL = 1, 7  # orders of bonds: biotite's, and hydride's for N-C of an amide


def has_hydrogens(protein: Protein) -> bool:
    """Whether most residues that have an amide hydrogen in solution have one here."""
    amide = protein.bonded & (protein.residues != "PRO") & (protein.index("N") >= 0)
    if not amide.any():
        return bool((protein.elements == "H").any())
    return bool((protein.index("H") >= 0)[amide].mean() >= MOST)


def add_hydrogens(protein: Protein) -> Protein:
    """The protein with the hydrogens of water at pH 7 in every conformer, anew for those that were there.

    They stand behind the heavy atoms of their residue, with the B factor of theirs. The first residue of a
    chain has H1, H2 and H3 (proline H2 and H3). One behind a gap counts as inside the chain and has H, where
    it is for phi of -65 degrees. A heavy atom whose neighbours are missing, and a residue other than the
    twenty, gets none; a note names those residues. OH, SH and NH3 are turned to where their energy is least;
    CH3 stands as in the fragment.
    """
    heavy = _without_hydrogens(protein)
    names, gaps = _names(heavy), _gaps(heavy)
    bonds, charges = _bonds(heavy), _charges(heavy)
    placed = [_placed(heavy, xyz, bonds, charges, gaps, names) for xyz in heavy.coordinates]
    whole = [row for row in names if all(len(model[row]) == len(names[row]) for model in placed)]
    owner = np.repeat(np.array(whole, dtype=int), [len(names[row]) for row in whole])
    added = np.array([name for row in whole for name in names[row]], dtype="U8")
    xyz = np.stack([np.concatenate([np.zeros((0, 3)), *(model[row] for row in whole)]) for model in placed])
    labels = np.array(protein.residue_labels())[~np.isin(protein.residues, list(ONE_LETTER))]
    note = (f"no hydrogens added to {', '.join(labels)}",) if len(labels) else ()
    joined, pairs = _joined(heavy, owner, added, xyz)
    turned = np.stack([_turned(joined, xyz, pairs) for xyz in joined.coordinates])
    return name_methylenes(joined.replace(coordinates=turned, notes=(*protein.notes, *note)))


def _without_hydrogens(protein: Protein) -> Protein:
    keep = protein.elements != "H"
    return protein.replace(
        atoms=protein.atoms[keep],
        elements=protein.elements[keep],
        residue_of=protein.residue_of[keep],
        coordinates=protein.coordinates[:, keep],
        b_factors=protein.b_factors[keep],
    )


def _joined(heavy: Protein, owner: np.ndarray, names: np.ndarray, xyz: np.ndarray):
    """Heavy atoms and hydrogens together, residue by residue, and the bonds (k, 2) between them as rows.

    owner is the row in ``heavy`` of the atom that each hydrogen is bound to.
    """
    residue_of = np.concatenate([heavy.residue_of, heavy.residue_of[owner]])
    order = np.argsort(residue_of, kind="stable")
    place = np.argsort(order)
    joined = heavy.replace(
        atoms=np.concatenate([heavy.atoms.astype("U8"), names])[order],
        elements=np.concatenate([heavy.elements, np.full(len(owner), "H")])[order],
        residue_of=residue_of[order],
        coordinates=np.concatenate([heavy.coordinates, xyz], axis=1)[:, order],
        b_factors=np.concatenate([heavy.b_factors, heavy.b_factors[owner]])[order],
    )
    return joined, np.column_stack([place[owner], place[len(heavy.atoms) :]])


def _turned(protein: Protein, xyz: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Coordinates (m, 3) with OH, SH and NH3 turned about their bond, after charges and contacts."""
    from hydride import relax_hydrogen

    bonds = np.concatenate([_bonds(protein), np.column_stack([pairs, np.full(len(pairs), SINGLE)])])
    polar = np.isin(protein.elements, ("N", "O", "S"))
    polar[_gaps(protein)] = False  # its H does not turn, and what holds it is not there
    if not np.isin(pairs[:, 0], np.flatnonzero(polar)).any():
        return xyz
    atoms = _atoms(xyz, protein.elements, bonds, _charges(protein))
    with np.errstate(all="ignore"):  # atoms on top of each other
        turned = relax_hydrogen(atoms, mask=polar)
    return np.where((protein.elements == "H")[:, None] & np.isfinite(turned), turned, xyz)


def _starts(protein: Protein) -> np.ndarray:
    """Whether each residue is the first of its chain."""
    return np.append(True, protein.chains[1:] != protein.chains[:-1])


def _gaps(protein: Protein) -> np.ndarray:
    """Rows of the nitrogens behind a gap in a chain, or after a residue without C."""
    before = np.append(-1, protein.index("C")[:-1])
    behind = ~_starts(protein) & ~(protein.bonded & (before >= 0)) & (protein.index("N") >= 0)
    return protein.index("N")[behind & (protein.index("CA") >= 0) & (protein.index("C") >= 0)]


def _names(protein: Protein) -> dict[int, tuple[str, ...]]:
    """Names of hydrogens by the row of their heavy atom, where its neighbours in the residue are there."""
    there = [set() for _ in range(len(protein))]
    for residue, atom in zip(protein.residue_of.tolist(), protein.atoms.tolist(), strict=True):
        there[residue].add(atom)
    kinds, starts, bridged = (
        protein.residues.tolist(),
        _starts(protein),
        _disulfides(protein).ravel().tolist(),
    )
    known = np.isin(protein.index("N"), _gaps(protein)) | starts
    known |= protein.bonded & (np.append(-1, protein.index("C")[:-1]) >= 0)
    found = {}
    for row, (residue, atom) in enumerate(
        zip(protein.residue_of.tolist(), protein.atoms.tolist(), strict=True)
    ):
        entry = residues().get(kinds[residue])
        if entry is None or atom not in entry.hydrogens or not entry.neighbours[atom] <= there[residue]:
            continue
        names = entry.hydrogens[atom]
        if atom == "N" and starts[residue]:
            names = ("H2", "H3") if kinds[residue] == "PRO" else ("H1", "H2", "H3")
        elif atom == "N" and (kinds[residue] == "PRO" or not known[residue]):
            continue
        if row not in bridged:
            found[row] = names
    return found


def _disulfides(protein: Protein) -> np.ndarray:
    """Rows (k, 2) of the sulfurs that are bonded to each other."""
    rows = protein.index("SG")[(protein.residues == "CYS") & (protein.index("SG") >= 0)]
    apart = np.linalg.norm(protein.xyz[rows, None] - protein.xyz[rows], axis=-1)
    return rows[np.argwhere(np.triu(apart < DISULFIDE, 1))]


def _bonds(protein: Protein) -> np.ndarray:
    """Bonds (k, 3) between heavy atoms as rows and order: within residues, of the chain and of disulfides."""
    found = []
    for kind, entry in residues().items():
        mine = protein.residues == kind
        for first, second, order in entry.bonds if mine.any() else ():
            pairs = np.stack([protein.index(first), protein.index(second)], axis=1)[mine]
            pairs = pairs[(pairs >= 0).all(1)]
            found.append(np.column_stack([pairs, np.full(len(pairs), order)]))
    chain = np.stack([protein.index("C")[:-1], protein.index("N")[1:]], axis=1)[protein.bonded[1:]]
    for pairs in (chain[(chain >= 0).all(1)], _disulfides(protein)):
        found.append(np.column_stack([pairs, np.full(len(pairs), SINGLE)]))
    return np.concatenate(found)


def _charges(protein: Protein) -> np.ndarray:
    """Formal charges (m,) in water at pH 7."""
    charges = np.zeros(len(protein.atoms), dtype=int)
    for kind, entry in residues().items():
        for atom, charge in entry.charges.items():
            rows = protein.index(atom)[protein.residues == kind]
            charges[rows[rows >= 0]] = charge
    for atom, charge, where in (("N", 1, _starts(protein)), ("OXT", -1, slice(None))):
        rows = protein.index(atom)[where]
        charges[rows[rows >= 0]] = charge
    return charges


def _placed(protein: Protein, xyz, bonds, charges, gaps, names) -> list[np.ndarray]:
    """Coordinates (k, 3) of the hydrogens of every heavy atom of one conformer."""
    from hydride import FragmentLibrary

    count = len(protein.atoms)
    before = np.column_stack([gaps, count + np.arange(len(gaps)), np.full(len(gaps), PARTIAL)])
    atoms = _atoms(
        np.concatenate([xyz, _carbons_before(protein, xyz, gaps)]),
        np.concatenate([protein.elements, np.full(len(gaps), "C")]),
        np.concatenate([bonds, before]),
        np.concatenate([charges, np.zeros(len(gaps), dtype=int)]),
    )
    mask = np.isin(np.arange(len(atoms)), list(names))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of atoms in a geometry that no fragment has; they get no hydrogen
        return FragmentLibrary.standard_library().calculate_hydrogen_coord(atoms, mask)[:count]


def _atoms(xyz, elements, bonds, charges):
    """biotite's array of atoms."""
    from biotite.structure import AtomArray, BondList

    atoms = AtomArray(len(xyz))
    atoms.coord = xyz.astype(np.float32)
    atoms.element = elements
    atoms.set_annotation("charge", charges)
    atoms.bonds = BondList(len(atoms), bonds)
    return atoms


def _carbons_before(protein: Protein, xyz: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """Where C (k, 3) of a missing residue would be: 1.33 angstrom and 122 degrees from N, phi -65 degrees.

    Engh and Huber, Acta Cryst. A 47, 392 (1991); phi is ours: between helix and polyproline, the most crowded
    places of the Ramachandran plot.
    """
    owner = protein.residue_of[gaps]
    n, ca, c = (xyz[protein.index(atom)[owner]] for atom in ("N", "CA", "C"))
    along = _unit(n - ca)
    normal = _unit(np.cross(ca - c, along))
    angle, phi = np.radians(180 - 122), np.radians(-65)
    side = np.cos(phi) * np.cross(normal, along) + np.sin(phi) * normal
    return n + 1.33 * (np.cos(angle) * along + np.sin(angle) * side)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
