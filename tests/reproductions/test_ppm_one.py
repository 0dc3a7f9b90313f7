"""PPM_One: terms against closed forms and loops over atoms, inputs, ranges, what members leave out."""

import numpy as np
import pytest

from common.io.structures import read_structure
from common.protein.geometry import CHI2, torsions
from common.simulation.peptides import peptide
from common.training import config as configuration
from reproductions.ppm_one import config as module
from reproductions.ppm_one import data, experiment, inputs, terms

HELIX = np.radians((-57.0, -47.0))
STRAND = np.radians((-120.0, 130.0))
SEQUENCE = "AKFDRWLNPHYEGTSQCIMV"
#: Ranges of contact sums, ring currents and anisotropies that the released networks of HA are scaled to.
CONTACT = (7.397, 36.574)
PLANES = ((-111.1, 239.6), (-146.2, 71.3), (-246.2, 74.6), (-144.8, 29.4))


def chain(sequence=SEQUENCE, shape=HELIX):
    phi, psi = (np.full(len(sequence), angle) for angle in shape)
    return peptide(sequence, phi, psi)


def smoke(**overrides):
    return configuration.resolve(module, "smoke", "faithful", overrides)


def test_networks_have_as_many_inputs_as_the_code_and_as_the_paper():
    for nucleus in ("N", "C", "CA", "CB"):
        assert [len(inputs.columns(nucleus, paper)) for paper in (False, True)] == [101, 113]
    for nucleus in ("HN", "HA"):
        assert [len(inputs.columns(nucleus, paper)) for paper in (False, True)] == [110, 122]
    for nucleus in ("N", "HN", "HA", "C", "CA", "CB"):
        chosen = inputs.columns(nucleus, paper=True)
        assert len(set(chosen)) == len(chosen)
        assert chosen.max() < inputs.ALL
    assert [inputs.columns(nucleus)[60] - inputs.CONTACTS for nucleus in ("CA", "CB", "C", "N")] == [
        0,
        1,
        2,
        0,
    ]
    assert not set(inputs.columns("HN")[-9:]) & set(inputs.columns("HA")[-9:])


def test_inputs_are_told_of_inner_residues_whatever_way_a_protein_lies():
    protein = chain()
    plain = inputs.describe(protein)
    assert plain.shape == (len(SEQUENCE), inputs.ALL)
    assert np.isnan(plain[[0, -1]]).all()
    assert np.isfinite(plain[1:-1]).all()
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    moved = protein.replace(coordinates=protein.coordinates @ turn.T + [40.0, -10.0, 5.0])
    np.testing.assert_allclose(inputs.describe(moved)[1:-1], plain[1:-1], atol=1e-6)


def test_torsions_stand_where_the_code_has_them():
    protein = chain()
    told, others = inputs.torsion_inputs(protein)
    angles, row = torsions(protein), SEQUENCE.index("L")
    np.testing.assert_allclose(told[row, 6:10], [f(k * HELIX[0]) for k in (1, 2) for f in (np.cos, np.sin)])
    np.testing.assert_allclose(told[row, :2], [np.cos(HELIX[1]), np.sin(HELIX[1])])
    np.testing.assert_allclose(told[row, 22:24], [np.cos(HELIX[0]), np.sin(HELIX[0])])
    np.testing.assert_allclose(told[row, 14], np.cos(angles.chi1[row]))
    np.testing.assert_allclose(others[row], [f(HELIX[k]) for k in (0, 1) for f in (np.cos, np.sin)])
    assert not told[SEQUENCE.index("G"), 14:22].any()
    proline = SEQUENCE.index("P")
    np.testing.assert_allclose(told[proline, 14], np.cos(angles.chi2[proline]))
    assert not told[proline, 18:22].any()
    # a nitrogen and an oxygen bound to a planar carbon are 180 degrees apart
    asparagine = SEQUENCE.index("N")
    assert CHI2["ASN"][1] == "OD1"
    np.testing.assert_allclose(told[asparagine, 18], -np.cos(angles.chi2[asparagine]), atol=0.05)


def test_contact_sums_are_those_of_a_loop_over_heavy_atoms():
    protein = chain()
    heavy = [protein.xyz[i] for i in range(len(protein.atoms)) if protein.elements[i] != "H"]
    for column, atom in enumerate(("CA", "CB", "C")):
        for row in (0, 5, 12):
            place = protein.position(atom)[row]
            wanted = sum(np.exp(-np.linalg.norm(other - place) / 3) for other in heavy)
            np.testing.assert_allclose(terms.contacts(protein)[row, column], wanted)
    assert np.isnan(terms.contacts(protein)[SEQUENCE.index("G"), 1])


def test_a_helix_bonds_each_amide_to_the_oxygen_four_before_and_a_strand_none():
    sequence = "A" * 12
    bonds = terms.hydrogen_bonds(chain(sequence))
    assert (bonds[4:, :3] > 0).all()
    assert not bonds[:4, :3].any()
    assert (bonds[:8, 3:] > 0).all()
    assert not bonds[8:, 3:].any()
    protein = chain(sequence)
    n, h, o, c = (protein.position(atom)[row] for atom, row in (("N", 9), ("H", 9), ("O", 5), ("C", 5)))
    angle = np.dot(h - n, o - h) / np.linalg.norm(h - n) / np.linalg.norm(o - h)
    second = np.dot(o - h, c - o) / np.linalg.norm(o - h) / np.linalg.norm(c - o)
    wanted = 1 / (np.linalg.norm(o - h) - 1), angle**2, second**2
    third = [row for row in (6,) if np.linalg.norm(protein.position("O")[row] - h) < 3]
    if not third:
        np.testing.assert_allclose(bonds[9, :3], wanted)
    assert not terms.hydrogen_bonds(chain(sequence, STRAND)).any()


def test_protons_see_their_own_kind_of_ring_and_glycine_the_mean_of_two():
    protein = chain("AAGAFAA")
    rings = terms.rings(protein, ("HA", "HA2", "HA3"))
    assert (rings[:, 0] != 0).all()
    assert not rings[:, 1:].any()
    both = [terms.rings(protein, (name,))[2, 0] for name in ("HA2", "HA3")]
    np.testing.assert_allclose(rings[2, 0], np.mean(both))
    assert np.isnan(terms.rings(chain("AAPFA"), ("H",))[2]).all()


def test_terms_of_a_test_protein_are_in_the_ranges_of_the_released_networks(data_dir):
    path = next((data_dir("shiftx2_testset") / "pdbH").glob("A001_*"))
    described = inputs.describe(read_structure(path))
    inner = described[np.isfinite(described).all(1)]
    contact = inner[:, inputs.columns("HA")[60]]
    assert CONTACT[0] < contact.min() < 15
    assert 25 < contact.max() < CONTACT[1]
    for column, (low, high) in zip(inputs.columns("HA")[-4:], PLANES, strict=True):
        assert low < 1000 * inner[:, column].min()
        assert high / 20 < 1000 * inner[:, column].max() < high


def test_inputs_and_shifts_are_scaled_to_their_ranges():
    from reproductions.ppm_one.model import Range

    values = np.array([[0.0, 5.0, 3.0], [10.0, 6.0, 3.0], [4.0, 5.5, 3.0]], "float32")
    layer = Range(3)
    layer.learn(values)
    scaled = np.asarray(layer(values))
    np.testing.assert_allclose(scaled, [[-1, -1, 0], [1, 1, 0], [-0.2, 0, 0]], atol=1e-6)
    back = Range(1, inverse=True)
    back.learn(np.array([[40.0], [70.0]]))
    np.testing.assert_allclose(np.asarray(back(np.array([[-1.0, 0.0, 1.0]]))), [[40, 55, 70]])


def test_a_member_leaves_out_one_part_of_the_proteins_and_is_watched_on_it():
    config = smoke(members=3, made_up=9)
    table = data.training(config)
    rows, shifts = data.known(table, "CA")
    batches = [data.nucleus_batches(config, table, "CA", 0, split) for split in ("train", "validation")]
    learnt, watched = (batch.make(np.arange(len(rows)), None)[1] for batch in batches)
    left_out = np.isnan(learnt)
    assert (left_out.sum(axis=1) == 1).all()
    np.testing.assert_array_equal(np.isnan(watched), ~left_out)
    np.testing.assert_allclose(watched[left_out], shifts, rtol=1e-6)
    for member in range(3):
        inside = set(table.protein[rows][left_out[:, member]])
        assert inside
        assert not inside & set(table.protein[rows][~left_out[:, member]])


def test_predictions_are_the_mean_of_members_in_ppm():
    config = smoke(nuclei=("CA",), members=3, made_up=6)
    table = data.training(config)
    model = experiment.started(config, table, "CA")
    _, shifts = data.known(table, "CA")
    half = np.asarray(model.get_layer("shift").half())
    np.testing.assert_allclose(half, (shifts.max() - shifts.min()) / 2, rtol=1e-5)
    made = experiment.predict({"CA": model}, config, table.features)
    chosen = table.features[:, data.columns(config, "CA")]
    np.testing.assert_allclose(made[:, 4], np.asarray(model(chosen)).mean(axis=1), rtol=1e-5)
    assert np.isnan(np.delete(made, 4, axis=1)).all()


def test_the_predictor_of_apply_fills_the_atoms_that_a_structure_has():
    from reproductions.ppm_one import estimate, model

    config = smoke(nuclei=("HN", "HA"), members=2)
    predict = estimate.predictor(config, {nucleus: model.build(config, nucleus) for nucleus in config.nuclei})
    proteins = [chain(), chain("AAA"), chain("AG")]
    (shifts, errors), (few, _), (none, _) = predict(proteins)
    assert errors is None
    assert shifts.shape == (len(SEQUENCE), 8)
    assert np.isnan(shifts[[0, -1]]).all()
    assert np.isnan(shifts[:, [0, 3, 4, 5]]).all()
    glycine, proline = SEQUENCE.index("G"), SEQUENCE.index("P")
    assert shifts[glycine, 6] == shifts[glycine, 7]
    assert np.isnan(shifts[glycine, 2])
    assert np.isnan(shifts[proline, 1])
    assert np.isfinite(shifts[proline, 2])
    assert np.isfinite(few[1, [1, 2]]).all()
    assert np.isnan(none).all()


def test_users_are_given_no_carbon_shift_that_hangs_on_a_disulfide():
    from reproductions.ppm_one import estimate

    told, cysteine = estimate.predicted(chain()), SEQUENCE.index("C")
    assert np.isnan(told[cysteine, [4, 5]]).all()
    assert np.isfinite(told[cysteine, :4]).all()
    assert np.isfinite(told[SEQUENCE.index("S"), :6]).all()


@pytest.mark.parametrize(("atom", "column"), [("H", 1), ("CB", 5)])
def test_an_atom_that_is_not_there_is_not_predicted(atom, column):
    protein = chain()
    there = inputs.there(protein)
    missing = "P" if atom == "H" else "G"
    assert np.isnan(there[SEQUENCE.index(missing), column])
    assert np.isfinite(there[SEQUENCE.index("K"), column])
