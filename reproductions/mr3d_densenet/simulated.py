"""Made-up crystals, so that everything runs without a data set: chains of atoms and shieldings of a formula.

ours, all of it. Nothing that is learnt from them is worth anything; what they have in common with crystals is
that bonds, contacts and symmetry copies are there, and that shieldings depend smoothly on the surroundings.
"""

from __future__ import annotations

import numpy as np

from common.structures import Crystal
from common.training.batches import generator

from .densities import ELEMENTS
from .environments import NUMBERS, environments

#: Names of made-up crystals begin so; a number follows.
MADE_UP = "MADEUP"
#: Angstrom: bonds of heavy atoms and of hydrogens, and what is at least between atoms that are not bonded.
BOND, TO_HYDROGEN, APART, GAP = 1.45, 1.09, 1.9, 2.2
#: Heavy atoms of a molecule, its hydrogens, and what the heavy ones are.
HEAVY, HYDROGENS, KINDS = 8, 6, ("C", "C", "C", "N", "O")
#: Angstrom: what the rattled copies are moved by, as in shiftml_csd.
RATTLE = 0.025
#: ppm: shielding of an atom without surroundings, and the change by an atom of H, C, O and N at no distance.
#: About the means and ranges of the data set.
FREE = {"H": 28.0, "C": 140.0, "O": 140.0, "N": 110.0}
CHANGE = {"H": (-2, -3, -6, -4), "C": (-60, -90, -150, -110), "O": (-90, -160, -210, -250),
          "N": (-60, -130, -220, -180)}  # fmt: skip
#: Angstrom: how far the change reaches.
WIDTH = 1.2


def made_up(count: int, seed: int = 0) -> tuple[list[Crystal], np.ndarray]:
    """``count`` crystals with an inversion centre, then a rattled copy of each, and which are rattled."""
    relaxed = []
    for number in range(count):
        rng = generator(seed, "crystals", 0, number)
        relaxed.append(_packed(f"{MADE_UP}{number:03d}", *_molecule(rng), rng))
    moved = [_rattled(crystal, generator(seed, "rattled", 0, k)) for k, crystal in enumerate(relaxed)]
    return [_shielded(crystal) for crystal in (*relaxed, *moved)], np.arange(2 * count) >= count


def _molecule(rng) -> tuple[list[str], np.ndarray]:
    """Elements and positions (n, 3): a branched chain of heavy atoms, N and O among them, then hydrogens."""
    kinds = ["C", "N", "O", *rng.choice(KINDS, HEAVY - 3)]
    positions = np.zeros((1, 3))
    for kind in [*kinds[1:], *["H"] * HYDROGENS]:
        length = TO_HYDROGEN if kind == "H" else BOND
        while True:
            at = int(rng.integers(min(len(positions), HEAVY)))
            step = rng.normal(size=3)
            place = positions[at] + length * step / np.linalg.norm(step)
            if (np.linalg.norm(np.delete(positions, at, 0) - place, axis=1) > APART).all():
                break
        positions = np.concatenate([positions, place[None]])
    return [*kinds, *["H"] * HYDROGENS], positions


def _packed(name: str, kinds: list[str], molecule: np.ndarray, rng) -> Crystal:
    """A molecule and its inverse side by side in a skewed cell, :data:`GAP` apart from all images."""
    size = np.ptp(molecule, axis=0) + GAP
    placed = molecule - molecule.min(0)
    positions = np.concatenate([placed, [2 * size[0] - GAP, size[1] - GAP, size[2] - GAP] - placed])
    cell = np.diag([2 * size[0], size[1], size[2]])
    # layers along b and c may slide: what is between them stays
    cell[1, 0], cell[2, :2] = rng.uniform(-1, 1) * size[0], rng.uniform(-0.5, 0.5, 2) * size[:2]
    numbers = np.array([NUMBERS[kind] for kind in kinds * 2])
    return Crystal(name, numbers, cell, positions)


def _rattled(crystal: Crystal, rng) -> Crystal:
    moved = crystal.positions + rng.normal(scale=RATTLE, size=crystal.positions.shape)
    return crystal.replace(positions=moved)


def _shielded(crystal: Crystal) -> Crystal:
    """The crystal with the shieldings of the formula: sums over neighbours that fall as a Gaussian."""
    shieldings = np.full(len(crystal), np.nan)
    for element in ELEMENTS:
        found = environments([crystal], element, neighbours=32, collapse=False)
        apart = np.linalg.norm(found.offsets, axis=-1)
        change = np.array(CHANGE[element])[found.channels] * np.exp(-((apart / WIDTH) ** 2))
        shieldings[found.atom] = FREE[element] + change.sum(1)
    return crystal.replace(shieldings=shieldings.round(2))
