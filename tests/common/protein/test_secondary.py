import gzip
import warnings

import numpy as np
import pytest

from common.io.structures import read_structure
from common.protein.secondary import secondary_structure, three_state
from common.simulation.peptides import peptide


def chain(phi, psi, count=14):
    return peptide("A" * count, np.full(count, np.radians(phi)), np.full(count, np.radians(psi)))


@pytest.mark.parametrize(("phi", "psi", "code"), [(-57, -47, "H"), (-49, -26, "G"), (-60, 150, "C")])
def test_ideal_helices(phi, psi, code):
    assert set(secondary_structure(chain(phi, psi))[3:-3]) == {code}


def test_a_residue_without_its_carbonyl_is_coil_and_its_neighbours_stay():
    protein = chain(-57, -47, 30)
    keep = ~((protein.atoms == "O") & (protein.residue_of == 28))
    part = protein.replace(
        atoms=protein.atoms[keep],
        elements=protein.elements[keep],
        residue_of=protein.residue_of[keep],
        coordinates=protein.coordinates[:, keep],
        b_factors=protein.b_factors[keep],
    )
    codes = secondary_structure(part)
    assert codes[28] == "C"
    assert "".join(codes[:24]) == "".join(secondary_structure(protein)[:24])
    bare = protein.atoms == "CA"
    trace = protein.replace(
        atoms=protein.atoms[bare],
        elements=protein.elements[bare],
        residue_of=protein.residue_of[bare],
        coordinates=protein.coordinates[:, bare],
        b_factors=protein.b_factors[bare],
    )
    assert set(secondary_structure(trace)) == {"C"}


def test_three_states():
    assert "".join(three_state(np.array(list("HGIEBTSC ")))) == "HHHEECCCC"


@pytest.mark.parametrize("name", ["A002_1XMTA", "A003_1LM4B"])
def test_the_whole_file_by_mdtraj_says_the_same(data_dir, tmp_path, name):
    import mdtraj

    packed = data_dir("shiftx2_testset") / "pdbH" / f"{name}.pdbH.gz"
    path = tmp_path / "x.pdb"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        codes = mdtraj.compute_dssp(mdtraj.load(path), simplified=False)[0]
    expected = ["C" if code == " " else code for code in codes if code != "NA"]
    assert secondary_structure(read_structure(packed)).tolist() == expected
