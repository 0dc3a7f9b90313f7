"""The random coil index: closed forms, a port of its program, and values that come with public tables."""

import numpy as np
import pytest

from common.protein.rci import expected, fill, raise_ends, rci, rci_s2, smooth
from common.shiftlist import NUCLEI
from tests.common.protein.paired import lists

SEQUENCE = "MKTAYIAKQRQLSFVKSHFSRQ"
#: Made-up shifts after NUCLEI: near random coil for seven residues, then far from it.
SHIFTS = np.array(
    [
        [120.06, 8.37, 4.51, 177.16, 56.03, 32.92],
        [121.43, 8.33, 4.38, 177.65, 56.75, 33.02],
        [111.71, 8.31, 4.44, 175.34, 61.98, 69.83],
        [124.81, 8.33, 4.33, 178.58, 52.79, 19.21],
        [121.02, 8.29, 4.53, 176.66, 58.1, 38.87],
        [120.01, 8.17, 4.21, 177.05, 61.39, 38.84],
        [124.67, 8.3, 4.36, 178.33, 53.03, 19.41],
        [115.61, 8.47, 4.03, 177.45, 56.79, 30.22],
        [119.8, 8.34, 4.67, 175.03, 57.68, 27.85],
        [120.21, 8.05, 4.81, 177.95, 61.36, 31.86],
        [123.03, 8.78, 4.2, 176.69, 58.9, 28.91],
        [122.97, 8.27, 4.56, 177.65, 55.2, 42.86],
        [115.81, 8.08, 4.78, 173.45, 56.3, 62.18],
        [123.6, 8.17, 4.36, 174.9, 58.94, 38.22],
        [115.48, 8.41, 3.8, 176.52, 62.59, 31.13],
        [121.44, 8.9, 4.2, 175.51, 53.03, 32.89],
        [114.44, 8.54, 4.37, 174.68, 57.26, 63.32],
        [118.58, 8.41, 4.82, 177.95, 56.36, 26.74],
        [125.9, 8.45, 4.37, 177.96, 58.14, 38.88],
        [113.6, 8.03, 4.52, 177.0, 58.05, 64.73],
        [126.83, 7.9, 4.46, 176.64, 54.38, 29.36],
        [120.45, 8.61, 4.22, 176.88, 57.64, 29.94],
    ]
)
#: Their index by makeshift-nmr 0.2.0, a port of the program rci_v_1c.py.
MAKESHIFT = np.array(
    [
        0.188356, 0.16447, 0.135046, 0.108989, 0.100945, 0.083577, 0.065434, 0.042113, 0.029463,
        0.024501, 0.032531, 0.04305, 0.047667, 0.044732, 0.041033, 0.037296, 0.036826, 0.031917,
        0.032543, 0.034144, 0.041319, 0.045311,
    ]
)  # fmt: skip


def test_a_port_of_the_program_gives_the_same():
    np.testing.assert_allclose(rci(SHIFTS, SEQUENCE), MAKESHIFT, atol=2e-6)
    np.testing.assert_allclose(rci_s2(SHIFTS, SEQUENCE), 1 - 0.4 * np.log(1 + 17.7 * MAKESHIFT), atol=2e-5)


def test_equal_deviations_have_a_closed_form():
    shifts = expected("KLVE" * 5)
    shifts[:, NUCLEI.index("HA")] += 0.5
    # 5 "Hz" of HA, the floor of 0.5 for the other four
    weighted = 5 * (5.0 * 0.85 + 0.5 * (0.59 + 0.72 + 0.72 + 0.15)) / 5
    np.testing.assert_allclose(rci(shifts, "KLVE" * 5), weighted**-1.5 / 1.125, rtol=1e-9)


def test_random_coil_is_at_the_ceiling():
    s2 = rci_s2(expected("KLVE" * 5), "KLVE" * 5)
    np.testing.assert_allclose(s2, 1 - 0.4 * np.log(1 + 17.7 * 0.5 / 1.125))


def test_hn_takes_no_part():
    shifts = SHIFTS.copy()
    shifts[:, NUCLEI.index("HN")] = np.nan
    np.testing.assert_array_equal(rci(shifts, SEQUENCE), rci(SHIFTS, SEQUENCE))
    assert np.isnan(rci(np.where(np.arange(6) == NUCLEI.index("HN"), SHIFTS, np.nan), SEQUENCE)).all()


def test_a_residue_without_shifts_has_none_and_hardly_moves_the_others():
    shifts = SHIFTS.copy()
    shifts[14] = np.nan
    found = rci_s2(shifts, SEQUENCE)
    assert np.flatnonzero(np.isnan(found)).tolist() == [14]
    assert np.nanmax(np.abs(found - rci_s2(SHIFTS, SEQUENCE))) < 0.05


def test_an_oxidised_cysteine_is_judged_without_its_cb():
    shifts = expected("ACA")
    shifts[1, NUCLEI.index("CB")] = 42.0
    assert rci(shifts, "ACA")[1] == pytest.approx(0.5 / 1.125)


def test_pieces_of_a_chain_do_not_see_each_other():
    bonded = np.arange(22) != 9
    both = rci_s2(SHIFTS, SEQUENCE, bonded)
    alone = rci_s2(SHIFTS[9:], SEQUENCE[9:])
    # the end is not corrected at a break, and neighbours are unknown on both sides of it
    np.testing.assert_array_equal(both[14:], rci_s2(SHIFTS, SEQUENCE)[14:])
    np.testing.assert_allclose(both[14:], alone[14 - 9 :])
    assert not np.allclose(both[9:11], rci_s2(SHIFTS, SEQUENCE)[9:11])


def test_gaps_are_filled_from_both_sides():
    values = np.array([[1.0], [np.nan], [np.nan], [np.nan], [np.nan], [np.nan], [4.0], [np.nan], [2.0]])
    filled = fill(values)[:, 0]
    np.testing.assert_array_equal(filled, [1, 1, 1, np.nan, 4, 4, 4, 3, 2])
    np.testing.assert_array_equal(smooth(values[6:])[:, 0], [4, np.nan, 2])


def test_ends_are_reflected_at_the_largest_near_them():
    index = np.array([0.1, 0.2, 0.3, 0.1, 0.0, 0.0, 0.0, 0.0, 0.1, 0.4, 0.3, 0.1])
    np.testing.assert_allclose(raise_ends(index)[:4], [0.5, 0.4, 0.3, 0.1])
    np.testing.assert_allclose(raise_ends(index)[-4:], [0.1, 0.4, 0.5, 0.6])


def test_public_tables_have_nearly_the_same_order_parameters(data_dir):
    """Made by another program from the lists before pairing took residues out: r 0.89 over 14,342."""
    ours, theirs = [], []
    for sequence, shifts, order in lists(data_dir("protein_shifts_paired")).values():
        ours.append(rci_s2(shifts, sequence))
        theirs.append(order)
    ours, theirs = np.concatenate(ours), np.concatenate(theirs)
    both = np.isfinite(ours) & np.isfinite(theirs)
    difference = (ours - theirs)[both]
    assert both.sum() > 14000
    assert np.corrcoef(ours[both], theirs[both])[0, 1] > 0.885
    assert abs(difference.mean()) < 0.005
    assert np.median(np.abs(difference)) < 0.015
