"""What is NMR-Net's own: crops of one resolution and intensity, planes, zones, small molecules."""

import numpy as np
import pytest

from common.classical.peak_picking import Candidates, candidates
from common.errors import RunError
from common.metrics.picking import match
from common.spectrum import Axis, Spectrum
from common.training import config as configuration
from common.training.session import _refuse_test_cases
from reproductions.nmr_net import batching, crops, data, measured, scoring, small, zones
from reproductions.nmr_net import config as configs


def resolve(variant="faithful", **overrides):
    return configuration.resolve(configs, "smoke", variant, overrides)


def gaussian(shape, centre, widths, height):
    grids = np.meshgrid(*map(np.arange, shape), indexing="ij")
    return height * np.exp(
        -sum(4 * np.log(2) * ((g - c) / w) ** 2 for g, c, w in zip(grids, centre, widths, strict=True))
    )


def half_width(line):
    """Full width at half height in points of a line whose maximum is in the middle."""
    half, middle = line.max() / 2, int(line.argmax())
    right = np.interp(-half, -line[middle:], np.arange(len(line) - middle))
    left = np.interp(-half, -line[middle::-1], np.arange(middle + 1))
    return left + right


# --- crops


@pytest.mark.parametrize("widths", [(2.5, 6.0), (8.0, 3.0)])
def test_a_line_has_the_same_width_in_every_crop(widths):
    plane = gaussian((64, 96), (30, 50), widths, 1000.0)
    (made,) = crops.crops(plane, 1.0, [(30, 50)], widths, per_width=4.0)[..., 0]
    linear = np.sinh(crops.UNIT * made)
    assert linear[24, 24] == pytest.approx(1000.0, rel=0.05)
    assert half_width(linear[:, 24]) == pytest.approx(4.0, rel=0.05)
    assert half_width(linear[24]) == pytest.approx(4.0, rel=0.05)


def test_crops_depend_on_signal_over_noise_alone_and_are_positive_in_the_middle():
    plane = np.random.default_rng(0).standard_normal((40, 50))
    plane[20, 30] = -50.0
    first = crops.crops(plane, 1.0, [(20, 30)], (3, 3))
    np.testing.assert_allclose(first, crops.crops(-1e5 * plane, 1e5, [(20, 30)], (3, 3)), atol=1e-6)
    assert first[0, 24, 24, 0] == pytest.approx(np.arcsinh(50.0) / crops.UNIT, rel=0.05)


def test_beyond_the_plane_there_is_nothing():
    made = crops.crops(np.ones((20, 20)), 1.0, [(0, 0), (19, 19)], (4, 4))
    assert made.shape == (2, 48, 48, 1)
    assert not made[0, :24].any()
    assert not made[0, :, :24].any()
    assert made[0, 24:44, 24:44].all()
    assert not made[1, 25:].any()
    assert crops.crops(np.ones((20, 20)), 1.0, np.zeros((0, 2)), (4, 4)).shape == (0, 48, 48, 1)


def test_resampling_is_exact_for_parabolas():
    x = np.linspace(0, 1, 30)
    made = crops.resampled(np.outer(x**2, 1 + x), (1.7, 2.3))
    rows, columns = (np.arange(n) / s / 29 for n, s in zip(made.shape, (1.7, 2.3), strict=True))
    exact = np.outer(rows**2, 1 + columns)
    np.testing.assert_allclose(made[4:-4, 4:-4], exact[4:-4, 4:-4], atol=1e-6)


def test_the_wide_crop_shows_the_strongest_of_each_block():
    plane = np.zeros((10, 8))
    plane[5, 2], plane[6, 1], plane[9, 7] = 2.0, -3.0, 1.0
    made = crops.strongest(plane, 4)
    assert made.shape == (3, 2)
    assert made[1, 0] == -3.0
    assert made[2, 1] == 1.0
    assert np.count_nonzero(made) == 2


def test_a_symmetric_spectrum_is_its_own_mirror():
    axis = Axis("1H", 64, 640.0, 64.0, 5.0)
    plane = np.random.default_rng(1).standard_normal((64, 64))
    plane = plane + plane.T
    places = np.array([(20.0, 41.0), (50.0, 12.0)])
    across = crops.mirrored((axis, axis), places)
    np.testing.assert_allclose(across, places[:, ::-1])
    made = crops.crops(plane, 1.0, places, (4, 4), channels=("near", "mirror"), mirrored=across)
    np.testing.assert_allclose(made[..., 0], made[..., 1], atol=1e-6)
    assert crops.mirrored((Axis("13C", 64, 640.0, 16.0, 50.0), axis), places) is None
    narrow = axis.cut(slice(0, 30))
    assert np.isnan(crops.mirrored((axis, narrow), np.array([(50.0, 2.0)]))).all()


def test_line_widths_are_those_of_the_strong_lines():
    strong = gaussian((128, 256), (60, 100), (3.0, 6.0), 500.0) + gaussian(
        (128, 256), (30, 200), (3.0, 6.0), 300.0
    )
    plane = strong + np.random.default_rng(0).standard_normal(strong.shape)
    np.testing.assert_allclose(crops.line_widths(candidates(plane, noise=1.0)), (3.0, 6.0), rtol=0.1)
    assert crops.line_widths(candidates(np.zeros((8, 8)), noise=1.0)).tolist() == [3.0, 3.0]


def test_turning_crops_over_keeps_their_middle():
    given = np.random.default_rng(0).standard_normal((4, 48, 48, 1)).astype("float32")
    turned = batching.flipped(given.copy(), np.array([[0, 1, 0, 1], [0, 0, 1, 1]], bool))
    np.testing.assert_array_equal(turned[:, 24, 24], given[:, 24, 24])
    np.testing.assert_array_equal(turned[0], given[0])
    np.testing.assert_array_equal(turned[3, 20:29, 20:29], given[3, 28:19:-1, 28:19:-1])


# --- examples


def test_planes_of_a_cube_have_every_candidate_once():
    cube = gaussian((5, 30, 40), (2, 12, 20), (3, 4, 4), 100.0) + gaussian(
        (5, 30, 40), (3, 25, 8), (3, 4, 4), 60.0
    )
    found = candidates(cube, noise=1.0)
    axes = tuple(Axis("1H", n, 100.0, 100.0, 5.0) for n in cube.shape)
    seen = np.zeros(len(found), int)
    for rows, plane, places, across in data.by_plane(cube, axes, found, 0):
        seen[rows] += 1
        assert across is None
        at = np.rint(places).astype(int)
        np.testing.assert_allclose(plane[tuple(at.T)], found.height[rows], rtol=0.1)
    assert (seen == 1).all()
    assert len(found) == 2


def test_examples_are_chosen_by_height_alone():
    config = resolve(each=100)
    height = np.linspace(4.0, 6.0, 400)
    point = np.zeros((400, 2), int)
    found = Candidates(point, point.astype(float), height, point + 1.0, height, 1.0)
    rows = data.chosen(config, found, np.random.default_rng(0))
    assert len(rows) == 100
    assert (height[rows] > data.WEAK).mean() > 0.7


# --- scores


def test_reliability_of_known_probabilities():
    score = np.array([0.05] * 10 + [0.85] * 10)
    true = np.array([False] * 10 + [True] * 6 + [False] * 4)
    error, table = scoring.reliability(score, true)
    assert error == pytest.approx(0.5 * 0.05 + 0.5 * 0.25)
    np.testing.assert_allclose(table, [[0.05, 0, 10], [0.85, 0.6, 10]])


def test_pooled_spectra_keep_their_own_truth():
    one = match([[1.0, 1.0], [5.0, 5.0]], [[1.0, 1.0], [9.0, 9.0]], 0.5)
    other = match([[3.0, 3.0]], [[3.0, 3.0]], 0.5)
    pairs = [(None, {"m": scoring.Pick(np.array(s), m, 0.5)}) for s, m in (([0.9, 0.1], one), ([0.4], other))]
    made = scoring.pooled(pairs)["m"]
    assert made.matched.total == 3
    assert made.matched.partner.tolist() == [0, -1, 2]
    assert made.score.tolist() == [0.9, 0.1, 0.4]


# --- zones


def test_zones_are_read_with_their_diagonal(data_dir):
    data_dir("small_molecule_2d_zones")
    one = zones.read("50-78-2_cosy", offline=True)
    assert (one.compound, one.experiment, one.role) == ("50-78-2", "cosy", "development")
    assert one.diagonal.sum() == 5
    assert len(one.zones) == 11
    # every zone holds a strong candidate: axes and boxes are the right way round
    height = np.abs(one.found.height) / one.found.noise
    joined = one.matched(height)
    assert joined.true.sum() == joined.total == 11
    assert height[joined.true].min() > 1000
    assert one.matched(height, cross=True).total == 6


def test_a_compound_that_is_left_out_is_not_trained_on(data_dir):
    data_dir("small_molecule_2d_zones")
    spectra = [zones.read(name, offline=True) for name in ("50-78-2_cosy", "50-78-2_hmqc", "623-47-2_hsqc")]
    config = resolve()
    batches = measured.batches(config, 0, spectra, "50-78-2")
    assert {case for _, case, _ in batches.uses} == {"623-47-2_hsqc"}
    assert batches.count <= measured.STRONGEST + measured.REST
    inputs, targets = batches.batch(0, 0)
    assert inputs.shape[1:] == (48, 48, 1)
    assert set(np.unique(targets)) <= {0.0, 1.0}


def test_a_test_case_under_its_role_is_refused():
    batches = batching.over(
        resolve(), np.zeros((2, 4, 4, 1)), np.zeros((2, 1)), 0, "train", (("a", "b", "test"),)
    )
    with pytest.raises(RunError, match="test case"):
        _refuse_test_cases(batches)


def test_gains_and_their_intervals():
    def made(score):
        return [zones.Ranked(name, np.array(score), np.array([True, False]), 1) for name in "abc"]

    good, bad = made([2.0, 1.0]), made([1.0, 2.0])
    assert zones.mean_ap(good) == zones.pooled_ap(good) == 1.0
    assert zones.mean_ap(bad) == 0.5
    found = zones.intervals({"height": bad, "network": good})
    assert found["network"]["mean_gain"] == pytest.approx((0.5, 0.5))
    assert found["height"]["all_gain"] == (0.0, 0.0)
    assert zones.worse(bad, good) == 0  # half a zone is not more than one
    many = [zones.Ranked("a", np.arange(8.0)[::-1], np.repeat([True, False], 4), 4)]
    few = [zones.Ranked("a", np.arange(8.0)[::-1], np.repeat([False, True], 4), 4)]
    assert zones.worse(few, many) == 1


# --- small molecules


@pytest.mark.parametrize("kind", small.KINDS)
def test_zones_of_small_molecules_hold_their_signals(kind):
    plane = small.simulate_small(kind, np.random.default_rng(3))
    values = plane.spectrum.data
    assert values.shape == (small.ROWS, small.COLUMNS)
    point = np.stack(np.unravel_index(np.argsort(-np.abs(plane.clean).ravel())[:6], values.shape), axis=1)
    true, known = plane.labels(point, point.astype(float))
    assert known.all()
    assert true.all()
    far = np.array([[1, 1]])
    assert not plane.labels(far, far.astype(float))[0].any()


def test_cross_peaks_of_a_cosy_are_antiphase_and_on_both_sides():
    scene = small.Scene("cosy", np.random.default_rng(0))
    scene.groups = [
        small.Group(3.0, 1, ((1, 1, 8.0),), None),
        small.Group(5.0, 1, ((0, 1, 8.0),), None),
    ]
    axis = Axis("1H", 512, 4000.0, 500.0, 4.0)
    scene.axes = (axis, Axis("1H", 1024, 4000.0, 500.0, 4.0))
    scene.t1, scene.t2 = np.arange(400) / 4000.0, np.arange(1024) / 4000.0
    scene.windows, scene.decay, scene.magnitude = [np.ones(400), np.ones(1024)], 10.0, False
    scene.correlations()
    assert len(scene.zones) == 4
    plane = scene.plane(scene.rows, scene.columns)
    boxes = np.array(scene.zones)
    # the imaginary parts of both dimensions carry antiphase lines: their real parts sum to nothing
    cross = scene.plane(scene.rows[1:2], scene.columns[1:2]).real
    assert abs(cross.sum()) < 0.02 * np.abs(cross).sum()
    centre = boxes.mean(axis=-1)
    np.testing.assert_allclose(centre[1], [axis.index(3.0), 2 * axis.index(5.0)], atol=1e-6)
    assert np.abs(plane).max() > 0


def test_spectra_of_small_molecules_depend_on_their_seed_alone():
    one, again = (small.simulate_small("hsqc", np.random.default_rng(5)).spectrum for _ in range(2))
    assert isinstance(one, Spectrum)
    np.testing.assert_array_equal(one.data, again.data)
