import numpy as np
import pytest

from common.classical.peak_picking import (
    NMRGLUE,
    candidates,
    half_widths,
    local_extrema,
    nmrglue_points,
    quiet_noise,
)
from common.classical.peaks import gaussian_tops, parabola_tops, pick_peaks


def gaussians(shape, centres, heights, widths):
    grids = np.meshgrid(*(np.arange(size) for size in shape), indexing="ij")
    data = np.zeros(shape)
    for centre, height in zip(centres, heights, strict=True):
        square = sum((2 * (g - c) / w) ** 2 for g, c, w in zip(grids, centre, widths, strict=True))
        data += height * np.exp(-np.log(2) * square)
    return data


@pytest.mark.parametrize("shape", [(60,), (30, 40), (12, 14, 16), (1, 30, 40)])
def test_extrema_are_those_of_the_threshold_picker(shape):
    data = np.random.default_rng(0).standard_normal(shape)
    maxima = np.rint(pick_peaks(data, 0.0, negative=True).index).astype(int)
    expected = {tuple(p) for p in maxima if abs(data[tuple(p)]) > 1.0}
    assert {tuple(p) for p in local_extrema(data, 1.0)} == expected
    assert len(expected) > 3


def test_a_gaussian_has_its_height_position_widths_and_volume_of_either_sign():
    widths = (5.0, 8.0)
    data = gaussians((60, 80), [(20.3, 30.8), (40.6, 60.2)], [10.0, -4.0], widths)
    found = candidates(data, noise=0.1)
    np.testing.assert_allclose(found.index, [[20.3, 30.8], [40.6, 60.2]], atol=0.02)
    np.testing.assert_allclose(found.height, [10.0, -4.0], rtol=5e-3)
    np.testing.assert_allclose(found.width, [widths, widths], rtol=0.05)
    # the integral of the second one, by its closed form and by its sum
    assert found.volume[1] == pytest.approx(data[30:, 45:].sum(), rel=0.08)
    assert len(candidates(data, noise=0.1, negative=False)) == 1


def test_of_an_overlapped_side_the_other_one_counts_twice():
    data = gaussians((80,), [(30,), (38,)], [10.0, 9.0], (6.0,))
    alone = candidates(gaussians((80,), [(30,)], [10.0], (6.0,)), noise=1.0)
    found = candidates(data, noise=1.0)
    assert len(found) == 2
    assert found.width[0, 0] == pytest.approx(alone.width[0, 0], rel=0.1)


def test_the_noise_is_found_and_the_cut_refers_to_it():
    data = 3.0 * np.random.default_rng(1).standard_normal((200, 200))
    found = candidates(data, cut=3.5)
    assert found.noise == pytest.approx(3.0, rel=0.02)
    assert np.abs(data[tuple(found.point.T)]).min() > 3.5 * found.noise
    assert len(found) == pytest.approx(40000 * 4.65e-4, rel=0.5)
    assert (np.diff(np.abs(found.height)) <= 0).all()
    strongest = candidates(data, cut=3.5, most=5)
    np.testing.assert_array_equal(strongest.point, candidates(data, cut=3.5).pick(slice(5)).point)


def test_crowded_data_have_the_noise_of_their_quiet_parts():
    data = np.random.default_rng(2).standard_normal((256, 512))
    assert quiet_noise(data) == pytest.approx(1.0, rel=0.04)
    data[:, :320] += 50 * np.random.default_rng(3).standard_normal((256, 320))
    assert quiet_noise(data) == pytest.approx(1.0, rel=0.06)
    assert candidates(data).noise > 5
    data[:, 400:] = 0.0  # blanked
    assert 0.9 < quiet_noise(data) < 60
    assert quiet_noise(np.zeros((40, 40))) == 0.0
    assert quiet_noise(data[0, :5]) > 0


def test_a_wider_neighbourhood_keeps_the_strongest_of_a_multiplet():
    data = gaussians((40, 40), [(20, 18), (20, 20)], [10.0, 8.0], (4.0, 1.5))
    assert len(candidates(data, noise=1.0)) == 2
    assert len(candidates(data, noise=1.0, radius=2)) == 1


def test_empty_flat_and_odd_data():
    assert len(candidates(np.zeros((8, 8)), noise=1.0)) == 0
    assert len(candidates(np.ones((8, 8)), noise=0.1)) == 0
    assert len(candidates(np.zeros((2, 2)), noise=1.0)) == 0
    for bad in (np.full((4, 4), np.nan), np.ones((4, 4), complex)):
        with pytest.raises(ValueError, match="real, finite"):
            candidates(bad)


@pytest.mark.parametrize("algorithm", NMRGLUE)
@pytest.mark.parametrize("shape", [(40, 50), (1, 40, 50)])
def test_nmrglue_finds_lone_peaks_of_both_signs(algorithm, shape):
    data = gaussians((40, 50), [(10, 12), (25, 33)], [10.0, -6.0], (4.0, 4.0)).reshape(shape)
    found = nmrglue_points(data, 3.0, algorithm)
    assert {tuple(p[-2:]) for p in found} == {(10, 12), (25, 33)}
    assert len(nmrglue_points(data, 20.0, algorithm)) == 0
    with pytest.raises(ValueError, match="downward"):
        nmrglue_points(data, 3.0, "upward")


def test_slabs_find_what_the_whole_finds(monkeypatch):
    data = np.random.default_rng(4).standard_normal((37, 20, 16))
    for radius in (1, 2):
        whole = local_extrema(data, 1.0, radius=radius)
        with monkeypatch.context() as small:
            small.setattr("common.classical.peak_picking.SLAB", 5 * 20 * 16)
            np.testing.assert_array_equal(local_extrema(data, 1.0, radius=radius), whole)
        assert len(whole) > 20


@pytest.mark.parametrize("width", [2.0, 2.5, 4.0, 8.0])
def test_tops_and_widths_of_gaussians_between_points(width):
    """Closed form: a Gaussian's place and height to machine precision, its widths within 5 %."""
    rng = np.random.default_rng(5)
    for sign in (1, -1):
        centre = 12 + rng.uniform(-0.5, 0.5, 2)
        data = gaussians((24, 25), [centre], [sign * 7.0], (width, 1.5 * width))
        point = np.rint(centre).astype(int)[None]
        index, height, tops = gaussian_tops(data, point)
        np.testing.assert_allclose(index[0], centre, atol=1e-9)
        np.testing.assert_allclose(height, sign * 7.0, rtol=1e-9)
        found = half_widths(data, point, tops=tops)[0]
        np.testing.assert_allclose(found, (width, 1.5 * width), rtol=0.05)


@pytest.mark.parametrize(
    ("width", "place", "height", "wide"), [(2.5, 0.05, 0.08, 0.12), (6.0, 0.01, 0.005, 0.03)]
)
def test_tops_and_widths_of_lorentzians_between_points(width, place, height, wide):
    for offset in np.linspace(-0.5, 0.5, 11):
        x = np.arange(64) - 32 - offset
        data = 1 / (1 + (2 * x / width) ** 2)
        point = np.array([[int(data.argmax())]])
        index, high, tops = gaussian_tops(data, point)
        assert index[0, 0] == pytest.approx(32 + offset, abs=place)
        assert high[0] == pytest.approx(1.0, abs=height)
        assert half_widths(data, point, tops=tops)[0, 0] == pytest.approx(width, rel=wide)


def test_where_a_neighbour_has_the_other_sign_the_parabola_is_taken():
    data = np.array([0.0, -0.2, 1.0, 0.5, 0.0])
    index, height, _ = gaussian_tops(data, np.array([[2]]))
    expected = parabola_tops(data, np.array([[2]]))
    np.testing.assert_allclose(index, expected[0])
    np.testing.assert_allclose(height, expected[1])
