"""Terms of helices and strands of ideal geometry, of proteins without some atoms, and how fast they come."""

import time

import numpy as np
import pytest

from common.protein.contacts import exposure
from common.protein.electric import electric_field
from common.protein.geometry import torsions
from common.protein.hbonds import hydrogen_bonds
from common.protein.order import contact_order
from common.protein.rings import ring_currents
from common.shiftlist import COLUMNS
from common.simulation.peptides import peptide
from common.structures import AMINO_ACIDS
from tests.common.protein.made import made, rotation, without

LENGTH = 16
HELIX, STRAND = np.radians([-57, -47]), np.radians([-120, 120])


def terms(protein):
    """Every term as arrays by name, residues first."""
    found = {"ring": ring_currents(protein), "field": electric_field(protein), "s2": contact_order(protein)}
    return found | vars(torsions(protein)) | vars(hydrogen_bonds(protein)) | vars(exposure(protein))


def test_a_helix_bonds_every_fifth_residue():
    found = hydrogen_bonds(peptide("A" * LENGTH, *HELIX))
    bonded = np.arange(LENGTH) >= 4
    np.testing.assert_array_equal(found.hn[:, 0], bonded)
    np.testing.assert_array_equal(found.o[:, 0], bonded[::-1])
    # Kabsch & Sander 1983: about -3 kcal/mol for a good bond; H...O of Pauling's helix is near 2 angstrom.
    assert (found.energy[bonded, 0] < -1.5).all()
    assert ((found.hn[bonded, 1] > 1.7) & (found.hn[bonded, 1] < 2.4)).all()
    assert (found.hn[bonded, 2] < -0.8).all()


def test_a_lonely_strand_has_no_good_bonds_and_is_mobile():
    strand, helix = (peptide("A" * LENGTH, *angles) for angles in (STRAND, HELIX))
    # The electrostatic energy alone lets an O face the HN of the next residue but one over 3.8 angstrom.
    assert hydrogen_bonds(strand).energy.min() > -0.6
    inside = slice(4, -4)
    assert contact_order(strand)[inside].max() < contact_order(helix)[inside].min()


def test_terms_do_not_depend_on_place():
    rng = np.random.default_rng(0)
    protein = peptide(AMINO_ACIDS, *rng.uniform(-3, 3, (2, 20)), omega=3.0, chi1=1.0, chi2=-2.0)
    moved = protein.replace(coordinates=protein.coordinates @ rotation(rng) + [150.0, -80, 300])
    before, after = terms(protein), terms(moved)
    for name, values in before.items():
        np.testing.assert_allclose(after[name], values, atol=1e-9, err_msg=name)
    assert np.nanmax(np.abs(before["ring"])) > 0.1
    assert np.isfinite(before["chi2"]).sum() == 14


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("share", [0.05, 0.3, 0.9])
def test_missing_atoms_leave_gaps_only(share):
    rng = np.random.default_rng(1)
    protein = peptide(AMINO_ACIDS * 2, *rng.uniform(-np.pi, np.pi, (2, 40)))
    for name, values in terms(without(protein, rng.random(len(protein.atoms)) < share)).items():
        assert len(values) == 40, name
        assert not np.isinf(values).any(), name
        if name in ("hn", "ha", "o", "ha2", "ha3", "energy"):
            assert np.isfinite(values).all(), name


@pytest.mark.filterwarnings("error")
def test_heavy_atoms_alone_have_no_terms_of_protons():
    protein = peptide(AMINO_ACIDS, *HELIX)
    bare = terms(without(protein, protein.elements != "H"))
    protons = [COLUMNS.index(name) for name in ("HN", "HA", "HA2", "HA3")]
    assert np.isnan(bare["ring"][:, protons]).all()
    assert np.isnan(bare["field"][:, protons]).all()
    assert not bare["energy"].any()
    np.testing.assert_array_equal(bare["phi"], torsions(protein).phi)


@pytest.mark.filterwarnings("error")
def test_no_residues_have_no_terms():
    assert {len(values) for values in terms(made()).values()} == {0}


def test_a_protein_takes_less_than_a_tenth_of_a_second():
    rng = np.random.default_rng(2)
    letters = "".join(rng.choice(list(AMINO_ACIDS), 150))
    protein = peptide(letters, *rng.normal(HELIX, 0.2, (150, 2)).T)
    terms(protein)
    taken = []
    for _ in range(3):
        start = time.process_time()
        terms(protein)
        taken.append(time.process_time() - start)
    assert min(taken) < 0.1


def test_amide_bonds_against_mdtraj():
    mdtraj = pytest.importorskip("mdtraj")
    rng = np.random.default_rng(3)
    # Sixty residues of a bent helix, whose energies spread; mdtraj puts H opposite to the C=O before.
    protein = peptide("A" * 60, *rng.normal(HELIX, 0.1, (60, 2)).T)
    topology = mdtraj.Topology()
    chain = topology.add_chain()
    residues = [topology.add_residue("ALA", chain) for _ in range(60)]
    for name, element, owner in zip(protein.atoms, protein.elements, protein.residue_of, strict=True):
        topology.add_atom(str(name), mdtraj.element.get_by_symbol(str(element)), residues[owner])
    theirs = mdtraj.kabsch_sander(mdtraj.Trajectory(protein.xyz[None] / 10, topology))[0].toarray().min(0)
    ours = hydrogen_bonds(protein).energy[:, 0]
    both = (ours < 0) & (theirs < 0)
    assert both.sum() > 45
    assert np.corrcoef(ours[both], theirs[both])[0, 1] > 0.99
    assert np.abs(ours[both] - theirs[both]).mean() < 0.1
    # Where only one of them has a bond, it is a weak one.
    assert np.minimum(ours, theirs)[~both].min() > -0.8
