"""What is SPARTA+'s own: the order of its inputs, what is added to its outputs, its ensembles and errors."""

import numpy as np
import pytest

from common.protein.features import similarity
from common.protein.hbonds import hydrogen_bonds
from common.protein.order import contact_order
from common.shiftlist import NUCLEI
from common.shifts import members
from common.shifts.examples import examples
from common.simulation.peptides import peptide
from common.training import config as configuration
from reproductions.sparta_plus import config as configs
from reproductions.sparta_plus import data, errors
from reproductions.sparta_plus.surroundings import SURROUNDINGS, surroundings

HELIX = "GSAEKLFDRWIYTHQVNMCA"


def resolve(variant="faithful", **overrides):
    return configuration.resolve(configs, "smoke", variant, overrides)


@pytest.fixture(scope="module")
def helix():
    return peptide(HELIX, np.radians(-60.0), np.radians(-45.0), chi1=np.radians(-65.0))


# --- inputs


def test_inputs_stand_in_the_order_of_the_program(helix):
    inputs, i = data.sparta_inputs(helix), 9
    assert inputs.shape == (len(HELIX), 113)
    for place in (-1, 0, 1):
        own = inputs[i, 30 * (place + 1) : 30 * (place + 2)]
        np.testing.assert_array_equal(own[:20], similarity(HELIX)[i + place])
        np.testing.assert_allclose(own[20:22], [np.sin(np.radians(-60)), np.cos(np.radians(-60))], atol=1e-6)
        np.testing.assert_allclose(own[22:24], [np.sin(np.radians(-45)), np.cos(np.radians(-45))], atol=1e-6)
    bonds = hydrogen_bonds(helix)
    groups = [bonds.o[i - 1], bonds.hn[i], bonds.ha[i], bonds.o[i], bonds.hn[i + 1]]
    np.testing.assert_array_equal(inputs[i, 90:110], np.concatenate(groups))
    assert inputs[i, 90] == 1  # the oxygen before accepts a bond in a helix
    np.testing.assert_array_equal(inputs[i, 110:], contact_order(helix)[i - 1 : i + 2])


def test_the_ends_of_a_chain_are_not_predicted(helix):
    missing = np.isnan(data.sparta_inputs(helix)).any(1)
    np.testing.assert_array_equal(np.flatnonzero(missing), [0, len(HELIX) - 1])
    broken = helix.replace(bonded=helix.bonded & (np.arange(len(HELIX)) != 10))
    missing = np.isnan(data.sparta_inputs(broken)).any(1)
    np.testing.assert_array_equal(np.flatnonzero(missing), [0, 9, 10, len(HELIX) - 1])


def test_surroundings_are_finite_and_as_many_as_the_network_expects(helix):
    values = surroundings(helix)
    assert values.shape == (len(HELIX), SURROUNDINGS)
    assert np.isfinite(values).all()
    assert np.abs(values).max() < 100


def test_surroundings_do_not_depend_on_where_a_structure_stands(helix):
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    moved = helix.replace(coordinates=helix.coordinates @ turn.T + [10.0, -20.0, 5.0])
    np.testing.assert_allclose(surroundings(moved), surroundings(helix), atol=1e-6)
    np.testing.assert_allclose(data.sparta_inputs(moved), data.sparta_inputs(helix), atol=1e-6)


# --- targets


def test_what_is_taken_off_is_put_back():
    config = resolve()
    known = data.training(config)
    scaled = data.targets(known)
    back = known.total(scaled / data.SCALE)
    observed = np.isfinite(known.shifts)
    glycine = np.isfinite(known.shifts[:, 6:]).any(1)
    np.testing.assert_allclose(back[~glycine][observed[~glycine]], known.shifts[~glycine][observed[~glycine]])
    # both HA of a glycine get one secondary shift
    np.testing.assert_allclose(
        np.nanmean(back[glycine, 6:] - known.shifts[glycine, 6:], axis=1), 0, atol=1e-9
    )


def test_outputs_are_scaled_as_the_program_does():
    scale = dict(zip(NUCLEI, data.SCALE, strict=True))
    assert (scale["HA"], scale["HN"], scale["N"], scale["C"]) == (4.0, 2.0, 0.4, 1.0)


# --- ensembles


class Constant:
    """A network that says one number."""

    def __init__(self, value):
        self.value = value

    def __call__(self, features, training=False):
        return np.full((len(features), 1), self.value, "float32")


def test_an_ensemble_is_the_mean_of_its_members_and_a_nucleus_without_one_is_unknown():
    features = np.zeros((5, 3), "float32")
    made = members.predict({"CA/0": Constant(1.0), "CA/1": Constant(3.0), "N/0": Constant(7.0)}, features)
    np.testing.assert_array_equal(made[:, NUCLEI.index("CA")], 2.0)
    np.testing.assert_array_equal(made[:, NUCLEI.index("N")], 7.0)
    assert np.isnan(made[:, NUCLEI.index("CB")]).all()


def test_held_out_predictions_come_from_the_member_that_did_not_see_the_protein():
    config = resolve()
    known = data.training(config)
    models = {f"CA/{member}": Constant(float(member)) for member in range(config.members)}
    np.testing.assert_array_equal(members.held_out(models, known)[:, NUCLEI.index("CA")], known.folds)


def test_members_leave_out_whole_proteins():
    known = data.training(resolve())
    for protein in np.unique(known.protein):
        assert len(np.unique(known.folds[known.protein == protein])) == 1


def test_training_and_test_peptides_differ():
    from common.shifts.proteins import unseen_entries

    tests = examples(unseen_entries(made_up=12), data.describe, np.zeros(12))
    known = data.training(resolve())
    assert not {tuple(row) for row in known.features} & {tuple(row) for row in tests.features}


# --- stated errors


def test_the_likelihood_is_least_at_the_true_spread():
    import keras

    error = np.random.default_rng(0).normal(0, 0.7, (20000, 1)).astype("float32")
    error[::7] = np.nan
    losses = [
        float(keras.ops.convert_to_numpy(errors.likelihood(error, np.full_like(error, np.log(sd)))))
        for sd in (0.5, 0.6, 0.7, 0.8, 0.9)
    ]
    assert int(np.argmin(losses)) == 2


def test_the_network_of_errors_begins_with_the_overall_spread():
    config = resolve()
    model = errors.started(errors.build(config), np.array([0.3]))
    features = data.training(config).features[:50]
    np.testing.assert_allclose(np.exp(np.asarray(model(features))), 0.3, rtol=0.35)
