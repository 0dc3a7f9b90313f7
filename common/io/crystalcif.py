"""Crystals of CIF files: sites and symmetry by gemmi, expanded to the atoms of one cell."""

from __future__ import annotations

import numpy as np

from common.errors import FormatError
from common.structures import Crystal

#: Angstrom, ours: images of one site that are nearer stand on a special position and are one atom; gemmi's
#: own tolerance. A hydrogen atom beside a mirror would have half an occupancy.
SPECIAL = 0.4
#: ours: an occupancy below is a disordered site; files have 1 with up to three digits.
FULL = 0.999
#: A face-centred cubic group has 192 operations, the most there are.
MOST_OPERATIONS = 192


def read_cif(path, text: str) -> list[Crystal]:
    """The crystals of a CIF, one a data block that has sites.

    FormatError for what gemmi cannot read, for a block without a cell, with disorder, or with sites of no
    element or place.
    """
    import gemmi

    try:
        blocks = list(gemmi.cif.read_string(text))
        found = [(block, gemmi.make_small_structure_from_block(block)) for block in blocks]
    except Exception as error:  # gemmi raises RuntimeError, ValueError or UnicodeError by the damage
        reason = " ".join(str(error).split())[:120]
        raise FormatError(path, f"is not a sound CIF: {reason}") from None
    if any(block.find_values("_atom_site.Cartn_x") for block in blocks):
        raise FormatError(path, "is the mmCIF of a macromolecule, not a CIF of a small-molecule crystal")
    return [_crystal(path, block.name, structure) for block, structure in found if len(structure.sites)]


def _crystal(path, name: str, structure) -> Crystal:
    cell = np.array(structure.cell.orth.mat.tolist()).T
    lengths = (structure.cell.a, structure.cell.b, structure.cell.c)
    if not structure.cell.is_crystal() or not np.isfinite(cell).all() or min(lengths) <= 0:
        raise FormatError(path, f"{name} has no cell; a crystal needs one")
    sites = structure.sites
    _check(path, name, sites)
    operations, note = _operations(path, name, structure)
    fractions = np.array([site.fract.tolist() for site in sites])
    numbers = np.array([site.element.atomic_number for site in sites])
    atoms, of = _expand(fractions, operations, cell)
    return Crystal(name, numbers[of], cell, atoms @ cell, notes=(note,) if note else ())


def _check(path, name: str, sites) -> None:
    """FormatError for sites that are no whole atom of a known element at a known place."""
    partly = [site.label for site in sites if site.occ < FULL]
    if partly:
        shown = ", ".join(partly[:4]) + (", ..." if len(partly) > 4 else "")
        raise FormatError(
            path,
            f"{name} is disordered: {len(partly)} sites are partly occupied ({shown});"
            " keep one whole alternative in the file",
        )
    for site in sites:
        if site.element.atomic_number < 1:
            raise FormatError(path, f"{name} has a site {site.label} whose element is not known")
        if not np.isfinite(site.fract.tolist()).all():
            raise FormatError(path, f"{name} has a site {site.label} without coordinates")


def _operations(path, name: str, structure) -> tuple[list[tuple[np.ndarray, np.ndarray]], str]:
    """Rotations (3, 3) and translations (3,) in fractions of the cell, and a note where none are stated."""
    import gemmi

    if structure.symops:
        try:
            found = [gemmi.Op(text) for text in structure.symops]
        except (RuntimeError, ValueError, UnicodeError):
            raise FormatError(path, f"{name} has a symmetry operation that is none") from None
    elif structure.spacegroup is not None:
        found = list(structure.spacegroup.operations())
    else:
        said = structure.spacegroup_hm
        note = f"the space group {said} is not known" if said else "the file states no symmetry"
        return [(np.eye(3), np.zeros(3))], f"{note}: read as P 1, the atoms as they stand"
    made = [(np.array(op.rot) / op.DEN, np.array(op.tran) / op.DEN) for op in found]
    if len(made) > MOST_OPERATIONS or any(abs(abs(np.linalg.det(rot)) - 1) > 1e-6 for rot, _ in made):
        raise FormatError(path, f"{name} has symmetry operations of no space group")
    return made, ""


def _expand(fractions: np.ndarray, operations, cell: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All atoms of the cell in fractions (n, 3), and the site (n,) of each; special positions once."""
    atoms, of = [], []
    for site, place in enumerate(fractions):
        copies = np.array([rotation @ place + shift for rotation, shift in operations])
        kept = np.zeros((0, 3))
        for copy in copies:
            apart = copy - kept
            apart = (apart - np.round(apart)) @ cell
            if (np.linalg.norm(apart, axis=1) > SPECIAL).all():
                kept = np.concatenate([kept, copy[None]])
        atoms.append(kept)
        of.append(np.full(len(kept), site))
    return np.concatenate(atoms), np.concatenate(of)
