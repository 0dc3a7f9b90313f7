"""Peptides from ideal geometry and torsions, and random ones to try programs on without any data set."""

from __future__ import annotations

import itertools
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from common.errors import UserError
from common.protein.geometry import CHI1, CHI2, dihedral
from common.protein.random_coil import random_coil
from common.shiftlist import COLUMNS
from common.structures import AMINO_ACIDS, ONE_LETTER, THREE_LETTER, Protein

# angstrom and degrees, Engh & Huber 1991, Acta Cryst. A 47, 392; ours: Gly and Pro have those of the others
N_CA, CA_C, C_N, C_O = 1.458, 1.525, 1.329, 1.231
N_CA_C, CA_C_N, C_N_CA, CA_C_O = np.radians([111.2, 116.2, 121.7, 120.8])
# angstrom, the peptide N-H of Cornell et al. 1995, J. Am. Chem. Soc. 117, 5179
N_H = 1.010
COMPONENTS = Path(__file__).with_name("amino_acids.toml")
# ours: angstrom that no bond of an amino acid exceeds and no other distance falls below, with and without H
LONGEST_BONDS = 1.5, 1.95
# ours, where nothing is asked for: degrees near the usual rotamer (Lovell et al. 2000, Proteins 40, 389)
USUAL_CHI1 = {**dict.fromkeys(AMINO_ACIDS, -65.0), "S": 62.0, "T": 62.0, "V": 175.0}
USUAL_CHI2 = {
    **dict.fromkeys(AMINO_ACIDS, 180.0),
    **dict.fromkeys("FHWY", 90.0),
    **dict.fromkeys("DN", -20.0),
}


@dataclass(frozen=True)
class _Template:
    """Atoms of an amino acid, those of the side chain from CA in the frame of the backbone.

    turns: rows of the four atoms of chi1 and chi2, each with the rows that it moves.
    """

    atoms: tuple[str, ...]
    elements: tuple[str, ...]
    side_chain: np.ndarray
    turns: tuple[tuple[tuple[int, ...], list[int]], ...]


def peptide(sequence, phi, psi, *, omega=np.pi, chi1=None, chi2=None, name="peptide") -> Protein:
    """A chain with the torsions asked for, all heavy atoms and hydrogens, without a look at clashes.

    sequence: n one-letter codes. phi, psi, omega, chi1, chi2: radians, (n,) or one for all. ``omega[i]`` is
    that of the bond between residues i-1 and i. The ends are cut as if the chain went on: no terminal groups,
    but H on the first residue, which ``phi[0]`` places as ``psi[-1]`` does the last O; NaN in these two is
    180 degrees. chi that are absent or NaN are the usual rotamer's; Pro keeps one ring (C-gamma exo), its
    nitrogen flat where phi is -65 degrees. Charges are those of pH 7, with neutral histidine (HE2).

    Backbone of Engh & Huber 1991 (Acta Cryst. A 47, 392), grown by natural extension (Parsons et al. 2005,
    J. Comput. Chem. 26, 1063); side chains are wwPDB's ideal ones (``amino_acids.toml``).
    Raises ``UserError`` for a letter that is no standard amino acid, or a torsion that is not finite inside.
    """
    if not sequence or set(sequence) - set(AMINO_ACIDS):
        raise UserError(f"a peptide is made of {AMINO_ACIDS}, not of {sequence!r}")
    n = len(sequence)
    phi, psi, omega = (np.array(np.broadcast_to(angle, n), float) for angle in (phi, psi, omega))
    phi[0], psi[-1], omega[0] = (x if np.isfinite(x) else np.pi for x in (phi[0], psi[-1], omega[0]))
    if not np.isfinite([phi, psi, omega]).all():
        raise UserError("phi, psi and omega of a peptide are finite, but for the first phi and the last psi")
    chi = np.array([_chi(sequence, chi1, USUAL_CHI1), _chi(sequence, chi2, USUAL_CHI2)])
    templates = [_templates()[letter] for letter in sequence]
    atoms = np.array([atom for template in templates for atom in template.atoms])
    return Protein(
        name=name,
        residues=np.array([THREE_LETTER[letter] for letter in sequence]),
        numbers=np.arange(1, n + 1),
        icodes=np.full(n, ""),
        chains=np.full(n, "A"),
        bonded=np.arange(n) > 0,
        atoms=atoms,
        elements=np.array([element for template in templates for element in template.elements]),
        residue_of=np.repeat(np.arange(n), [len(template.atoms) for template in templates]),
        coordinates=np.concatenate(_built(sequence, _backbone(phi, psi, omega), chi))[None],
        b_factors=np.zeros(len(atoms)),
    )


def _chi(sequence, asked, usual) -> np.ndarray:
    """Side-chain torsions (n,) as asked, where nothing is asked the usual ones."""
    given = np.broadcast_to(np.nan if asked is None else asked, len(sequence))
    return np.where(np.isfinite(given), given, np.radians([usual[letter] for letter in sequence]))


def _backbone(phi, psi, omega) -> dict[str, np.ndarray]:
    """Coordinates (n, 3) of N, CA, C, O and H; frames have x along a bond, y towards the atom before."""
    n = len(phi)
    lengths = np.tile([C_N, N_CA, CA_C], n)
    angles = np.tile([CA_C_N, C_N_CA, N_CA_C], n)
    # the bonds that end in N, CA and C of residue i turn about those before: by psi[i - 1], omega[i], phi[i]
    torsions = np.stack([np.append(0.0, psi[:-1]), omega, phi], 1).ravel()
    turns = _turn(torsions, np.pi - angles)
    frames = np.array(list(itertools.accumulate(turns, np.matmul)))
    chain = np.cumsum(frames[:, :, 0] * lengths[:, None], 0).reshape(n, 3, 3)
    ends = frames[2::3]
    oxygen = ends @ _turn(psi + np.pi, np.full(n, np.pi - CA_C_O))
    before = -frames[0::3, :, 0]
    after = frames[1::3, :, 0]
    return {
        "N": chain[:, 0],
        "CA": chain[:, 1],
        "C": chain[:, 2],
        "O": chain[:, 2] + C_O * oxygen[:, :, 0],
        "H": chain[:, 0] - N_H * _unit(before + after),
    }


def _turn(torsion, bend) -> np.ndarray:
    """Rotations (..., 3, 3) about x by the torsion, then about z by what the bond angle lacks of pi."""
    c, s, cb, sb = np.cos(torsion), np.sin(torsion), np.cos(bend), np.sin(bend)
    rows = [[cb, -sb, 0 * c], [c * sb, c * cb, -s], [s * sb, s * cb, c]]
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))


def _unit(vectors) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def _frames(nitrogen, alpha, carbon) -> np.ndarray:
    """Axes (n, 3, 3), in columns, of residues: from CA midway to N and C, from C to N, and out of plane."""
    to_n, to_c = _unit(nitrogen - alpha), _unit(carbon - alpha)
    middle, across = _unit(to_n + to_c), _unit(to_n - to_c)
    return np.stack([middle, across, np.cross(middle, across)], -1)


@cache
def _templates() -> dict[str, _Template]:
    return {
        ONE_LETTER[name]: _template(name, atoms)
        for name, atoms in tomllib.loads(COMPONENTS.read_text(encoding="utf-8")).items()
    }


def _template(name: str, side_chain: dict[str, list[float]]) -> _Template:
    backbone = ("N", "CA", "C", "O") if name == "PRO" else ("N", "CA", "C", "O", "H")
    atoms = (*backbone, *side_chain)
    paths = [("N", "CA", "CB", CHI1[name])] if name in CHI1 else []
    paths += [("CA", "CB", *CHI2[name])] if name in CHI2 else []
    return _Template(
        atoms=atoms,
        elements=tuple(atom[0] for atom in atoms),
        side_chain=np.array(list(side_chain.values())),
        turns=tuple(
            (tuple(map(atoms.index, path)), [atoms.index(atom) for atom in _beyond(side_chain, *path[1:3])])
            for path in paths
            if name != "PRO"
        ),
    )


def _beyond(side_chain: dict[str, list[float]], near: str, far: str) -> list[str]:
    """Atoms that a turn about the bond from near to far moves."""

    def bonded(a: str, b: str) -> bool:
        longest = LONGEST_BONDS["H" not in (a[0], b[0])]
        return np.linalg.norm(np.subtract(side_chain[a], side_chain[b])) < longest

    found = [far]
    for atom in found:
        found += [other for other in side_chain if other not in (near, *found) and bonded(atom, other)]
    return found[1:]


def _built(sequence: str, backbone, chi) -> list[np.ndarray]:
    """Coordinates (atoms, 3) of each residue; those of a kind are built together."""
    frames = _frames(*(backbone[atom] for atom in ("N", "CA", "C")))
    built = {}
    for letter in set(sequence):
        rows = [i for i, other in enumerate(sequence) if other == letter]
        here = {atom: xyz[rows] for atom, xyz in backbone.items()}
        of_a_kind = _residues(_templates()[letter], here, frames[rows], chi[:, rows])
        built.update(zip(rows, of_a_kind, strict=True))
    return [built[i] for i in range(len(sequence))]


def _residues(template: _Template, backbone, frames, chi) -> np.ndarray:
    """Coordinates (k, atoms, 3) of k residues of a kind, their side chains turned to chi (2, k)."""
    side_chains = template.side_chain @ frames.transpose(0, 2, 1) + backbone["CA"][:, None]
    first = template.atoms[: -len(template.side_chain)]
    placed = np.concatenate([np.stack([backbone[atom] for atom in first], 1), side_chains], 1)
    for wanted, (path, moved) in zip(chi, template.turns, strict=False):
        a, b, c, d = placed[:, path].transpose(1, 0, 2)
        angle = wanted - dihedral(a, b, c, d)
        placed[:, moved] = c[:, None] + _rotate(placed[:, moved] - c[:, None], _unit(c - b), angle)
    return placed


def _rotate(vectors, axis, angle) -> np.ndarray:
    """Vectors (k, m, 3) turned about unit axes (k, 3) by angles (k,), Rodrigues' formula."""
    axis, angle = axis[:, None], angle[:, None, None]
    along = (vectors * axis).sum(-1, keepdims=True) * axis
    return along + (vectors - along) * np.cos(angle) + np.cross(axis, vectors) * np.sin(angle)


# recalled: composition of UniProtKB/Swiss-Prot (its release statistics) in percent
FREQUENCIES = {
    "A": 8.25, "C": 1.38, "D": 5.46, "E": 6.71, "F": 3.86, "G": 7.07, "H": 2.27, "I": 5.91, "K": 5.80,
    "L": 9.64, "M": 2.41, "N": 4.06, "P": 4.74, "Q": 3.93, "R": 5.53, "S": 6.65, "T": 5.36, "V": 6.86,
    "W": 1.10, "Y": 2.92,
}  # fmt: skip
# ours: phi, psi in degrees near the centres of the basins of Lovell et al. 2003, Proteins 50, 437
HELIX, STRAND, COIL, LEFT = (-62.0, -43.0), (-120.0, 135.0), (-70.0, 145.0), (57.0, 40.0)
# ours: standard deviations in degrees and numbers of residues usual in globular proteins
SCATTER = {"helix": 6.0, "strand": 15.0, "loop": 20.0}
LENGTHS = {"helix": (7, 14), "strand": (4, 8), "loop": (2, 6)}
# ours: chi1 about as in libraries of rotamers (Dunbrack & Cohen 1997, Protein Sci. 6, 1661)
ROTAMERS, SHARES, ROTAMER_SD = np.radians([-65.0, 180.0, 62.0]), (0.55, 0.32, 0.13), np.radians(10.0)
# ours: ppm after ``COLUMNS``, near the mean secondary shifts of Spera & Bax 1991, J. Am. Chem. Soc. 113, 5490
# (CA, CB) and Wishart, Sykes & Richards 1991, J. Mol. Biol. 222, 311 (the others)
HELIX_SHIFTS = np.array([-1.5, -0.2, -0.35, 2.0, 3.0, -0.5, -0.35, -0.35])
STRAND_SHIFTS = np.array([1.5, 0.3, 0.4, -1.5, -1.5, 2.0, 0.4, 0.4])
# Shen & Bax 2010, J. Biomol. NMR 48, 13: errors of SPARTA+
NOISE = np.array([2.45, 0.49, 0.25, 1.09, 0.94, 1.14, 0.25, 0.25])
MISSING = 0.05  # ours: part of the shifts that is not assigned


def random_peptides(count, rng, length=(20, 40)) -> list[tuple[Protein, np.ndarray]]:
    """Random peptides with made-up shifts: food for smoke runs. No result of them is a result about proteins.

    count: how many; rng: NumPy generator; length: fewest and most residues. Sequences have the composition of
    Swiss-Prot; helices, strands and loops take turns; atoms may clash. Shifts are (n, 8) in ppm after
    ``COLUMNS``, NaN where there is none: random coil, plus a smooth function of phi and psi with the mean
    secondary shifts of helix and strand, plus noise of the size of SPARTA+'s errors. They have the shape of
    measured ones and nothing else: rings, fields, hydrogen bonds and side chains leave no trace in them.
    """
    return [
        _random_peptide(f"random_{k}", rng, int(rng.integers(*length, endpoint=True))) for k in range(count)
    ]


def _random_peptide(name: str, rng, n: int) -> tuple[Protein, np.ndarray]:
    shares = np.array(list(FREQUENCIES.values()))
    sequence = "".join(rng.choice(list(FREQUENCIES), n, p=shares / shares.sum()))
    phi, psi = np.radians(_segments(rng, sequence)).T
    chi1 = rng.choice(ROTAMERS, n, p=SHARES) + ROTAMER_SD * rng.standard_normal(n)
    chi2 = _chi(sequence, None, USUAL_CHI2) + ROTAMER_SD * rng.standard_normal(n)
    protein = peptide(sequence, phi, psi, chi1=chi1, chi2=chi2, name=name)
    shifts = random_coil(sequence, neighbours=True) + secondary_shifts(phi, psi)
    shifts += NOISE * rng.standard_normal((n, len(COLUMNS)))
    shifts[rng.random(shifts.shape) < MISSING] = np.nan
    shifts[0, [COLUMNS.index("N"), COLUMNS.index("HN")]] = np.nan  # the amino group exchanges with water
    return protein, shifts


def _segments(rng, sequence: str) -> np.ndarray:
    """phi and psi (n, 2) in degrees of helices and strands with loops between them."""
    n, kinds = len(sequence), []
    while len(kinds) < n:
        for kind in ("loop", str(rng.choice(["helix", "strand"]))):
            low, high = LENGTHS[kind]
            kinds += [kind] * int(rng.integers(low, high, endpoint=True))
    loops = np.array([COIL, HELIX, LEFT])
    angles = np.empty((n, 2))
    for i, (letter, kind) in enumerate(zip(sequence, kinds, strict=False)):
        # ours: a left-handed turn is where glycine is at ease, and rare elsewhere
        shares = (0.4, 0.2, 0.4) if letter == "G" else (0.6, 0.37, 0.03)
        centre = {"helix": HELIX, "strand": STRAND, "loop": loops[rng.choice(3, p=shares)]}[kind]
        angles[i] = centre + SCATTER[kind] * rng.standard_normal(2)
        if letter == "P":  # its ring holds phi
            angles[i] = -65.0, (HELIX if kind == "helix" else COIL)[1] + SCATTER[kind] * rng.standard_normal()
    return angles


def secondary_shifts(phi, psi) -> np.ndarray:
    """Made-up secondary shifts (n, 8) in ppm after ``COLUMNS``: hills over helix and strand.

    phi, psi: (n,) in radians. A hill is exp(k (cos(phi - phi0) + cos(psi - psi0) - 2)), periodic.
    """
    sharpness = 3.0  # ours: half height at 39 degrees, about the width of the basins
    hills = [
        np.exp(sharpness * (np.cos(phi - np.radians(a)) + np.cos(psi - np.radians(b)) - 2))
        for a, b in (HELIX, STRAND)
    ]
    return hills[0][:, None] * HELIX_SHIFTS + hills[1][:, None] * STRAND_SHIFTS
