"""Ring currents and electric fields against the columns of the real SPARTA+ program, atom by atom."""

import gzip

import numpy as np
import pytest

from common.io.structures import read_structure
from common.protein.electric import electric_field
from common.protein.rings import ring_currents
from common.shiftlist import COLUMNS, NUCLEI
from common.structures import ONE_LETTER

#: SPARTA+ calls the proton HA3 that PDB files since version 3 call HA2, and the other way round.
GLYCINE = {"HA2": "HA3", "HA3": "HA2"}
#: Root mean square differences in ppm as measured, rounded up; rounding to three decimals alone is 0.00029.
RING_BOUNDS = dict.fromkeys(COLUMNS, 0.0004) | {"HA2": 0.0008}
FIELD_BOUNDS = {"HN": 0.007, "HA": 0.0045, "HA2": 0.008, "HA3": 0.0006}
#: SHIFT - SS - RC - 0.6 HM carries the rounding of four columns.
ROUNDING = 0.0006


def sparta_rows(path):
    """Rows (number, letter, atom, SS, SHIFT, RC, HM) of a table of the program."""
    for line in gzip.decompress(path.read_bytes()).decode().splitlines():
        words = line.split()
        if len(words) == 9 and words[0].lstrip("-").isdigit():
            yield int(words[0]), words[1].upper(), words[2], *map(float, words[3:7])


def compare(protein, table):
    """(term, column, ours, the program's) of every atom that both know."""
    ring, field = ring_currents(protein), electric_field(protein)
    row = {int(number): i for i, number in enumerate(protein.numbers)}
    for number, letter, atom, secondary, shift, coil, hm in sparta_rows(table):
        i = row.get(number)
        if i is None or ONE_LETTER.get(protein.residues[i]) != letter:
            continue
        name = GLYCINE.get(atom, atom)
        column, end = COLUMNS.index(name), i in (0, len(protein) - 1)
        # At the ends the program has zeros for one proton of glycine, and no field for the first residue.
        if np.isfinite(ring[i, column]) and not (end and name in GLYCINE):
            yield "ring", name, ring[i, column], hm
            if name.startswith("H") and i and number - 1 in row:
                # The field as it is applied: its column says 0 for one proton of glycine.
                yield "field", name, field[i, column], secondary + coil + 0.6 * hm - shift


@pytest.fixture(scope="module")
def terms(data_dir):
    """(ours, the program's) by term and column, and a second such dictionary without unusual files.

    The program reads the first chain up to its end, no HETATM, and the first of alternate locations. We read
    modified residues and take the most occupied location: the unusual files are those that have either.
    """
    folder = data_dir("shiftx2_testset")
    everything, usual = {}, {}
    for table in sorted((folder / "sparta_plus").glob("*.cs.gz")):
        name = table.name.removesuffix(".cs.gz")
        file = folder / "pdbH" / f"{name}.pdbH.gz"
        protein = read_structure(file, chain=name[-1])
        odd = b"MODRES" in gzip.decompress(file.read_bytes()) or any("alternate" in x for x in protein.notes)
        for term, column, ours, theirs in compare(protein, table):
            for found in (everything,) if odd else (everything, usual):
                found.setdefault((term, column), []).append((ours, theirs))
    return tuple({key: np.array(pairs) for key, pairs in found.items()} for found in (everything, usual))


def rmsd(pairs):
    return np.sqrt(np.mean((pairs[:, 0] - pairs[:, 1]) ** 2))


@pytest.mark.parametrize("column", COLUMNS)
def test_ring_currents_against_sparta_plus(terms, column):
    everything, usual = (found["ring", column] for found in terms)
    assert len(everything) > (7000 if column in NUCLEI else 580)
    assert np.corrcoef(everything.T)[0, 1] > 0.9999
    assert rmsd(everything) < RING_BOUNDS[column]
    assert rmsd(usual) < 0.0003


@pytest.mark.parametrize("column", FIELD_BOUNDS)
def test_electric_fields_against_sparta_plus(terms, column):
    everything, usual = (found["field", column] for found in terms)
    assert len(everything) > (7000 if column in NUCLEI else 580)
    assert np.mean(np.abs(everything[:, 1]) > 0.01) > 0.1
    assert np.corrcoef(everything.T)[0, 1] > 0.99
    assert rmsd(everything) < FIELD_BOUNDS[column]
    assert rmsd(usual) < ROUNDING
