"""Tables of cross-peaks of the usual protein experiments from a protein's nuclei and their rates.

Amplitudes are what is left after the transfers, ``exp(-R2 t)`` for the time that each nucleus is transverse,
times what the experiment gives a peak: transfer by J, by isotropic mixing along carbons, or by NOEs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from common.protein.residues import residues
from common.simulation.crosspeaks import CrossPeaks, table
from common.simulation.protein_spins import ProteinSpins, Sample
from common.structures import THREE_LETTER

#: Seconds that a nucleus is transverse in transfers: 1/2J of N-H and C-H forth and back (Cavanagh et al.).
H_N, H_C = 0.0108, 0.0072
#: ours: delays near the usual ones: N-CO and N-CA forth and back, CA-CO, TOCSY along carbons.
N_CARBON, CA_CO, CARBON_MIXING = 0.050, 0.020, 0.015
#: Hz: one- and two-bond couplings of 15N to 13CA (Delaglio et al., J. Magn. Reson. B 1991, 93, 188).
J_INTRA, J_SEQUENTIAL = 11.0, 7.0
#: ours: 1H shifts closer than this (ppm) lie on the diagonal of a homonuclear spectrum; no peak is resolved.
ON_DIAGONAL = 0.03
#: ours: cross-peaks below this share of the strongest are left out: nothing shows them.
FAINT = 5e-5
#: ours: mixing times of NOESY in s, usual for proteins.
MIXING = (0.06, 0.15)
#: ours: bonds that a TOCSY reaches, as the rate of spreading along carbons times the mixing time.
SPREAD = (0.4, 1.5)
#: ours: amplitude of the NH2 of Asn and Gln in experiments tuned to NH, times the range of HSQC variants.
NH2 = (0.2, 0.9)


@dataclass(frozen=True)
class ProteinPeaks:
    """n peaks in d dimensions. table: their shifts, rates and amplitudes. rows: (n, d) nuclei in the table of
    the protein. diagonal: (n,) whether the magnetisation stayed where it was, within ``ON_DIAGONAL``."""

    table: CrossPeaks
    rows: np.ndarray
    diagonal: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def drawn(self, spins: ProteinSpins) -> float:
        """Share of the peaks with a shift that was drawn, not assigned."""
        return float(spins.drawn[self.rows].any(axis=1).mean()) if len(self) else 0.0


#: What a maker gives: rows (n, d), factors (n,), and seconds (d,) that the nuclei of each dimension relax.
Made = tuple[np.ndarray, np.ndarray, tuple[float, ...]]


def peaks(spins: ProteinSpins, sample: Sample, experiment: str, rng: np.random.Generator) -> ProteinPeaks:
    """The peaks of one of ``EXPERIMENTS``; dimensions as ``Experiment.nuclei`` has them, direct one last.

    ``ValueError`` for another name, and for a protein in which there is none.
    """
    if experiment not in EXPERIMENTS:
        raise ValueError(f"the experiments are {', '.join(EXPERIMENTS)}, not {experiment!r}")
    made = EXPERIMENTS[experiment].make(spins, sample, rng)
    rows, factor, times = made
    amplitude = factor * np.exp(-(sample.r2[rows] * times).sum(axis=1))
    # an amide that is not seen is so in every dimension; a residue's scatter counts once, in the direct one
    amplitude = amplitude * sample.amplitude[rows[:, -1]] * (sample.amplitude[rows] > 0).all(axis=1)
    kept = amplitude > FAINT * amplitude.max(initial=0)
    if not kept.any():
        raise ValueError(f"{spins.name} has no peak in {experiment}")
    rows, amplitude = rows[kept], amplitude[kept]
    nuclei = EXPERIMENTS[experiment].nuclei
    twice = nuclei[0] == nuclei[-1] == "1H"
    apart = np.abs(spins.ppm[rows[:, 0]] - spins.ppm[rows[:, -1]])
    diagonal = apart < ON_DIAGONAL if twice else np.zeros(len(rows), bool)
    return ProteinPeaks(table(spins.ppm[rows], sample.r2[rows], amplitude), rows, diagonal)


def _pairs(spins: ProteinSpins, element: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows of protons bound to an element, and of what bears them."""
    protons = np.flatnonzero(spins.element == "H")
    protons = protons[spins.element[spins.carrier[protons]] == element]
    return protons, spins.carrier[protons]


def _hsqc(spins: ProteinSpins, sample: Sample, rng: np.random.Generator) -> Made:
    """Every N-H: amides, side chains of Asn and Gln (both protons), Arg and Trp."""
    protons, nitrogens = _pairs(spins, "N")
    two = np.isin(spins.atom[nitrogens], ["ND2", "NE2"])
    factor = np.where(two, rng.uniform(*NH2), 1.0)
    return np.stack([nitrogens, protons], axis=1), factor, (0.0, H_N)


def _backbone(spins: ProteinSpins, atom: str, before: bool) -> np.ndarray:
    """Rows (k, 3) of an atom of each residue, or of the one before it, and of its amide N and H."""
    places = [spins.rows(name) for name in (atom, "N", "H")]
    if before:
        places[0] = np.where(spins.bonded, np.append(-1, places[0][:-1]), -1)
    rows = np.stack(places, axis=1)
    return rows[(rows >= 0).all(axis=1)]


def _hnco(spins: ProteinSpins, sample: Sample, rng: np.random.Generator) -> Made:
    rows = _backbone(spins, "C", before=True)
    return rows, np.ones(len(rows)), (0.0, N_CARBON, H_N)


def _hnca(spins: ProteinSpins, sample: Sample, rng: np.random.Generator) -> Made:
    """Within the residue and to the one before, by the couplings of N to both CA."""
    own, sequential = _backbone(spins, "CA", before=False), _backbone(spins, "CA", before=True)
    angle = np.pi * N_CARBON / 2 * np.array([J_INTRA, J_SEQUENTIAL])
    transfer = (np.sin(angle) * np.cos(angle[::-1])) ** 2
    factor = np.repeat(transfer / transfer[0], [len(own), len(sequential)])
    factor = factor * np.exp(0.3 * rng.standard_normal(len(factor)))  # ours: couplings differ by some Hz
    return np.concatenate([own, sequential]), factor, (0.0, N_CARBON, H_N)


def _cbcaconh(spins: ProteinSpins, sample: Sample, rng: np.random.Generator) -> Made:
    """CA and CB of the residue before; the share of CB depends on the delay and the residue (ours)."""
    alpha, beta = _backbone(spins, "CA", before=True), _backbone(spins, "CB", before=True)
    factor = np.append(np.ones(len(alpha)), rng.uniform(0.5, 1.5) * np.ones(len(beta)))
    factor = factor * np.exp(0.3 * rng.standard_normal(len(factor)))
    return np.concatenate([alpha, beta]), factor, (CA_CO, N_CARBON, H_N)


@cache
def _carbon_graph(residue: str) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Aliphatic carbons of a residue; eigenvalues and vectors of the Laplacian of the bonds between them."""
    entry = residues()[residue]
    atoms = tuple(a for a in entry.hydrogens if a[0] == "C" and not _aromatic(entry, a))
    laplacian = np.zeros((len(atoms), len(atoms)))
    for a, b, _ in entry.bonds:
        if a in atoms and b in atoms:
            i, j = atoms.index(a), atoms.index(b)
            laplacian[[i, j], [j, i]] -= 1
            laplacian[[i, j], [i, j]] += 1
    return atoms, *np.linalg.eigh(laplacian)


def _aromatic(entry, atom: str) -> bool:
    return any(order > 2 for a, b, order in entry.bonds if atom in (a, b))


def _hcch(spins: ProteinSpins, sample: Sample, rng: np.random.Generator) -> Made:
    """Every pair of protons on the aliphatic carbons of a residue: 1H, 13C of the direct proton, that proton.

    Transfer spreads along the carbons as heat does, ``exp(-L s)`` with the Laplacian L of the bonds: positive
    and weaker by the bond, as that of isotropic mixing is on average (ours).
    """
    protons, carbons = _pairs(spins, "C")
    spread, rows, factor = rng.uniform(*SPREAD), [], []
    for residue, letter in enumerate(spins.sequence):
        here = np.flatnonzero(spins.residue[protons] == residue)
        if letter not in THREE_LETTER or not len(here):
            continue
        atoms, value, vector = _carbon_graph(THREE_LETTER[letter])
        here = here[np.isin(spins.atom[carbons[here]], atoms)]
        at = [atoms.index(name) for name in spins.atom[carbons[here]]]
        heat = (vector * np.exp(-spread * value)) @ vector.T
        first, last = np.meshgrid(np.arange(len(here)), np.arange(len(here)), indexing="ij")
        first, last = first.ravel(), last.ravel()
        rows.append(np.stack([protons[here[first]], carbons[here[last]], protons[here[last]]], axis=1))
        factor.append(heat[np.ix_(at, at)].ravel() * spins.protons[protons[here[first]]])
    return np.concatenate(rows), np.concatenate(factor), (0.0, CARBON_MIXING, H_C)


def _noesy(spins: ProteinSpins, sample: Sample, rng: np.random.Generator) -> Made:
    """All protons with all that are near, and the diagonal."""
    rows, intensity = spins.network.rows, spins.network.intensities(sample.tau, rng.uniform(*MIXING))
    first, last = np.nonzero(intensity > FAINT * intensity.max())
    return np.stack([rows[first], rows[last]], axis=1), intensity[first, last], (0.0, 0.0)


def _edited(element: str, seconds: float) -> Callable[..., Made]:
    """A NOESY whose direct protons are those on an element, with that as the middle dimension."""

    def make(spins: ProteinSpins, sample: Sample, rng: np.random.Generator) -> Made:
        rows, factor, _ = _noesy(spins, sample, rng)
        bearer = spins.carrier[rows[:, 1]]
        kept = spins.element[bearer] == element
        rows = np.stack([rows[:, 0], bearer, rows[:, 1]], axis=1)[kept]
        return rows, factor[kept], (0.0, 0.0, seconds)

    return make


@dataclass(frozen=True)
class Experiment:
    """kind: type of spectrum that scores are pooled over. nuclei: of the dimensions, the direct one last.
    make: rows, factors and times of its peaks."""

    kind: str
    nuclei: tuple[str, ...]
    make: Callable[[ProteinSpins, Sample, np.random.Generator], Made]


#: The experiments by name.
EXPERIMENTS = {
    "hsqc": Experiment("backbone", ("15N", "1H"), _hsqc),
    "hnco": Experiment("backbone", ("13C", "15N", "1H"), _hnco),
    "hnca": Experiment("backbone", ("13C", "15N", "1H"), _hnca),
    "cbcaconh": Experiment("backbone", ("13C", "15N", "1H"), _cbcaconh),
    "hcch_tocsy": Experiment("side-chain", ("1H", "13C", "1H"), _hcch),
    "noesy": Experiment("noesy", ("1H", "1H"), _noesy),
    "noesy_15n": Experiment("noesy", ("1H", "15N", "1H"), _edited("N", H_N)),
    "noesy_13c": Experiment("noesy", ("1H", "13C", "1H"), _edited("C", H_C)),
}
