"""Structures of proteins from PDB and mmCIF, read by gemmi and brought into plain arrays.

What a file holds besides a protein is left out and said in the notes: waters, ligands, nucleic acids. Of
alternate locations the most occupied is taken, a whole residue at a time. Modified residues stand for their
parent amino acid; D-amino acids and those without a parent keep their own name and are ``X`` in the sequence.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.errors import FormatError, UserError, nearest
from common.io.text import read_bytes
from common.protein.residues import ALIASES, is_old, name_methylenes, residues, standard_atom
from common.structures import ONE_LETTER, THREE_LETTER, Protein

PEPTIDE_BOND = 2.0  # angstrom, ours: C-N is 1.33 where bonded and at least 2.4 anywhere else in a chain
HYDROGEN_BOND = 1.3  # angstrom, ours: X-H is at most 1.1, the next heavy atom at least 1.9 away


def read_structure(path, *, chain: str | None = None) -> Protein:
    """Read the protein of a PDB or mmCIF file, packed by gzip or not; the content tells the format.

    chain: author's name of the one chain to read; without it all, in the order of the file. Every model with
    the atoms of the first becomes a conformer. Coordinates in angstrom. Raises FormatError for anything but a
    structure with a protein's backbone, UserError for a chain that is not there.
    """
    atoms, modified = _read(path, read_bytes(path))
    starts = np.flatnonzero(np.diff(atoms.model, prepend=atoms.model[0] - 1))
    models = [slice(*pair) for pair in zip(starts, [*starts[1:], len(atoms)], strict=True)]
    notes: list[str] = []
    first = dataclasses.replace(atoms.take(models[0]), row=np.arange(models[0].stop))
    parents = _parents(first, modified)
    protein, rows = _protein(path, _selected(path, first, parents, chain, notes), parents, notes)
    same = [model for model in models if atoms.take(model).same_as(first)]
    if len(same) < len(models):
        notes.append(
            f"left out {len(models) - len(same)} of {len(models)} models, whose atoms are not the first's"
        )
    coordinates = np.stack([atoms.xyz[model][rows] for model in same])
    if not np.isfinite(coordinates).all():
        raise FormatError(path, "has coordinates that are not numbers")
    protein = protein.replace(coordinates=coordinates)
    if any(
        is_old(*names)
        for names in set(zip(first.residue[rows].tolist(), first.atom[rows].tolist(), strict=True))
    ):
        protein = name_methylenes(protein)
    return protein.replace(notes=(*notes, *_chirality(protein)))


@dataclass(frozen=True)
class _Atoms:
    """A table of atoms, a column (m,) a field; xyz is (m, 3), row counts the atoms of a model."""

    model: np.ndarray
    chain: np.ndarray
    number: np.ndarray
    icode: np.ndarray
    residue: np.ndarray
    atom: np.ndarray
    element: np.ndarray
    altloc: np.ndarray
    het: np.ndarray
    occupancy: np.ndarray
    b: np.ndarray
    xyz: np.ndarray
    row: np.ndarray

    def __len__(self) -> int:
        return len(self.row)

    def take(self, rows) -> _Atoms:
        return _Atoms(*(getattr(self, field.name)[rows] for field in dataclasses.fields(self)))

    def same_as(self, other: _Atoms) -> bool:
        """Whether the atoms are the same ones, whatever their coordinates."""
        columns = ("chain", "number", "icode", "residue", "atom", "altloc")
        return len(self) == len(other) and all(
            np.array_equal(getattr(self, column), getattr(other, column)) for column in columns
        )

    def runs(self, *columns: str) -> np.ndarray:
        """Number (m,) of the run of equal values in all ``columns`` that each atom is in."""
        new = np.zeros(len(self), dtype=bool)
        for column in columns:
            values = getattr(self, column)
            new[1:] |= values[1:] != values[:-1]
        return np.cumsum(new)


def _read(path, blob: bytes) -> tuple[_Atoms, dict[str, str]]:
    """The atoms of all models, and the parents of modified residues where the file's header says them."""
    import gemmi

    start = blob[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start or b"\0" in blob:
        raise FormatError(path, "is a binary file" if start else "is empty")
    cif = re.match(rb"(#[^\n]*\n\s*)*data_", start)
    if not cif:
        _check_pdb(path, blob)
    try:
        if cif:
            structure = gemmi.read_structure_string(blob, format=gemmi.CoorFormat.Mmcif)
        else:
            try:
                structure = gemmi.read_pdb_string(blob)
            except RuntimeError:
                structure = gemmi.read_pdb_string(_plain(blob))
            structure.merge_chain_parts()
        atoms = _table(gemmi.FlatStructure(structure))
        modified = {each.res_id.name: each.parent_comp_id for each in structure.mod_residues}
    except (RuntimeError, ValueError, UnicodeError, IndexError, MemoryError) as error:
        reason = " ".join(str(error).split())[:120]
        raise FormatError(path, f"is not a sound {'mmCIF' if cif else 'PDB'} file: {reason}") from None
    if not len(atoms):
        raise FormatError(path, "has no atoms")
    return atoms, modified


def _plain(blob: bytes) -> bytes:
    """A PDB file without what gemmi refuses and nobody needs.

    That is ANISOU records pushed from their atom by hydrogens of another program, charges, and the line
    numbers that files of the last century have in the columns of element and charge.
    """
    blob = re.sub(rb"^ANISOU.*\n?", b"", blob, flags=re.MULTILINE)
    atom = rb"^((?:ATOM  |HETATM).{66}(?:.{4}[A-Z ][A-Z](?=[ \d\r\n]|$))?).*$"
    return re.sub(atom, rb"\1", blob, flags=re.MULTILINE)


def _check_pdb(path, blob: bytes) -> None:
    """Refuse what gemmi reads as zero: coordinates that are no numbers."""
    lines = re.findall(rb"^(?:ATOM  |HETATM).*", blob, re.MULTILINE)
    if not lines:
        raise FormatError(path, "is neither PDB nor mmCIF: it has no ATOM records and no data_ block")
    fields = np.array([line[30:54] for line in lines], dtype="S24")
    try:
        fields.view("S8").astype(float)
    except ValueError:
        for line in lines:
            if not re.fullmatch(rb"(\s*[-+]?(\d+\.?\d*|\.\d+)\s*){3}", line[30:54]) or len(line) < 54:
                text = line[:54].decode("ascii", "replace").rstrip()
                raise FormatError(path, f"has no coordinates in the columns 31 to 54 of {text!r}") from None
        raise FormatError(path, "has coordinates that are not numbers") from None


def _table(flat) -> _Atoms:
    """gemmi's table of atoms; deuterium is hydrogen, an unknown element the first letter of the name."""
    flat.strings_as_numbers = False
    columns = flat.model_num, flat.chain_ids, flat.resnums, flat.icodes, flat.residue_names, flat.atom_names
    model, chain, number, icode, residue, atom = (np.array(column) for column in columns)
    chain, residue, atom = (column.astype("U8") for column in (chain, residue, atom))
    element = np.char.upper(np.array(flat.element_names).astype("U2"))
    first = np.char.lstrip(atom, "0123456789").astype("U1")
    element = np.where(element == "X", first, element)
    return _Atoms(
        model,
        chain,
        number,
        _letters(icode),
        residue,
        atom,
        np.where(element == "D", "H", element),
        _letters(np.array(flat.altlocs)),
        np.array(flat.het_flags) == ord("H"),
        np.array(flat.occ, dtype=float),
        np.array(flat.b_iso, dtype=float),
        np.array(flat.pos, dtype=float),
        np.arange(len(model)),
    )


def _letters(codes: np.ndarray) -> np.ndarray:
    """Characters from their codes; 0 and blank are empty."""
    return np.char.strip(np.where(codes > 32, codes, 32).astype(np.uint32).view("U1"))


def _parents(atoms: _Atoms, modified: dict[str, str]) -> dict[str, str]:
    """What each kind of residue in a file counts as, if it is an amino acid: a standard one, or itself."""
    from gemmi import ResidueKind, find_tabulated_residue

    found = {}
    for name in np.unique(atoms.residue).tolist():
        entry = find_tabulated_residue(name)
        parent = ALIASES.get(name) or modified.get(name) or THREE_LETTER.get(entry.one_letter_code.upper())
        if name in ONE_LETTER or entry.kind == ResidueKind.AAD:
            found[name] = name
        elif entry.is_amino_acid() or name in ALIASES or _looks_so(entry, atoms, name):
            found[name] = parent if parent in ONE_LETTER else name
    return found


def _looks_so(entry, atoms: _Atoms, name: str) -> bool:
    """Whether a residue that gemmi does not know has the backbone of an amino acid."""
    return not entry.found() and {"N", "CA", "C"} <= set(atoms.atom[atoms.residue == name].tolist())


def _selected(path, atoms: _Atoms, parents: dict[str, str], chain: str | None, notes: list[str]) -> _Atoms:
    """The amino acids of one chain or all, every residue by itself and in one conformer."""
    mine = np.isin(atoms.residue, list(parents))
    chains = list(dict.fromkeys(atoms.chain[mine].tolist()))
    if chain is not None:
        if chain not in chains:
            raise UserError(f"{path}: no protein chain is called {chain!r}{nearest(chain, chains)}")
        if len(chains) > 1:
            notes.append(f"left out the other chains {', '.join(each for each in chains if each != chain)}")
        here = atoms.chain == chain
        atoms, mine = atoms.take(here), mine[here]
    if not mine.all():
        notes.append(f"left out what is no amino acid: {_counted(atoms.take(~mine))}")
    if not mine.any():
        raise FormatError(path, f"has no protein, only {_counted(atoms)}")
    return _one_conformer(_split_copies(atoms.take(mine)), notes)


def _counted(atoms: _Atoms, most: int = 8) -> str:
    """Kinds of residues and how many there are of each, such as ``HOH (120), ZN``."""
    runs = atoms.runs("chain", "number", "icode", "residue")
    names, counts = np.unique(atoms.residue[np.unique(runs, return_index=True)[1]], return_counts=True)
    words = [f"{name} ({count})" if count > 1 else name for name, count in zip(names, counts, strict=True)]
    return ", ".join(words[:most]) + (f" and {len(words) - most} more kinds" if len(words) > most else "")


def _split_copies(atoms: _Atoms) -> _Atoms:
    """Put apart residues that gemmi joins since they share chain, number and name, as where two chains do."""
    runs = atoms.runs("chain", "number", "icode", "residue")
    keys = np.char.add(np.char.add(runs.astype("U8"), atoms.altloc), np.char.add(":", atoms.atom))
    if len(np.unique(keys)) == len(keys):
        return atoms
    copy, seen, number = np.zeros(len(atoms), dtype=int), set(), 0
    for row, (run, key) in enumerate(zip(runs, keys, strict=True)):
        if row and run != runs[row - 1]:
            seen, number = set(), 0
        if key in seen:
            seen, number = set(), number + 1
        seen.add(key)
        copy[row] = number
    chains = atoms.runs("chain")
    return atoms.take(np.lexsort((np.arange(len(atoms)), copy, chains)))


def _one_conformer(atoms: _Atoms, notes: list[str]) -> _Atoms:
    """Choose in each residue the alternate location of the highest mean occupancy, of equal ones the first.

    An atom that has another location only is taken there. Two amino acids at one place, each an alternate
    location of the other, count as one residue.
    """
    if not (atoms.altloc != "").any():
        return atoms
    runs = atoms.runs("chain", "number", "icode", "residue")
    alternative = np.ones(runs[-1] + 1, dtype=bool)
    np.logical_and.at(alternative, runs, atoms.altloc != "")
    places = atoms.runs("chain", "number", "icode")
    keep, chosen = np.ones(len(atoms), dtype=bool), 0
    for place in np.unique(places[atoms.altloc != ""]):
        rows = np.flatnonzero(places == place)
        if not alternative[runs[rows]].all():
            groups = [rows[runs[rows] == run] for run in np.unique(runs[rows])]
        else:
            groups = [rows]
        for group in groups:
            if (atoms.altloc[group] != "").any():
                keep[group] = _chosen(atoms, group)
                chosen += 1
    notes.append(f"took the most occupied of the alternate locations in {chosen} residues")
    return atoms.take(keep)


def _chosen(atoms: _Atoms, rows: np.ndarray) -> np.ndarray:
    """Which atoms of one residue belong to its best conformer."""
    letters, names = atoms.altloc[rows], atoms.atom[rows]
    order = [letter for letter in dict.fromkeys(letters.tolist()) if letter]
    occupancy = [atoms.occupancy[rows][letters == letter].mean() for letter in order]
    order = [order[place] for place in np.argsort([-value for value in occupancy], kind="stable")]
    keep = letters == ""
    kind = atoms.residue[rows][letters == order[0]][0]
    for letter in order:
        there = (letters == letter) & (atoms.residue[rows] == kind)
        keep |= there & ~np.isin(names, names[keep])
    return keep


def _protein(path, atoms: _Atoms, parents: dict[str, str], notes: list[str]) -> tuple[Protein, np.ndarray]:
    """The protein of a selection, with the first model's coordinates, and the rows of its atoms there."""
    runs = atoms.runs("chain", "number", "icode", "residue")
    new = np.diff(runs, prepend=-1) > 0
    new[1:] |= np.diff(atoms.row) < 0  # a copy that follows its original begins anew
    residue_of = np.cumsum(new) - 1
    pairs, place = np.unique(np.char.add(np.char.add(atoms.residue, " "), atoms.atom), return_inverse=True)
    names = [
        standard_atom(parents[kind], atom) for kind, atom in (pair.split(" ", 1) for pair in pairs.tolist())
    ]
    protein = Protein(
        name=Path(path).name.partition(".")[0],
        residues=np.array([parents[name] for name in atoms.residue[new].tolist()]),
        numbers=atoms.number[new].astype(int),
        icodes=atoms.icode[new],
        chains=atoms.chain[new],
        bonded=np.zeros(residue_of[-1] + 1, dtype=bool),
        atoms=np.array(names, dtype="U8")[place],
        elements=atoms.element,
        residue_of=residue_of,
        coordinates=atoms.xyz[None],
        b_factors=atoms.b,
    )
    keep = _first_of_each(protein) & _of_parents(protein, atoms.residue[new], notes)
    protein, rows = _with_atoms(protein, keep), atoms.row[keep]
    protein = _with_residues(protein, np.bincount(protein.residue_of, minlength=len(protein)) > 0)
    protein = protein.replace(atoms=_terminal_names(protein), bonded=_bonded(protein))
    joined = protein.bonded | np.append(protein.bonded[1:], False)
    free = ~joined & np.isin(np.arange(len(protein)), protein.residue_of[atoms.het[keep]])
    if free.any() and not free.all():
        labels = np.array(protein.residue_labels())[free]
        notes.append(f"left out amino acids that are no part of a chain: {', '.join(labels)}")
        keep = ~free[protein.residue_of]
        protein, rows = _with_residues(protein, ~free), rows[keep]
    if not np.logical_and.reduce([protein.index(atom) >= 0 for atom in ("N", "CA", "C")]).any():
        raise FormatError(path, "has no residue with N, CA and C; a trace of CA atoms is not enough")
    return protein, rows


def _with_atoms(protein: Protein, keep: np.ndarray) -> Protein:
    """The protein with those atoms (m,) alone."""
    return protein.replace(
        atoms=protein.atoms[keep],
        elements=protein.elements[keep],
        residue_of=protein.residue_of[keep],
        coordinates=protein.coordinates[:, keep],
        b_factors=protein.b_factors[keep],
    )


def _with_residues(protein: Protein, keep: np.ndarray) -> Protein:
    """The protein with those residues (n,) alone; bonds between those that stay are the same."""
    protein = _with_atoms(protein, keep[protein.residue_of])
    return protein.replace(
        residues=protein.residues[keep],
        numbers=protein.numbers[keep],
        icodes=protein.icodes[keep],
        chains=protein.chains[keep],
        bonded=protein.bonded[keep],
        residue_of=(np.cumsum(keep) - 1)[protein.residue_of],
    )


def _first_of_each(protein: Protein) -> np.ndarray:
    """Which atoms (m,) are the first of their name in their residue."""
    kinds = np.unique(protein.atoms, return_inverse=True)[1]
    first = np.zeros(len(protein.atoms), dtype=bool)
    first[np.unique(protein.residue_of * (kinds.max() + 1) + kinds, return_index=True)[1]] = True
    return first


def _of_parents(protein: Protein, names: np.ndarray, notes: list[str]) -> np.ndarray:
    """Which atoms (m,) a residue's parent has too; ``names`` (n,) are the residues' in the file.

    Hydrogens count with the heavy atom they are bound to.
    """
    keep = np.ones(len(protein.atoms), dtype=bool)
    changed = np.flatnonzero((names != protein.residues) & ~np.isin(names, list(ALIASES)))
    for residue in changed:
        rows = np.flatnonzero(protein.residue_of == residue)
        heavy = np.isin(protein.atoms[rows], list(residues()[str(protein.residues[residue])].heavy))
        apart = np.linalg.norm(protein.xyz[rows, None] - protein.xyz[rows[heavy]], axis=-1)
        near = (protein.elements[rows] == "H") & (apart < HYDROGEN_BOND).any(1)
        keep[rows] = heavy | near
        protein.elements[rows[protein.atoms[rows] == "SD"]] = "S"
    words = {f"{names[place]} as {protein.residues[place]}" for place in changed}
    odd = {str(name) for name in protein.residues if name not in ONE_LETTER}
    if words:
        notes.append(f"read modified residues as their parents: {', '.join(sorted(words))}")
    if odd:
        notes.append(
            f"kept residues without a parent, of which nothing is predicted: {', '.join(sorted(odd))}"
        )
    return keep


def _terminal_names(protein: Protein) -> np.ndarray:
    """Atom names (m,) with H of an amino group called H1, as where H2 and H3 stand beside it."""
    atoms = protein.atoms.copy()
    amino = (protein.index("H") >= 0) & (protein.index("H2") >= 0) & (protein.index("H1") < 0)
    atoms[protein.index("H")[amino]] = "H1"
    return atoms


def _bonded(protein: Protein) -> np.ndarray:
    """Whether a peptide bond leads to the residue before; numbers tell it where an end is missing."""
    bonded = np.zeros(len(protein), dtype=bool)
    length = np.linalg.norm(protein.position("N")[1:] - protein.position("C")[:-1], axis=1)
    step = np.diff(protein.numbers)
    next_number = (step == 1) | ((step == 0) & (protein.icodes[1:] != protein.icodes[:-1]))
    bonded[1:] = np.where(np.isnan(length), next_number, length < PEPTIDE_BOND)
    bonded[1:] &= protein.chains[1:] == protein.chains[:-1]
    return bonded


def _chirality(protein: Protein) -> list[str]:
    """A note on residues whose CB stands where a D-amino acid has it."""
    n, ca, c, cb = (protein.position(atom) for atom in ("N", "CA", "C", "CB"))
    side = np.einsum("ij,ij->i", cb - ca, np.cross(n - ca, c - ca))
    labels = np.array(protein.residue_labels())[np.nan_to_num(side, nan=1.0) < 0]
    return [f"D-amino acids by their chirality: {', '.join(labels)}"] if len(labels) else []
