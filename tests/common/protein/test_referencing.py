"""Offsets of references: closed forms, simulated lists, and real ones with offsets put on."""

import dataclasses

import numpy as np
import pytest

from common.protein.random_coil import random_coil
from common.protein.referencing import (
    ALONE,
    ELEMENTS,
    PREDICTED,
    Offsets,
    corrected,
    curve,
    reference_offsets,
    robust_mean,
    warning,
)
from common.shiftlist import NUCLEI, six
from tests.common.protein.paired import lists

ROW = {name: row for row, name in enumerate(NUCLEI)}
SEQUENCE = (
    "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVKVKALPDAQFEVVHSLAKWKRQTLGQHDFSAGEGLYTHMKALR"
)


def offsets(values, errors, source=PREDICTED):
    return Offsets(np.array(values, float), np.array(errors, float), np.full(6, 50), source)


def simulated(rng, noise=0.5):
    """Shifts that lie on the curves, with a conformation of their own each, and noise."""
    conformation = rng.uniform(-5, 6, len(SEQUENCE))
    before = np.concatenate([[0.0], conformation[:-1]])
    secondary = np.stack([curve(n, before if n in ("N", "HN") else conformation) for n in NUCLEI], axis=1)
    secondary += rng.normal(0, noise, secondary.shape) * [4, 0.5, 0.5, 2, 1, 1]
    return six(random_coil(SEQUENCE, neighbours=True)) + secondary


def test_the_robust_mean_is_the_mean_with_its_error_and_minds_no_outliers():
    rng = np.random.default_rng(0)
    found = np.array([robust_mean(rng.normal(3, 2, 100))[:2] for _ in range(400)])
    assert found[:, 0].mean() == pytest.approx(3, abs=0.05)
    assert found[:, 0].std() == pytest.approx(found[:, 1].mean(), rel=0.15)
    assert found[:, 1].mean() == pytest.approx(2 / 10 * 0.95**-0.5, rel=0.05)
    spoilt = np.concatenate([rng.normal(0, 1, 200), np.full(10, 50.0), [np.nan]])
    assert abs(robust_mean(spoilt)[0]) < 0.25
    assert np.isnan(robust_mean(np.ones(9))[0])


def test_nuclei_of_an_element_share_a_reference():
    found = offsets([0, 0, 0, 2.0, 2.2, 1.8], [0.5, 0.1, 0.1, 0.2, 0.2, 0.2])
    assert found.joint("13C") == pytest.approx((2.0, 0.2 / 3**0.5))
    np.testing.assert_allclose(found.amounts(), [0, 0, 0, 2, 2, 2])
    # they disagree: the error of the mean grows to their scatter, and each is taken for itself
    apart = offsets([0, 0, 0, 0.0, -3.0, 0.0], [0.5, 0.1, 0.1, 0.2, 0.2, 0.2])
    assert apart.joint("13C") == pytest.approx((-1.0, 1.0))
    np.testing.assert_allclose(apart.amounts(), [0, 0, 0, 0, -3, 0])


def test_from_shifts_alone_cb_tells_nothing_that_ca_has_not_told():
    found = offsets([0, 0, 0, np.nan, 1.0, 1.0], [0.5, 0.1, 0.1, np.nan, 0.1, 0.1], ALONE)
    assert found.joint("13C") == pytest.approx((1.0, 0.1))


def test_both_protons_of_glycine_move_with_ha():
    found = offsets([0, 0.5, 0.5, 0, 0, 0], [0.5, 0.1, 0.1, 0.2, 0.2, 0.2])
    moved = corrected(np.zeros((2, 8)), found)
    np.testing.assert_allclose(moved, np.tile([0, -0.5, -0.5, 0, 0, 0, -0.5, -0.5], (2, 1)))
    np.testing.assert_array_equal(corrected(np.zeros((2, 6)), found), moved[:, :6])


def test_a_sound_list_is_left_alone():
    found = offsets([0.5, 0.1, -0.1, 0.3, -0.3, 0.2], [0.5, 0.1, 0.1, 0.2, 0.2, 0.2])
    assert not found.significant.any()
    assert not found.amounts().any()
    assert warning(found) == []


def test_warnings_tell_what_is_wrong_and_what_it_may_be():
    (line,) = warning(offsets([0, 0, 0, -1.6, -1.8, -1.7], [0.5, 0.1, 0.1, 0.15, 0.15, 0.15]))
    assert line == (
        "13C looks misreferenced: C, CA, CB -1.70 +- 0.09 ppm (referenced to TMS, not DSS?); "
        "--reference auto takes it out"
    )
    lines = warning(offsets([5, 0, 0, 0, -3, 0], [0.5, 0.1, 0.1, 0.2, 0.2, 0.2]))
    assert lines[0].startswith("13C looks misreferenced: CA -3.00 +- 0.20 ppm, each for itself;")
    assert lines[1].startswith("15N looks misreferenced: N +5.00 +- 0.50 ppm;")


@pytest.mark.parametrize("predicted", [True, False])
def test_offsets_of_simulated_lists_are_found_within_their_errors(predicted):
    rng = np.random.default_rng(1)
    applied = np.array([2.0, -0.3, -0.3, 1.5, 1.5, 1.5])
    chi = []
    for _ in range(20):
        shifts = simulated(rng)
        expected = (
            shifts + rng.normal(0, 1, shifts.shape) * [2.4, 0.45, 0.25, 1, 0.9, 1] if predicted else None
        )
        found = reference_offsets(shifts + applied, SEQUENCE, expected=expected)
        assert found.source == (PREDICTED if predicted else ALONE)
        chi.append((found.values - applied) / found.errors)
        np.testing.assert_allclose(corrected(shifts + applied, found), shifts + applied - found.amounts())
        assert abs(found.amounts()[ROW["CA"]] - 1.5) < 3 * found.joint("13C")[1]
    # errors hold what real proteins scatter by as well, which simulated ones do not
    assert np.abs(chi).max() < 3
    assert np.sqrt(np.mean(np.square(chi))) < 1


def test_13c_does_not_matter_to_the_others():
    shifts = simulated(np.random.default_rng(2))
    moved = shifts + np.array([0, 0, 0, -2.7, -2.7, -2.7])
    found, before = (reference_offsets(values, SEQUENCE) for values in (moved, shifts))
    np.testing.assert_allclose(found.values - before.values, [0, 0, 0, -2.7, -2.7, -2.7], atol=1e-9)
    assert "referenced to TMS by its frequency ratio" in warning(found)[0]


def test_what_cannot_be_told_is_not_told():
    shifts = simulated(np.random.default_rng(3))
    shifts[:, ROW["CB"]] = np.nan
    found = reference_offsets(shifts, SEQUENCE)
    assert np.isnan(found.values).all()
    assert not found.amounts().any()
    assert np.isnan(found.joint("15N")).all()
    assert warning(found) == []


def test_a_break_of_the_chain_parts_residues():
    shifts = simulated(np.random.default_rng(4))
    bonded = np.arange(len(SEQUENCE)) % 2 == 1
    found = reference_offsets(shifts, SEQUENCE, bonded=bonded)
    assert found.counts[ROW["N"]] < reference_offsets(shifts, SEQUENCE).counts[ROW["N"]] * 0.6


def test_offsets_put_on_public_lists_are_found_with_honest_errors(data_dir):
    """243 lists, which are referenced well: recovered less applied, in stated errors, is 1 in the median."""
    rng = np.random.default_rng(5)
    chi, wrong, carbon = [], [], []
    for name in ("protein_shifts_paired", "protein_shifts_paired_more"):
        for sequence, shifts, _ in lists(data_dir(name)).values():
            carbons, protons = rng.uniform(-3, 3), rng.uniform(-0.3, 0.3)
            applied = np.array([rng.uniform(-4, 4), protons, protons, carbons, carbons, carbons])
            found = reference_offsets(shifts + applied, sequence)
            chi.append((found.values - applied) / found.errors)
            wrong.append(dataclasses.replace(found, values=found.values - applied).amounts() != 0)
            carbon.append(found.joint("13C")[0] - carbons)
    typical = 1.4826 * np.nanmedian(np.abs(chi), axis=0)
    assert (np.abs(typical - 1) < 0.3).all()
    assert (np.isfinite(chi).sum(0) > 100).all()
    # few of the lists are called wrong as they come, and 13C comes out to a sixth of a ppm
    assert np.mean(wrong, axis=0).max() < 0.05
    assert np.sqrt(np.nanmean(np.square(carbon))) < 0.17
    assert set(sum(ELEMENTS.values(), ())) == set(NUCLEI)
