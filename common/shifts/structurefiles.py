"""A user's structure made ready for a prediction: chain, conformers, hydrogens, and what is wrong with it."""

from __future__ import annotations

import numpy as np

from common.errors import UserError
from common.protein.residues import residues
from common.structures import Protein

#: Residues named in a line; ours: one line of a terminal.
MOST = 6
#: A structure has alpha hydrogens where this share of its residues has; as has_hydrogens asks of amides.
ALPHA = 0.5


def load(
    path, *, chain: str | None = None, model: int | None = None, hydrogens: str = "auto"
) -> tuple[Protein, list[tuple[str, str]]]:
    """The protein of a PDB or mmCIF file, and lines for the user, each with what it is about.

    chain: the one chain to read, alone; model: the one conformer to keep, counted from 1; hydrogens: ``keep``
    those of the file, ``add`` all anew, or ``auto``, add them where they are missing. FormatError for
    anything but a protein, UserError for a chain or model that is not there.
    """
    from common.io.structures import read_structure

    protein = read_structure(path, chain=chain)
    lines = [("read", f"{path}: {described(protein)}")]
    if model is not None:
        if not 1 <= model <= protein.models:
            there = f"models 1 to {protein.models}" if protein.models > 1 else "one model"
            raise UserError(f"--model {model}: {path} has {there}")
        protein = protein.model(model - 1)
    lines += [_told(note) for note in protein.notes]
    protein, said = _with_hydrogens(protein, hydrogens)
    lines += [*said, *_bonds(protein)]
    if some := incomplete(protein):
        said = f"atoms of side chains or backbone are missing in {listed(some)}"
        lines.append(("warning", f"{said}: what they would do to shifts nearby is not in the prediction"))
    return protein, lines


def _told(note: str) -> tuple[str, str]:
    """A line about what the reader did; of D-amino acids a warning."""
    if note.startswith("D-amino"):
        return "warning", f"{note}; what is predicted there and beside them is that of L-amino acids"
    return "note", note


def _bonds(protein: Protein) -> list[tuple[str, str]]:
    """Lines about disulfides and cis peptide bonds, which shifts depend on."""
    from common.protein.cysteines import disulfides
    from common.protein.geometry import torsions

    labels = np.array(protein.residue_labels())
    found = (("disulfide bonds of", disulfides(protein)), ("cis peptide bonds before", torsions(protein).cis))
    return [("note", f"{what} {listed(labels[rows])}") for what, rows in found if rows.any()]


def described(protein: Protein) -> str:
    """Chains, residues and conformers in words."""
    names = list(dict.fromkeys(protein.chains.tolist()))
    chains = f"chain{'s' if len(names) > 1 else ''} {', '.join(names)}, " if any(names) else ""
    models = f", {protein.models} models" if protein.models > 1 else ""
    return f"{chains}{len(protein)} residues{models}"


def listed(labels) -> str:
    """Residues in a line, the first of them where they are many."""
    labels = list(labels)
    more = f" and {len(labels) - MOST} more" if len(labels) > MOST else ""
    return ", ".join(labels[:MOST]) + more


def incomplete(protein: Protein) -> list[str]:
    """Labels of the residues that lack heavy atoms."""
    lacking = np.zeros(len(protein), dtype=bool)
    for name, entry in residues().items():
        here = protein.residues == name
        for atom in (entry.heavy - {"OXT"}) if here.any() else ():
            lacking |= here & (protein.index(atom) < 0)
    return [label for label, lacks in zip(protein.residue_labels(), lacking, strict=True) if lacks]


def _with_hydrogens(protein: Protein, wanted: str) -> tuple[Protein, list[tuple[str, str]]]:
    """The protein with its hydrogens or new ones, and what to say of that."""
    from common.protein.hydrogens import add_hydrogens

    lack = _lacking(protein)
    if wanted == "add":
        return add_hydrogens(protein), [("hydrogen", "all placed anew by hydride")]
    if not lack:
        return protein, []
    if wanted == "keep":
        return protein, [("warning", f"{lack}; what depends on them is not predicted, or wrong")]
    return add_hydrogens(protein), [("hydrogen", f"{lack}: all placed by hydride (--hydrogens)")]


def _lacking(protein: Protein) -> str:
    """Which hydrogens of the backbone a structure lacks, in words; nothing where it has them."""
    from common.protein.hydrogens import has_hydrogens

    if not (protein.elements == "H").any():
        return "the file has no hydrogens"
    if not has_hydrogens(protein):
        return "most amides have no hydrogen"
    standard = np.isin(protein.residues, list(residues())) & (protein.index("CA") >= 0)
    alpha = (protein.index("HA") >= 0) | (protein.index("HA2") >= 0)
    if standard.any() and alpha[standard].mean() < ALPHA:
        return "most alpha carbons have no hydrogen"
    return ""
