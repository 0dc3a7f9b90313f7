"""Assigned shifts of all nuclei of a protein, side chains too, and their statistics by residue.

From the NMR-STAR tables (reference-corrected ones, after RefDB) of the data set cspred_shift_tables.
"""

from __future__ import annotations

import tarfile
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from common import cache, datasets
from common.io.star import read_star
from common.shifts.clusters import PAIRED, uniform
from common.shifts.dataset import load
from common.shifts.lists import DATA_SET, TABLES
from common.simulation.protein_nuclei import FLIPPING, RESIDUES, names
from common.simulation.protein_spins import ProteinSpins, protein_spins
from common.structures import THREE_LETTER, Protein

VERSION = 1
COLUMNS = ("_Residue_seq_code", "_Residue_label", "_Atom_name", "_Chem_shift_value")
#: Names of tables that differ from those used here.
ALIASES = {("ILE", "CD"): "CD1", ("ILE", "HD"): "HD1", ("ALA", "HB1"): "HB", ("LEU", "HD11"): "HD1"}
#: ours: values this many standard deviations (by the median deviation) off their median are errors.
OUTLIER = 4.0
#: ours: fewest residues with both nuclei of a correlation, which then has a standard error of 0.15.
PAIRS = 40
#: ours: residues that must agree between a table and a structure, as a share of those that both number.
AGREE = 0.9

#: What the file of statistics begins with.
HEADER = (
    "Shifts of amino acids in folded proteins by residue, ppm: mean, standard deviation, and correlations",
    "of pairs of nuclei in per cent (row i: with the nuclei before it). Computed by residue_statistics in",
    "common/shifts/sidechains.py from the 214 reference-corrected NMR-STAR tables of the data set",
    "cspred_shift_tables (BMRB, Ulrich et al., Nucleic Acids Res. 2008, 36, D402; RefDB, Zhang, Neal and",
    "Wishart, J. Biomol. NMR 2003, 25, 173). A methyl group is one nucleus; rings of Phe and Tyr flip.",
)

#: Proteins whose measured spectra are test cases: protein L of the data set protein_l_hsqc.
MEASURED = ("1HZ6_B__3466",)
#: Shares of sequence clusters for tests and for development. ours: some 25 proteins each, so that a mean over
#: them has an error of a fifth of their spread.
TEST, DEVELOPMENT = 0.15, 0.15

#: A table: (residue number, three-letter name) to shifts in ppm by atom.
Table = dict[int, tuple[str, dict[str, float]]]


def full_tables(offline: bool = False) -> dict[str, Table]:
    """The tables with side chains by name, a BMRB number as a rule. Raises as ``DataSpec.path``."""
    spec = datasets.load(DATA_SET)
    spec.path(TABLES, offline)
    arrays = cache.cached(_read, version=VERSION, file=spec.files[TABLES].sha256)
    found: dict[str, Table] = defaultdict(dict)
    for name, number, residue, atom, value in zip(*(a.tolist() for a in arrays), strict=True):
        found[name].setdefault(number, (residue, {}))[1][atom] = value
    return dict(found)


def _read(*, file: str) -> tuple[np.ndarray, ...]:
    """All tables as columns: table, residue number, residue, atom, shift; ``file`` is the archive's key."""
    del file
    rows = []
    with tarfile.open(datasets.load(DATA_SET).path(TABLES)) as archive:
        for member in archive:
            if member.isreg() and member.name.endswith(".str.corr"):
                text = archive.extractfile(member).read().decode("utf-8", "replace")
                name = member.name.rpartition("/")[2].removesuffix(".str.corr").removeprefix("bmr")
                rows += [(name, *row) for row in _rows(member.name, text)]
    return tuple(np.array(column) for column in zip(*rows, strict=True))


def _rows(path: str, text: str) -> list[tuple[int, str, str, float]]:
    """Residue number, residue, atom and shift of a table of NMR-STAR 2.1, the observed nuclei alone."""
    found: dict[tuple[int, str, str], list[float]] = defaultdict(list)
    for frame in read_star(path, text)[1]:
        loop = frame.loop(*COLUMNS)
        for number, residue, atom, value in loop.rows(path, *COLUMNS) if loop else ():
            twins = {f"H{twin[1:]}": f"H{first[1:]}" for twin, first in FLIPPING.get(residue, {}).items()}
            atom = ALIASES.get((residue, atom), atom)
            atom = {**twins, **FLIPPING.get(residue, {})}.get(atom, atom)
            try:
                key, shift = (int(number), residue, atom), float(value)
            except ValueError:
                continue
            if residue in THREE_LETTER.values() and atom in names(residue):
                found[key].append(shift)
    return [(*key, float(np.mean(values))) for key, values in found.items()]


def side_chains(protein: Protein, table: Table) -> list[dict[str, float]]:
    """The shifts of a table by atom at each residue of a structure; empty where they do not belong together.

    Numbers of both differ by one constant, that by which most letters agree; a residue counts where its
    letter and a neighbour's agree. Nothing where under ``AGREE`` of the letters do.
    """
    empty = [{} for _ in range(len(protein))]
    numbers, kinds = protein.numbers.tolist(), protein.residues.tolist()
    best, agreeing = 0, 0
    for shift in range(min(table) - max(numbers), max(table) - min(numbers) + 1):
        same = sum(table.get(n + shift, ("",))[0] == kind for n, kind in zip(numbers, kinds, strict=True))
        if same > agreeing:
            best, agreeing = shift, same
    met = [table.get(n + best) for n in numbers]
    if agreeing < AGREE * max(sum(row is not None for row in met), 1) or not agreeing:
        return empty
    fits = [row is not None and row[0] == kind for row, kind in zip(met, kinds, strict=True)]
    near = [any(fits[max(i - 1, 0) : i] + fits[i + 1 : i + 2]) for i in range(len(fits))]
    return [dict(row[1]) if fit and close else {} for row, fit, close in zip(met, fits, near, strict=True)]


def residue_statistics(tables: Sequence[Table]) -> dict[str, dict[str, np.ndarray]]:
    """``atoms``, ``mean``, ``sd`` in ppm and ``correlation`` of the shifts of each residue.

    Values beyond ``OUTLIER`` robust standard deviations are left out. A correlation of fewer than ``PAIRS``
    residues is zero.
    """
    found = {}
    for residue in RESIDUES:
        atoms = names(residue)
        rows = [shifts for table in tables for kind, shifts in table.values() if kind == residue]
        values = np.array([[shifts.get(atom, np.nan) for atom in atoms] for shifts in rows])
        away = np.abs(values - np.nanmedian(values, axis=0))
        values[away > OUTLIER * 1.4826 * np.nanmedian(away, axis=0)] = np.nan
        mean, sd = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
        scaled = (values - mean) / sd
        both = np.isfinite(scaled).astype(float)
        pairs = both.T @ both
        product = np.nan_to_num(scaled).T @ np.nan_to_num(scaled) / np.maximum(pairs, 1)
        correlation = np.where(pairs >= PAIRS, product, 0.0)
        found[residue] = {"atoms": atoms, "mean": mean, "sd": sd, "correlation": correlation}
    return found


def statistics_text(found: Mapping[str, Mapping]) -> str:
    """The file ``shift_statistics.toml``: shifts to 0.001 ppm, correlations in per cent, lower triangle."""
    lines = [f"# {line}" for line in HEADER]
    for residue, row in found.items():
        lower = [[round(100 * r) for r in line[:i]] for i, line in enumerate(row["correlation"])]
        lines += ["", f"[{residue}]", f'atoms = "{" ".join(row["atoms"])}"']
        lines += [f"{key} = [{', '.join(f'{x:.3f}' for x in row[key])}]" for key in ("mean", "sd")]
        lines += ["percent = [", *(f"  {line}," for line in lower), "]"]
    return "\n".join(lines) + "\n"


def protein_chains(
    data_sets: Sequence[str] = PAIRED, *, offline: bool = False, strict: bool = True
) -> list[ProteinSpins]:
    """The proteins of the paired sets with the shifts of all their observed nuclei, to simulate spectra of.

    Side chains have the shifts of their table where it has some; what is missing is drawn, the same in every
    session. strict: without bound forms and doubtful pairs. Raises as ``common.shifts.dataset.load``.
    """
    tables = full_tables(offline)
    found = []
    for entry in load(data_sets, offline=offline, strict=strict):
        table = tables.get(entry.table)
        sides = side_chains(entry.protein, table) if table else None
        rng = np.random.default_rng(zlib.crc32(entry.id.encode()))
        found.append(protein_spins(entry.protein, entry.shifts, rng, sides, entry.cluster))
    return found


def roles(chains: Sequence[ProteinSpins]) -> list[str]:
    """``train``, ``development`` or ``test`` of each protein, whole sequence clusters together.

    By a hash of the cluster's name, so that neither order nor number of the others matters; clusters of
    ``MEASURED`` are for tests. What all have in common are the statistics of residues.
    """
    measured = {chain.cluster for chain in chains if chain.name in MEASURED}
    found = []
    for chain in chains:
        place = uniform(f"peaks {chain.cluster}")
        tested = chain.cluster in measured or place < TEST
        found.append("test" if tested else "development" if place < TEST + DEVELOPMENT else "train")
    return found
