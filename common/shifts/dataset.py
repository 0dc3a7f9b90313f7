"""Proteins with structure and observed shifts: what papers on protein shifts train on and are scored on.

Structures are X-ray chains with hydrogens; shifts are aligned to their residues. The first call adds
hydrogens to some 240 chains, which takes minutes; later ones read what was kept, in seconds.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from common import cache, datasets
from common.errors import ConfigError, DataMissing, nearest
from common.shiftlist import COLUMNS, ShiftList
from common.shifts import lists
from common.shifts.clusters import PAIRED, clusters, shares_cluster
from common.shifts.entries import Entry, pack, unpack
from common.structures import Protein

TEST = "shiftx2_testset"
NAMES = (*PAIRED, TEST)
#: What ``nmr-repro data prepare`` makes.
PUBLIC = "sparta_public"
#: Raise them when the hydrogens change, and when anything else of an entry does: both are kept on disk.
HYDROGENS, VERSION = 2, 3
#: Column of an atom of a shift table.
COLUMN = {name: column for column, name in enumerate(COLUMNS)} | {"H": COLUMNS.index("HN")}
#: A residue's neighbours are those up to this far along the chain. ours: as in common/protein/matching.py.
NEAR = 3
#: Repositories whose structures are partners of complexes (SOURCE.md of both paired sets).
BOUND_REPOSITORIES = ("haddocking/BM5-clean", "octavian-ganea/equidock_public")
#: Further chains cut from complexes, or bound to DNA, that SOURCE.md of protein_shifts_paired_more names.
BOUND = ("1ATP_E__6183", "1EMV_A__4115", "1L6X_A__15514", "2BE6_A__4056", "3C2I_A__4280", "3YGS_C__4661")
#: Pairs that SOURCE.md of protein_shifts_paired_more has doubts about: no CA shifts to check the pairing by,
#: shifts of one of several domains, another ligand, a file of a crystal-packing test, copies that differ.
DOUBTFUL = (
    "1FNF_A__2281", "1IV7_A__4638", "1PTF_A__4774", "2XMJ_A__6172", "4HE7_A__5723", "4HXJ_A__3433",
    "1BA3_A__6646", "2HMI_A__4097", "5UGO_A__4326", "2BE6_A__4056", "2HHB_A__5856", "1ONC_A__4371",
)  # fmt: skip


def load(
    names: Sequence[str] = NAMES, *, offline: bool = False, strict: bool = False, hydrogens: bool = True
) -> list[Entry]:
    """All entries of some data sets, in order, each with the cluster that it is in among them.

    names: of ``NAMES``, or ``sparta_public``, which has shift tables of the paired sets too. strict: without
    bound forms and doubtful pairs. hydrogens: False is quicker at first, and leaves paired chains with what
    hydrogens their files have. Raises ConfigError for another name; DataMissing where files are not here
    and cannot (``offline``: must not) be fetched, or ``sparta_public`` was not prepared.
    """
    found = [entry for name in names for entry in _entries(name, offline, hydrogens)]
    kept = [entry for entry in found if not (strict and (entry.bound or entry.doubtful))]
    labels = clusters([entry.sequences() for entry in kept])
    first = np.unique(labels, return_index=True)[1]
    return [replace(entry, cluster=kept[first[label]].id) for entry, label in zip(kept, labels, strict=True)]


def _entries(name: str, offline: bool, hydrogens: bool) -> list[Entry]:
    if name == PUBLIC:
        return unpack(_prepared())
    if name not in NAMES:
        raise ConfigError(f"no protein shifts are called {name!r}{nearest(name, (*NAMES, PUBLIC))}")
    used = {}
    for data_set in (name, lists.DATA_SET):
        spec = datasets.load(data_set)
        for file in _used(spec):
            spec.path(file, offline)
            used[f"{data_set}/{file}"] = spec.files[file].sha256
    key = hashlib.sha256(json.dumps(used, sort_keys=True).encode()).hexdigest()
    version = [HYDROGENS, VERSION]
    return unpack(cache.cached(_read, version=version, name=name, files=key, hydrogens=hydrogens))


def _used(spec: datasets.DataSpec) -> list[str]:
    """The files of a data set that entries are made from."""
    folders = ("structures", "pdbH", "corr")
    tops = ("pairs.csv", "shifts.csv.gz", "testset.csv", lists.LIST, lists.ALIGNMENTS, lists.TABLES)
    return [file for file in spec.files if file in tops or file.partition("/")[0] in folders]


def prepared_path() -> Path:
    """Where ``nmr-repro data prepare`` keeps the public set."""
    return cache.folder() / "prepared" / f"{PUBLIC}.npz"


def _prepared() -> dict[str, np.ndarray]:
    try:
        with np.load(prepared_path(), allow_pickle=False) as file:
            return dict(file)
    except (OSError, ValueError) as error:
        raise DataMissing(
            f"{PUBLIC} is not prepared on this machine ({type(error).__name__});"
            f" `nmr-repro data prepare {PUBLIC}` fetches its structures from the PDB"
        ) from None


def _read(*, name: str, files: str, hydrogens: bool) -> dict[str, np.ndarray]:
    """All entries of a data set as arrays; ``files`` is the key of what they are made from."""
    del files
    return pack(test_entries() if name == TEST else paired_entries(name, hydrogens))


def paired_entries(name: str, hydrogens: bool = True) -> list[Entry]:
    """The entries of a paired set; their hydrogens are hydride's, or those of the files."""
    from common.io.structures import read_structure

    spec = datasets.load(name)
    with open(spec.path("pairs.csv"), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    shifts, sequences = paired_shifts(spec.path("shifts.csv.gz")), lists.table_sequences()

    def make(row: dict) -> Entry:
        pair = row["pair"]
        protein = read_structure(spec.path(f"structures/{pair}.pdb.gz"))
        protein = with_hydrogens(protein) if hydrogens else protein
        values, dropped = align(protein, shifts[pair])
        return Entry(
            id=pair, source=name, protein=protein, shifts=values, pdb=row["pdb"], table=row["bmrb_or_name"],
            listed=sequences.get(row["shift_file"], ""),
            bound=row["coord_repo"] in BOUND_REPOSITORIES or pair in BOUND, doubtful=pair in DOUBTFUL,
            in_sparta_list=row["in_sparta575"] == "1",
            resolution=float(row.get("resolution_A") or "nan"), dropped=dropped,
        )  # fmt: skip

    doing = "Adding hydrogens to" if hydrogens else "Reading"
    return each(make, rows, f"{doing} {len(rows)} chains of {name}, once")


def test_entries() -> list[Entry]:
    """The entries of the test set, with the hydrogens of their files (REDUCE)."""
    from common.io.shifts import read_shifts
    from common.io.structures import read_structure

    spec = datasets.load(TEST)
    with open(spec.path("testset.csv"), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    def make(row: dict) -> Entry:
        pdb, chain, table = row["pdb_chain"][:4], row["pdb_chain"][4:], row["bmrb"]
        start = f"{row['id']}_{pdb}{chain}"
        protein = read_structure(spec.path(f"pdbH/{start}.pdbH"), chain=chain)
        listed = read_shifts(spec.path(f"corr/{row['id']}_bmr{table}.str.corr.pdbresno"))[0]
        values, dropped = align(protein, listed_shifts(listed))
        return Entry(
            id=row["id"], source=TEST, protein=protein, shifts=values, pdb=pdb, table=table,
            listed=listed.sequence, resolution=float(row["resolution_A"]), dropped=dropped,
        )  # fmt: skip

    return clean(each(make, rows, f"Reading {len(rows)} proteins of {TEST}, once"), lists.sparta_list())


def clean(entries: Sequence[Entry], listed: Sequence[lists.Listed]) -> list[Entry]:
    """The entries, with ``clean`` and ``in_sparta_list`` set by the list that SPARTA+ learnt from."""
    tables, structures = {one.table for one in listed}, {one.pdb for one in listed}
    like = shares_cluster([entry.sequences() for entry in entries], [one.sequence for one in listed])
    return [
        replace(
            entry,
            in_sparta_list=entry.table in tables or entry.pdb in structures,
            clean=not (entry.table in tables or entry.pdb in structures or near),
        )
        for entry, near in zip(entries, like, strict=True)
    ]


class Shift(NamedTuple):
    """A shift in ppm of a residue, by its number, insertion code and letter in the structure.

    column: of ``COLUMNS``. listed: the residue's place in the list of shifts.
    """

    number: int
    icode: str
    letter: str
    column: int
    value: float
    listed: int


def listed_shifts(listed: ShiftList) -> list[Shift]:
    """The shifts of a list that is numbered as the structure."""
    return [
        Shift(int(listed.numbers[row]), "", listed.sequence[row], column, listed.values[row, column], row)
        for row, column in np.argwhere(np.isfinite(listed.values)).tolist()
    ]


def paired_shifts(path: Path) -> dict[str, list[Shift]]:
    """The shifts of a paired set by pair."""
    found = defaultdict(list)
    with gzip.open(path, "rt", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            residue = int(row["pdb_resnum"]), row["pdb_icode"].strip(), row["aa"].upper()
            shift = Shift(*residue, COLUMN[row["atom"]], float(row["shift_ppm"]), int(row["shift_resnum"]))
            found[row["pair"]].append(shift)
    return found


def align(protein: Protein, shifts: Sequence[Shift]) -> tuple[np.ndarray, int]:
    """Shifts (n, 8) in ppm at the residues of their number, insertion code and letter; how many are dropped.

    Dropped are shifts without such a residue, and those of a residue whose neighbours along the chain are
    other ones in the list: alignments run on into gaps and tails where a letter agrees by chance.
    """
    rows = {}
    for row, letter in enumerate(protein.sequence):
        rows.setdefault((int(protein.numbers[row]), str(protein.icodes[row]), letter), row)
    found = [(rows.get((shift.number, shift.icode, shift.letter)), shift) for shift in shifts]
    step = {row: shift.listed - row for row, shift in found if row is not None}
    values = np.full((len(protein), len(COLUMNS)), np.nan)
    for row, shift in found:
        if row is not None and any(
            step.get(row + near) == step[row] for near in range(-NEAR, NEAR + 1) if near
        ):
            values[row, shift.column] = shift.value
    return values, len(shifts) - int(np.isfinite(values).sum())


def with_hydrogens(protein: Protein) -> Protein:
    """The protein with hydrogens in place of those it has, computed once and kept on disk."""
    arrays = cache.cached(_hydrogens, *protein.arrays(), version=HYDROGENS)
    return Protein.from_arrays(arrays, protein.name).replace(notes=protein.notes)


def _hydrogens(*arrays: np.ndarray) -> tuple[np.ndarray, ...]:
    from common.protein.hydrogens import add_hydrogens

    return add_hydrogens(Protein.from_arrays(arrays)).arrays()


def each(make: Callable, items: Sequence, says: str) -> list:
    """``make`` of every item, with a line and a bar on standard error."""
    from rich.console import Console
    from rich.progress import track

    cache.say_once(says)
    console = Console(stderr=True)
    shown = track(items, "", console=console, transient=True, disable=not console.is_terminal)
    return [make(item) for item in shown]
