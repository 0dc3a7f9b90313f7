"""Shieldings of all atoms of crystals by trained networks, and what in a crystal they have not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from common.structures import Crystal, images

from .environments import NUMBERS, Environments, environments, equal_atoms, without_channel

#: A network: of atoms their shieldings (n,) and how far these spread or may be off (n,), both in ppm.
Network = Callable[[Environments], tuple[np.ndarray, np.ndarray]]
#: Atoms in a cubic angstrom: the least and the most dense crystal of shiftml_csd.
DENSITY = (0.090, 0.128)
#: Angstrom: C-H bonds of the relaxed crystals of shiftml_csd have 1.06 or more; X-ray refinement gives 0.95.
SHORT_CH = 1.05
#: Angstrom, ours: a hydrogen atom with nothing nearer is bound to nothing.
LONGEST_BOND = 1.3


def estimate(
    crystals: Sequence[Crystal], networks: Mapping[str, Network], neighbours: int, *, others: bool = False
) -> list[Crystal]:
    """The crystals with predicted shieldings, and a column ``uncertainty``: what networks state of them.

    networks: by element; atoms of another one have NaN. Atoms that symmetry makes equal are predicted once.
    Known shieldings of the crystals move to a column ``known``. others: see :func:`environments`, as for
    UserError.
    """
    # by number: candidates of one crystal may share a name
    plain = [Crystal(str(k), one.numbers, one.cell, one.positions) for k, one in enumerate(crystals)]
    means = [np.full(len(one), np.nan) for one in crystals]
    spreads = [np.full(len(one), np.nan) for one in crystals]
    for element, network in networks.items():
        atoms = environments(plain, element, neighbours=neighbours, collapse=False, others=others)
        if not len(atoms):
            continue
        first, leader = _distinct(atoms, len(plain))
        mean, spread = network(atoms.pick(first))
        for k in range(len(plain)):
            rows = atoms.crystal == k
            means[k][atoms.atom[rows]] = mean[leader[rows]]
            spreads[k][atoms.atom[rows]] = spread[leader[rows]]
    return [_with(one, mean, spread) for one, mean, spread in zip(crystals, means, spreads, strict=True)]


def _distinct(atoms: Environments, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the atoms to predict, and for each atom which of these it equals."""
    firsts, leaders, made = [], np.zeros(len(atoms), int), 0
    for k in range(count):
        rows = np.flatnonzero(atoms.crystal == k)
        first, leader = equal_atoms(atoms.offsets[rows], atoms.channels[rows], atoms.shielding[rows])
        firsts.append(rows[first])
        leaders[rows] = leader + made
        made += len(first)
    return np.concatenate(firsts), leaders


def _with(crystal: Crystal, mean: np.ndarray, spread: np.ndarray) -> Crystal:
    known = {"known": crystal.shieldings} if np.isfinite(crystal.shieldings).any() else {}
    return crystal.replace(shieldings=mean, columns={"uncertainty": spread, **known})


def shifted(crystal: Crystal, lines: Mapping[str, tuple[float, float]]) -> Crystal:
    """The crystal with a column ``shift``, in ppm: offset plus slope times shielding, by element."""
    shifts = np.full(len(crystal), np.nan)
    for element, (offset, slope) in lines.items():
        rows = crystal.numbers == NUMBERS[element]
        shifts[rows] = offset + slope * crystal.shieldings[rows]
    return crystal.replace(columns={**crystal.columns, "shift": shifts})


def unlike(crystal: Crystal) -> list[str]:
    """What is outside of what the networks have learnt from, a line each."""
    lines = []
    if odd := without_channel(crystal):
        lines.append(f"{', '.join(odd)} stands in the channel of nitrogen; no training crystal has it")
    density = len(crystal) / crystal.volume
    if not DENSITY[0] <= density <= DENSITY[1]:
        lines.append(
            f"{density:.3f} atoms in a cubic angstrom; training crystals have {DENSITY[0]:.3f} to"
            f" {DENSITY[1]:.3f}, are atoms missing or is there solvent?"
        )
    return lines + _hydrogens(crystal)


def _hydrogens(crystal: Crystal) -> list[str]:
    """Lines on hydrogen atoms that are missing, free, or where X-ray refinement puts them."""
    from scipy.spatial import cKDTree

    hydrogens = np.flatnonzero(crystal.numbers == 1)
    if not len(hydrogens):
        return ["no hydrogen atoms; every training crystal has them"]
    home, around, index = images(crystal, LONGEST_BOND)
    heavy = np.flatnonzero(crystal.numbers[index] != 1)
    if not len(heavy):
        return ["nothing but hydrogen"]
    apart, place = cKDTree(around[heavy]).query(home[hydrogens])
    lines = []
    free = apart > LONGEST_BOND
    if free.any():
        lines.append(f"{int(free.sum())} hydrogen atoms are bound to nothing within {LONGEST_BOND} angstrom")
    carbon = (crystal.numbers[index[heavy[place]]] == 6) & ~free
    short = carbon & (apart < SHORT_CH)
    if short.any():
        lines.append(
            f"{int(short.sum())} of {int(carbon.sum())} C-H bonds are under {SHORT_CH} angstrom, as X-ray"
            " refinement puts them; relax the hydrogen atoms first, their shieldings hang on it"
        )
    return lines
