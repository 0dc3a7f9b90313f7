"""Surroundings of the atoms of crystals: the nearest neighbours of each, as the densities are made of them.

code: preprocessing of the authors (3D-DenseNet-ChemShift d96a349): the 320 nearest images of atoms, relative
to the atom, which itself is left out; channels H, C, O, N. There every other element goes to the N channel;
here that is asked for (``others``) and an error otherwise. No crystal of the data sets has one.

ours: distances come from scipy's tree over the images of the atoms, which finds what
``ase.neighborlist.neighbor_list`` finds, of the wanted atoms alone and some thirty times as fast.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from common.cache import cached
from common.errors import UserError, nearest
from common.structures import Crystal, images

from .densities import ELEMENTS

#: Raise it when the neighbours or their order change; they are kept on disk.
VERSION = 1
NEIGHBOURS = 320  # code
NUMBERS = {"H": 1, "C": 6, "N": 7, "O": 8}
#: Angstrom, ours: distances that are nearer are equal, and the order goes by channel and direction then. Far
#: above what a change of cell does to a distance (1e-12), far below what two shells differ by.
TIE = 1e-6
#: ours: symmetry copies have the same shielding to the last digit that files have (0.01 ppm) and the same
#: neighbour distances to what relaxed coordinates are symmetric to (angstrom; of shiftml_csd 5 % of the N
#: differ by more than 0.001).
SAME_SHIELDING, SAME_DISTANCE = 0.0101, 1e-2
#: Angstrom, ours: where shieldings are unknown; a step of 0.01 moves a nitrogen by several ppm.
SAME_DISTANCE_ALONE = 1e-3


@dataclass(frozen=True)
class Environments:
    """The n atoms of one nucleus in some crystals, with their K nearest neighbours.

    offsets: float32 (n, K, 3), neighbours relative to the atom in angstrom, nearest first; channels: int8
    (n, K), 0 H, 1 C, 2 O, 3 N (-1 would be padding, which no crystal needs). shielding: float64 (n,) ppm, NaN
    where unknown. crystal: int (n,), index into ``names``; the relaxed and the rattled form of a crystal have
    one name. rattled: bool (n,). atom: int (n,), index in its frame. copies: int (n,), atoms that this one
    stands for, itself among them.
    """

    offsets: np.ndarray
    channels: np.ndarray
    shielding: np.ndarray
    crystal: np.ndarray
    rattled: np.ndarray
    atom: np.ndarray
    copies: np.ndarray
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.shielding)

    def pick(self, rows) -> Environments:
        """Those rows (indices or a mask) alone; ``names`` stay."""
        kept = {name: getattr(self, name)[rows] for name in ROWS}
        return dataclasses.replace(self, **kept)


#: The fields of environments with a row an atom.
ROWS = ("offsets", "channels", "shielding", "crystal", "rattled", "atom", "copies")


def environments(
    crystals: Sequence[Crystal],
    element: str,
    *,
    neighbours: int = NEIGHBOURS,
    rattled: Sequence[bool] | None = None,
    collapse: bool = True,
    others: bool = False,
    keep: bool = False,
) -> Environments:
    """The surroundings of every atom of an element, in the order of crystals and atoms.

    rattled: of each crystal whether it is a displaced copy (default: none is). collapse: atoms of a crystal
    that symmetry makes equal are one, the first, with ``copies`` counted. others: elements without a channel
    go to that of nitrogen (code). keep: on disk, by :func:`common.cache.cached`. Of neighbours at one
    distance the order goes by channel, then by x, y and z. UserError names an element that has no channel,
    unless ``others`` is set.
    """
    if element not in ELEMENTS:
        raise UserError(f"nucleus {element!r} has no network{nearest(element, ELEMENTS)}")
    for crystal in crystals:
        if not others and (odd := without_channel(crystal)):
            known = ", ".join(ELEMENTS)
            raise UserError(f"{crystal.name}: no channel for {', '.join(odd)}; the network knows {known}")
    sizes = np.array([len(crystal) for crystal in crystals], int)
    parts = ("numbers", "positions", "shieldings")
    arrays = [np.concatenate([getattr(crystal, part) for crystal in crystals]) for part in parts]
    arrays += [np.stack([crystal.cell for crystal in crystals]), sizes]
    options = {"element": element, "neighbours": neighbours, "collapse": collapse}
    made = cached(_made, *arrays, version=VERSION, **options) if keep else _made(*arrays, **options)
    offsets, channels, frame, atom, copies = made
    names, crystal = _by_name([crystal.name for crystal in crystals])
    moved = np.zeros(len(crystals), bool) if rattled is None else np.asarray(rattled, bool)
    start = np.cumsum(sizes) - sizes
    shielding = arrays[2][start[frame] + atom].astype(float)
    return Environments(
        offsets, channels, shielding, crystal[frame], moved[frame], atom, copies, names
    )  # fmt: skip


def without_channel(crystal: Crystal) -> list[str]:
    """The elements of a crystal that no channel is for."""
    from ase.data import chemical_symbols

    odd = sorted(set(crystal.numbers.tolist()) - set(NUMBERS.values()))
    return [chemical_symbols[number] for number in odd]


def _by_name(names: list[str]) -> tuple[tuple[str, ...], np.ndarray]:
    """The distinct names in the order of their first appearance, and the index of each of ``names``."""
    place = {name: k for k, name in enumerate(dict.fromkeys(names))}
    return tuple(place), np.array([place[name] for name in names], int)


def _made(numbers, positions, shieldings, cells, sizes, *, element, neighbours, collapse):
    """Offsets, channels, frame, atom and copies of all rows."""
    ends = np.cumsum(sizes)
    found = []
    for frame, (start, end) in enumerate(zip(ends - sizes, ends, strict=True)):
        rows = slice(start, end)
        crystal = Crystal("", numbers[rows], cells[frame], positions[rows], shieldings[rows])
        atom = np.flatnonzero(crystal.numbers == NUMBERS[element])
        offsets, channels = surroundings(crystal, atom, neighbours)
        copies = np.ones(len(atom), int)
        if collapse:
            first, leader = equal_atoms(offsets, channels, crystal.shieldings[atom])
            copies = np.bincount(leader, minlength=len(first))
            offsets, channels, atom = offsets[first], channels[first], atom[first]
        found.append((offsets, channels, np.full(len(atom), frame), atom, copies))
    return tuple(np.concatenate(part) for part in zip(*found, strict=True))


def surroundings(crystal: Crystal, atoms: np.ndarray, neighbours: int) -> tuple[np.ndarray, np.ndarray]:
    """Offsets float32 (atoms, neighbours, 3) in angstrom and channels int8 (atoms, neighbours).

    The reach grows until all have their neighbours and whatever is as far as the last of them.
    """
    if not len(atoms):
        return np.zeros((0, neighbours, 3), np.float32), np.zeros((0, neighbours), np.int8)
    # a sphere with that many atoms of the mean density, and a fifth more for what is uneven; ours
    reach = 1.2 * (3 * (neighbours + 1) * crystal.volume / (4 * np.pi * len(crystal))) ** (1 / 3) + 1.0
    while True:
        found = _within(crystal, atoms, neighbours, reach)
        if found is not None:
            return found
        reach *= 1.25


def _within(crystal, atoms, neighbours, reach) -> tuple[np.ndarray, np.ndarray] | None:
    """As :func:`surroundings`, or None where ``reach`` is too short."""
    from scipy.spatial import cKDTree

    home, around, index = images(crystal, reach)
    if len(around) <= neighbours:
        return None
    tree, centres = cKDTree(around), home[atoms]
    wanted = neighbours + 1  # the atom itself comes first
    count = min(wanted + 16, len(around))
    while True:
        apart, rows = tree.query(centres, k=count)
        last = apart[:, wanted - 1]
        if last.max() > reach - TIE:
            return None
        if (apart[:, -1] > last + TIE).all() or count == len(around):
            break
        count = min(2 * count, len(around))
    offsets = (around[rows] - centres[:, None])[:, 1:]
    kind = _kinds(crystal.numbers)[index[rows[:, 1:]]]
    order = _order(apart[:, 1:], kind, offsets)[:, :neighbours]
    offsets = np.take_along_axis(offsets, order[..., None], axis=1)
    return offsets.astype(np.float32), np.take_along_axis(kind, order, axis=1)


def _kinds(numbers: np.ndarray) -> np.ndarray:
    """Channels int8 (n,) of atomic numbers; that of nitrogen where there is none (code)."""
    table = np.full(120, ELEMENTS.index("N"), np.int8)
    for channel, element in enumerate(ELEMENTS):
        table[NUMBERS[element]] = channel
    return table[numbers]


def _order(apart: np.ndarray, kind: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Order (n, k) of neighbours by distance; equal ones by channel, then by x, y and z.

    ``apart`` (n, k) rises already. Steps of less than :data:`TIE` do not count, so that rounding errors of
    another cell or origin cannot change the order.
    """
    shell = np.cumsum(np.diff(apart, axis=1, prepend=apart[:, :1]) > TIE, axis=1)
    x, y, z = np.moveaxis(np.round(offsets, 4), -1, 0)  # finer than two atoms can stand, coarser than errors
    return np.lexsort((z, y, x, kind, shell), axis=-1)


def equal_atoms(offsets, channels, shieldings) -> tuple[np.ndarray, np.ndarray]:
    """Which atoms (m,) of one crystal symmetry makes equal: rows of the first of each, and which each equals.

    offsets (m, K, 3), channels (m, K), shieldings (m,) in ppm, NaN where unknown: then distances tell alone.
    Mirror images are equal, as their shieldings are.
    """
    apart = np.linalg.norm(offsets, axis=-1)
    known = np.nan_to_num(shieldings, nan=0.0)
    leader = np.full(len(apart), -1)
    first: list[int] = []
    for row in range(len(apart)):
        if leader[row] >= 0:
            continue
        rest = np.flatnonzero(leader < 0)
        rest = rest[np.abs(known[rest] - known[row]) < SAME_SHIELDING]
        tolerance = SAME_DISTANCE_ALONE if np.isnan(shieldings[row]) else SAME_DISTANCE
        near = (np.abs(apart[rest] - apart[row]) < tolerance).all(1)
        leader[rest[near]] = len(first)
        first.append(row)
    return np.array(first, int), leader
