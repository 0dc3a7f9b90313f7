"""The full public set of SPARTA+: shift tables that are at hand, structures fetched from the PDB.

The 575 public entries of its list become entries like those of the paired sets, but for what could leak:
a cluster with a test protein, or with a table that the archive keeps back for tests, is left out whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from common import cache, download
from common.atomic import new_files
from common.errors import DataMissing, UserError
from common.shifts import lists
from common.shifts.clusters import shares_cluster
from common.shifts.dataset import PUBLIC, TEST, each, load, prepared_path, with_hydrogens
from common.shifts.entries import Entry, pack
from common.structures import Protein

ADDRESS = "https://files.rcsb.org/download/{pdb}.cif.gz"
#: Bytes that a structure may have. ours: the largest on the list has some 2 MB.
LIMIT = 50_000_000
#: Names of entries that a line shows at most.
SHOWN = 12
#: Names that a structure may have in a user's folder, after those of the PDB's downloads.
SUFFIXES = (".cif.gz", ".cif", ".pdb.gz", ".pdb", ".ent.gz", ".ent")
#: An entry needs this share of its residues with shifts in the structure, and this share of the aligned ones
#: identical: the rule of protein_shifts_paired, its SOURCE.md.
MAPPED, IDENTICAL = 0.7, 0.95


def prepare(folder: Path | None = None, *, offline: bool = False) -> list[str]:
    """Make the data set ``sparta_public`` and keep it in the cache; lines that tell what it has and lacks.

    folder: structures in place of downloads, ``<PDB entry>.cif.gz`` and the like; entries that it lacks are
    left out. Raises DataMissing where the shift tables are missing or the PDB cannot be reached, UserError
    where nothing is left.
    """
    if folder and not folder.is_dir():
        raise UserError(f"{folder} is not a folder; name one with files such as 1AIL.cif.gz")
    test = [entry.sequences() for entry in load([TEST], offline=offline)]
    wanted, lines = without_leaks(lists.sparta_list(offline), test, set(lists.table_sequences(offline)))
    structures, missing = _structures(wanted, folder, offline)
    if missing:
        more = " ..." if len(missing) > SHOWN else ""
        lines.append(f"{len(missing)} without a structure: {' '.join(missing[:SHOWN])}{more}")
    entries, doubts = _entries([entry for entry in wanted if entry.pdb in structures], structures, offline)
    leaks = shares_cluster([entry.sequences() for entry in entries], test) if entries else []
    kept = [entry for entry, leak in zip(entries, leaks, strict=True) if not leak]
    ids = [entry.id for entry, leak in zip(entries, leaks, strict=True) if leak]
    lines += [f"{id_}: its structure is like a test protein" for id_ in ids]
    if not kept:
        raise UserError(f"no entry of {PUBLIC} could be made: {'; '.join([*lines, *doubts])}")
    with new_files(prepared_path().parent) as part:
        np.savez(part / prepared_path().name, **pack(kept))
    return [*lines, *doubts, _summary(kept)]


def without_leaks(
    listed: Sequence[lists.Listed], test: Sequence, tables: set[str]
) -> tuple[list[lists.Listed], list[str]]:
    """What of a list may be learnt from, and a line on what not.

    test: sequences of the test proteins, a tuple each; tables: names of the shift tables at hand. A table
    that is not is kept back for tests, and so are its relatives.
    """
    held_back = [entry for entry in listed if entry.table not in tables]
    others = [*test, *(entry.sequence for entry in held_back)]
    leaks = shares_cluster([entry.sequence for entry in listed], others)
    kept = [entry for entry, leak in zip(listed, leaks, strict=True) if not leak]
    return kept, [
        f"{int(leaks.sum())} of {len(listed)} left out: {len(held_back)} kept back for tests, the others"
        " in one sequence cluster with these or with a test protein"
    ]


def _structures(
    wanted: Sequence[lists.Listed], folder: Path | None, offline: bool
) -> tuple[dict[str, Path], list[str]]:
    """Paths by PDB entry, and the entries that there is none of."""
    entries = sorted({entry.pdb for entry in wanted})
    if folder is None:
        cache.say_once(f"Fetching {len(entries)} structures from the PDB to {_kept('').parent}")
    find = {pdb: _fetched(pdb, offline) if folder is None else _given(pdb, folder) for pdb in entries}
    found = {pdb: path for pdb, path in find.items() if path}
    return found, sorted(set(entries) - set(found))


def _given(pdb: str, folder: Path) -> Path | None:
    """The structure of an entry in a user's folder; capitals do not matter."""
    names = [f"{name}{suffix}" for suffix in SUFFIXES for name in (pdb.upper(), pdb.lower())]
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _kept(pdb: str) -> Path:
    return cache.folder() / "pdb" / f"{pdb}.cif.gz"


def _fetched(pdb: str, offline: bool) -> Path | None:
    """The structure of an entry in the cache, fetched where it is not there; None where the PDB has none."""
    path = _kept(pdb)
    if path.is_file():
        return path
    if offline:
        return None
    try:
        download.retrieve_unchecked(ADDRESS.format(pdb=pdb), path, LIMIT)
    except download.Unreachable as error:
        raise DataMissing(
            f"structures are not on this machine, {error} cannot be reached; --from names a folder with them"
        ) from None
    except download.Broken as error:
        cache.say_once(f"{pdb}: {error}")
        return None
    except OSError as error:
        raise DataMissing(f"{path} cannot be kept: {error}; NMR_REPRO_CACHE names another folder") from None
    return path


def _entries(
    wanted: Sequence[lists.Listed], structures: dict[str, Path], offline: bool
) -> tuple[list[Entry], list[str]]:
    """Entries, and a line on each that could not be made."""
    says = f"Adding hydrogens to {len(wanted)} chains, once"
    with lists.tables(offline) as folder:
        made = each(lambda one: _entry(one, structures[one.pdb], folder / f"{one.table}.tab"), wanted, says)
    return [one for one in made if isinstance(one, Entry)], [one for one in made if isinstance(one, str)]


def _entry(listed: lists.Listed, structure: Path, table: Path) -> Entry | str:
    """An entry from its files, or what is wrong with it."""
    from common.io.shifts import read_shifts
    from common.io.structures import read_structure
    from common.protein.matching import match

    name = f"{listed.table}.{listed.pdb}"
    try:
        (shifts,) = read_shifts(table)
        protein = _chain(read_structure(structure), listed.chains)
        found = match(shifts, protein)
    except UserError as error:
        return f"{name}: {error}"
    values = found.values(shifts)
    dropped = int(np.isfinite(shifts.values).sum() - np.isfinite(values).sum())
    if found.covered < MAPPED or found.identity < IDENTICAL:
        return f"{name}: {found.covered:.0%} of its shifts found residues, {found.identity:.1%} identical"
    return Entry(
        id=f"{listed.pdb}_{protein.chains[0]}__{listed.table}", source=PUBLIC,
        protein=with_hydrogens(protein), shifts=values, pdb=listed.pdb, table=listed.table,
        listed=listed.sequence, in_sparta_list=True, dropped=dropped,
    )  # fmt: skip


def _chain(protein: Protein, names: Sequence[str]) -> Protein:
    """The first of the named chains that is there, first conformer; UserError where none is."""
    there = set(protein.chains.tolist())
    name = next((name for name in names if name in there), None)
    if name is None:
        raise UserError(f"its structure has no chain {' or '.join(names)}")
    rows = np.flatnonzero(protein.chains == name)
    atoms = np.isin(protein.residue_of, rows)
    return protein.replace(
        **{field: getattr(protein, field)[rows] for field in ("residues", "numbers", "icodes", "chains")},
        bonded=protein.bonded[rows],
        **{field: getattr(protein, field)[atoms] for field in ("atoms", "elements", "b_factors")},
        residue_of=np.searchsorted(rows, protein.residue_of[atoms]),
        coordinates=protein.coordinates[:1, atoms],
    )


def _summary(entries: Sequence[Entry]) -> str:
    residues = sum(len(entry.protein) for entry in entries)
    shifts = sum(int(np.isfinite(entry.shifts).sum()) for entry in entries)
    return f"{PUBLIC}: {len(entries)} proteins, {residues} residues, {shifts} shifts; {prepared_path()}"
