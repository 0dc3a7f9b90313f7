"""Isotope shifts: their signs and sizes, and that a deuterated list gives itself away."""

import numpy as np
import pytest

from common.protein.deuteration import deuteration, deuterium_shifts, looks_deuterated
from common.protein.referencing import ALONE, PREDICTED, reference_offsets
from common.shiftlist import COLUMNS, NUCLEI
from common.structures import AMINO_ACIDS

SEQUENCE = AMINO_ACIDS * 5


def predicted_and_observed(rng):
    expected = rng.normal(100, 10, (len(SEQUENCE), 6))
    observed = expected + rng.normal(0, 1, expected.shape) * [2.4, 0.45, 0.25, 1, 0.9, 1]
    observed[:, NUCLEI.index("HA")] = np.nan
    return expected, observed


def test_corrections_are_positive_and_of_ca_and_cb_alone():
    corrections = deuterium_shifts(AMINO_ACIDS + "X")
    alpha, beta = (corrections[:20, COLUMNS.index(name)] for name in ("CA", "CB"))
    assert ((alpha > 0.35) & (alpha < 0.55)).all()
    has_beta = np.array(list(AMINO_ACIDS)) != "G"
    # more deuterons are near CB, most of all in leucine
    assert (beta[has_beta] > alpha[has_beta]).all()
    assert beta[~has_beta] == 0
    assert AMINO_ACIDS[np.argmax(beta)] == "L"
    others = [column for column, name in enumerate(COLUMNS) if name not in ("CA", "CB")]
    assert not corrections[:, others].any()
    assert not corrections[20].any()


@pytest.mark.parametrize(
    ("letter", "alpha", "beta"),
    # deuterons one, two and three bonds from CA and CB
    [("A", (1, 3, 0), (3, 1, 0)), ("S", (1, 2, 0), (2, 1, 0)), ("L", (1, 2, 1), (2, 2, 6))],
)
def test_bonds_to_deuterium_nearly_account_for_them(letter, alpha, beta):
    """Venters et al. 1996: 0.29, 0.13 and 0.07 ppm a deuteron."""
    found = deuterium_shifts(letter)[0, [COLUMNS.index("CA"), COLUMNS.index("CB")]]
    np.testing.assert_allclose(found, np.array([alpha, beta]) @ [0.29, 0.13, 0.07], atol=0.22)


def test_a_deuterated_list_is_told_from_a_misreferenced_one():
    rng = np.random.default_rng(0)
    isotope = deuterium_shifts(SEQUENCE)[:, :6]
    for _ in range(10):
        expected, observed = predicted_and_observed(rng)
        for values, share in ((observed, 0), (observed - 2.0, 0), (observed - isotope - 2.0, 1)):
            offsets = reference_offsets(values, SEQUENCE, expected=expected)
            assert offsets.source == PREDICTED
            found, error = deuteration(offsets, SEQUENCE)
            assert abs(found - share) < 3 * error
            assert error < 0.4
            assert looks_deuterated(offsets, values, SEQUENCE) == bool(share)


def test_a_list_with_ha_is_of_a_protonated_protein():
    expected, observed = predicted_and_observed(np.random.default_rng(1))
    observed -= deuterium_shifts(SEQUENCE)[:, :6]
    observed[:, NUCLEI.index("HA")] = expected[:, NUCLEI.index("HA")]
    offsets = reference_offsets(observed, SEQUENCE, expected=expected)
    assert not looks_deuterated(offsets, observed, SEQUENCE)


def test_it_cannot_be_told_without_c_or_from_shifts_alone():
    expected, observed = predicted_and_observed(np.random.default_rng(2))
    alone = reference_offsets(observed, SEQUENCE)
    assert alone.source == ALONE
    assert np.isnan(deuteration(alone, SEQUENCE)).all()
    observed[:, NUCLEI.index("C")] = np.nan
    offsets = reference_offsets(observed, SEQUENCE, expected=expected)
    assert np.isnan(deuteration(offsets, SEQUENCE)).all()
    assert not looks_deuterated(offsets, observed, SEQUENCE)
