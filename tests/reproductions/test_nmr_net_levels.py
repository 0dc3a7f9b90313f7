"""The levels beside a crop: against numbers that are known, in 2D, in 3D and for some candidates alone."""

import numpy as np
import pytest

from common.classical.peak_picking import Candidates
from common.spectrum import Axis
from reproductions.nmr_net.crops import UNIT
from reproductions.nmr_net.levels import LARGEST, NAMES, NORMAL, levels, strong

ROWS, COLUMNS = Axis("15N", 40, 400.0, 40.0, 118.0), Axis("1H", 60, 600.0, 60.0, 8.0)
PROTONS = Axis("1H", 40, 600.0, 60.0, 8.0)


def found(point, height, noise=1.0, widths=4.0):
    point, height = np.array(point), np.array(height, float)
    return Candidates(point, point.astype(float), height, np.full(point.shape, widths), height, noise)


def plane():
    """A peak of 1000, one of 10 in its column, one of -50 in its row, a stripe of 4 through column 30."""
    data = np.zeros((40, 60), "float32")
    data[:, 30] = 4.0
    data[10, 30], data[25, 31], data[10, 50] = 1000.0, 10.0, -50.0
    return data, found([(10, 30), (10, 50), (25, 31)], [1000.0, -50.0, 10.0], 0.5)


def factors(made):
    """What the logarithms are of, by name."""
    return {name: np.exp(UNIT * made[:, k]) for k, name in enumerate(NAMES)}


def test_levels_are_those_of_the_closed_form():
    data, three = plane()
    made = factors(levels(data, (ROWS, COLUMNS), three, (2.0, 2.0)))
    np.testing.assert_allclose(made["noise"], [2000, 100, 20], rtol=1e-5)
    np.testing.assert_allclose(made["highest"], [1, 20, 100], rtol=1e-5)
    np.testing.assert_allclose(made["usual"], [0.05, 1, 5], rtol=1e-5)
    np.testing.assert_allclose(made["plane"], [1, 20, 100], rtol=1e-5)
    np.testing.assert_allclose(made["column"], [1, 1, 100], rtol=1e-5)  # a line's width reaches column 30
    np.testing.assert_allclose(made["row"], [1, 20, 1], rtol=1e-5)
    np.testing.assert_allclose(made["column_noise"], [1000 / (4 * NORMAL), 100, 20], rtol=1e-5)
    np.testing.assert_allclose(made["row_noise"], [2000, 100, 20], rtol=1e-5)
    np.testing.assert_allclose(made["column_width"], 2, rtol=1e-5)
    assert not levels(data, (ROWS, COLUMNS), three, (2.0, 2.0))[:, -2:].any()


def test_levels_do_not_depend_on_the_scale_or_the_sign_of_a_spectrum():
    data, three = plane()
    scaled = Candidates(three.point, three.index, -1e5 * three.height, three.width, three.volume, 0.5e5)
    first, second = (
        levels(values, (ROWS, COLUMNS), given, (2.0, 3.0))
        for values, given in ((data, three), (-1e5 * data, scaled))
    )
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_some_candidates_have_the_levels_they_have_among_all():
    data, three = plane()
    whole = levels(data, (ROWS, COLUMNS), three, (2.0, 2.0))
    part = levels(data, (ROWS, COLUMNS), three.pick([1, 2]), (2.0, 2.0), heights=strong(three))
    np.testing.assert_array_equal(part, whole[1:])
    assert levels(data, (ROWS, COLUMNS), three.pick([]), (2.0, 2.0)).shape == (0, len(NAMES))


@pytest.mark.parametrize("slab", [0, 1])
def test_a_plane_of_a_cube_has_a_strongest_signal_of_its_own(slab):
    data, _ = plane()
    cube = np.stack([np.zeros_like(data), data, 5 * data], axis=slab)
    point = np.insert(np.array([(10, 30), (25, 31)]), slab, [2, 1], axis=1)
    axes = [ROWS, COLUMNS]
    axes.insert(slab, Axis("13C", 3, 100.0, 150.0, 50.0))
    two = found(point, [5000.0, 10.0])
    widths = np.insert([2.0, 2.0], slab, 3.0)
    made = factors(levels(cube, axes, two, widths, slab))
    np.testing.assert_allclose(made["highest"], [1, 500], rtol=1e-5)
    np.testing.assert_allclose(made["plane"], [1, 100], rtol=1e-5)
    np.testing.assert_allclose(made["column"], [1, 100], rtol=1e-5)
    np.testing.assert_allclose(made["column_width"], 2, rtol=1e-5)
    assert not levels(cube, axes, two, widths, slab)[:, -2:].any()


def test_a_symmetric_partner_is_seen():
    data = np.zeros((40, 40), "float32")
    data[10, 30], data[30, 10], data[5, 8] = 8.0, 4.0, 16.0
    three = found([(5, 8), (10, 30), (30, 10)], [16.0, 8.0, 4.0], 2.0)
    made = levels(data, (PROTONS, PROTONS), three, (2.0, 2.0))
    np.testing.assert_allclose(factors(made)["mirror"], [2 / 16, 4 / 8, 8 / 4], rtol=1e-5)
    assert made[:, -1].tolist() == [1, 1, 1]


def test_extremes_stay_finite():
    data = np.full((40, 60), 1e-30, "float32")
    made = levels(data, (ROWS, COLUMNS), found([(1, 1)], [1e30], 1e30), (2.0, 2.0))
    assert np.abs(made).max() <= LARGEST / UNIT
