"""What is this folder's own: the grid, the labels on it, the split by compound, regions, reliability."""

import dataclasses

import numpy as np
import pytest

from common.errors import UserError
from common.metrics.regions import compare_regions
from common.simulation.regions import NONE, SIGNAL, SOLVENT
from common.spectrum import Axis, Spectrum
from common.training import config as configuration
from reproductions.bruker_picker import compounds, data, estimate, grid, measured, scoring
from reproductions.bruker_picker import config as configs
from reproductions.bruker_picker.config import Config
from reproductions.bruker_picker.model import build
from reproductions.bruker_picker.reliability import Reliability

CONFIG = Config()
AXIS = Axis("1H", 16384, 6000.0, 500.0, 5.0)


def lines(axis: Axis, *parts) -> np.ndarray:
    """Lorentzians (ppm, FWHM in Hz, area)."""
    hz = axis.hz()
    return sum(a * (w / 2) / ((hz - axis.mhz * ppm) ** 2 + (w / 2) ** 2) / np.pi for ppm, w, a in parts)


def noise(axis: Axis, level=1e-3, seed=0) -> np.ndarray:
    return level * np.random.default_rng(seed).normal(size=axis.size)


SPECTRUM = lines(AXIS, (7.2, 1, 1), (6.8, 1, 2), (5.0, 1, 1), (3.0, 1, 3), (1.2, 1, 3))


class Known:
    """In place of a network: probabilities (steps, 3) that are known."""

    def __init__(self, *probabilities):
        self.probabilities = np.array(probabilities, "float32")

    def predict_on_batch(self, inputs):
        return np.tile(self.probabilities, (*inputs.shape[:2], 1))


# --- the grid


@pytest.mark.parametrize("points", [3000, 4096, 16384, 65536])
def test_means_keep_the_integral_whatever_the_points(points):
    values = np.random.default_rng(0).normal(size=points)
    at = np.linspace(-0.5, points - 0.5, 1234)
    total = (grid.means(values, at) * np.diff(at)).sum()
    assert total == pytest.approx(values.sum(), abs=1e-8 * points)
    np.testing.assert_allclose(grid.means(np.full(points, 2.0), at), 2.0)


def test_steps_have_their_width_from_the_left_edge():
    assert grid.steps(CONFIG, AXIS) == 3000
    at = grid.edges(CONFIG, AXIS)
    np.testing.assert_allclose(AXIS.hz(at[0]) - AXIS.hz(at[1:]), 2.0 * np.arange(1, 3001), rtol=1e-9)
    assert AXIS.ppm(at[0]) == pytest.approx(AXIS.carrier + (0.5 + 0.5 / AXIS.size) * AXIS.sw / AXIS.mhz)


@pytest.mark.parametrize("points", [8192, 32768])
def test_zero_filling_changes_little_of_the_inputs(points):
    other = dataclasses.replace(AXIS, size=points)
    rows = grid.inputs(CONFIG, SPECTRUM, AXIS)
    parts = [(7.2, 1, 1), (6.8, 1, 2), (5.0, 1, 1), (3.0, 1, 3), (1.2, 1, 3)]
    again = grid.inputs(CONFIG, lines(other, *parts), other)
    assert rows.shape == again.shape == (3000, grid.channels(CONFIG))
    assert np.corrcoef(rows[:, 2], again[:, 2])[0, 1] > 0.98


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_the_scale_and_an_offset_do_not_matter(factor):
    made = SPECTRUM + noise(AXIS)
    np.testing.assert_allclose(
        grid.inputs(CONFIG, factor * (made + 5), AXIS), grid.inputs(CONFIG, made, AXIS), atol=1e-5
    )


def test_a_giant_line_of_water_makes_nothing_small():
    plain = grid.inputs(CONFIG, SPECTRUM + noise(AXIS), AXIS)
    giant = grid.inputs(CONFIG, SPECTRUM + noise(AXIS) + lines(AXIS, (4.7, 1, 1000)), AXIS)
    at = int(grid.steps(CONFIG, AXIS) * (AXIS.ppm(0) - 3.0) * AXIS.mhz / AXIS.sw)
    near = slice(at - 2, at + 3)
    assert giant[near, 2:4].max() > 0.8 * plain[near, 2:4].max()


def test_an_empty_spectrum_has_inputs_and_what_is_no_spectrum_is_refused():
    assert np.isfinite(grid.inputs(CONFIG, np.zeros(AXIS.size), AXIS)).all()
    bad = Spectrum(np.full(AXIS.size, np.nan), (AXIS,))
    with pytest.raises(UserError, match="not numbers"):
        estimate.predict(CONFIG, [Known(1, 0, 0)], bad)
    fid = dataclasses.replace(AXIS, domain="time", encoding="complex")
    with pytest.raises(UserError, match="not a 1D spectrum"):
        estimate.predict(CONFIG, [Known(1, 0, 0)], Spectrum(np.zeros(AXIS.size, complex), (fid,)))


def test_what_is_brought_to_the_grid_comes_back_to_its_points():
    at = grid.edges(CONFIG, AXIS)
    ppm = AXIS.ppm((at[1:] + at[:-1]) / 2)[:, None]
    back = grid.brought_back(CONFIG, ppm, AXIS)[:, 0]
    inside = slice(10, -10)
    np.testing.assert_allclose(back[inside], AXIS.ppm()[inside], atol=1e-5)


# --- labels and compounds


def test_targets_are_shares_that_add_to_one_inside_a_spectrum():
    config = configuration.resolve(configs, "smoke", "faithful", {})
    inputs, targets = data.batches(config, 0, "train").batch(0, 0)
    assert inputs.shape == (4, 2048, grid.channels(config))
    inside = inputs[:, :, -1] == 1
    np.testing.assert_allclose(targets.sum(axis=-1)[inside], 1, atol=1e-5)
    assert (targets[~inside] == 0).all()
    assert targets[..., SIGNAL].any()
    assert targets[..., SOLVENT].any()


def test_kept_spectra_come_again_at_other_places():
    config = configuration.resolve(
        configs, "smoke", "faithful", {"kept": "true", "spectra": "16", "window": "16384"}
    )
    train = data.batches(config, 0, "train")
    assert train.count == 16
    first, again = (
        sum(np.sort(train.batch(e, i)[1][..., 1].sum(-1)).sum() for i in range(4)) for e in (0, 1)
    )
    assert first == pytest.approx(again, rel=0.01)
    assert not np.array_equal(train.batch(0, 0)[0], train.batch(1, 0)[0])


def test_labels_on_the_grid_are_the_regions_to_a_step():
    """Runs of steps that are mostly signal or solvent end where the labels of points do."""
    drawn = data.draw(CONFIG, 4, 16384, (), np.random.default_rng(3))
    for k, (classes, axis) in enumerate(zip(drawn.labels, drawn.spectra.axes, strict=True)):
        share = grid.brought_back(CONFIG, data.targets(CONFIG, classes, axis)[:, 1:], axis)
        spectrum = Spectrum(drawn.spectra.data[k], (axis,))
        found = estimate.regions_of(share, spectrum, estimate.Rule(gap=0.0, least=0.0))
        scores = compare_regions(found.ppm, scoring.label_runs(classes != NONE, axis)).scores()
        assert (scores["regions_missed"], scores["regions_extra"]) == (0, 0)
        assert scores["f1"] > 0.99
        assert scores["region_iou"] > 0.9


def test_no_compound_is_on_two_sides_and_none_of_the_measured_spectra_on_any(data_dir):
    data_dir("gissmo_spin_systems")
    names = {entry.compound for entry in compounds._entries(False)}
    split = {name: {m.name for m in compounds.measured(name)} for name in compounds.SHARES}
    assert not split["train"] & split["test"]
    assert not split["train"] & split["validation"]
    assert not split["test"] & split["validation"]
    for tested in ("alphanaphthoate", "panthenol", "alphaglucose"):
        assert tested in names
        assert not any(tested in of for of in split.values())
    assert sum(map(len, split.values())) > 0.98 * len(names)
    assert 0.75 < len(split["train"]) / len(names) < 0.85


def test_added_protons_exchange():
    molecules = compounds.drawn([data.compounds.Molecule("x", ())], 40, 0.5, np.random.default_rng(0))
    added = [part for molecule in molecules for part in molecule.parts]
    assert 10 < sum(bool(molecule.parts) for molecule in molecules) < 30
    assert not any(part.carbon.any() for part in added)


def test_measured_spectra_have_their_roles_and_regions(data_dir):
    data_dir("nmr_dataset1_1h"), data_dir("bruker_1d_regions")
    found = [each for source in measured.KINDS for each in measured.measured(source)]
    roles = {each.name: each.role for each in found}
    assert roles["50-78-2"] == roles["aspirin_300MHz"] == "development"
    assert sum(role == "test" for role in roles.values()) == 9
    assert "menthol_500MHz" not in roles
    assert all(len(each.true) >= 3 and not np.iscomplexobj(each.spectrum.data) for each in found)


# --- regions and probabilities


def probabilities(*parts) -> np.ndarray:
    made = np.zeros((AXIS.size, 2), "float32")
    for column, left, right, value in parts:
        made[AXIS.region(left, right), column] = value
    return made


def test_regions_are_runs_that_are_sure_somewhere():
    made = probabilities((0, 7.3, 7.1, 0.9), (0, 5.0, 4.9, 0.6), (1, 4.8, 4.6, 0.9), (0, 3.0, 2.9, 0.8))
    made[AXIS.region(7.202, 7.2), 0] = 0.1  # less than a gap
    found = estimate.regions_of(made, Spectrum(SPECTRUM, (AXIS,)))
    assert found.kind == ("signal", "solvent", "signal")
    np.testing.assert_allclose(found.ppm, [[7.3, 7.1], [4.8, 4.6], [3.0, 2.9]], atol=0.001)
    np.testing.assert_allclose(estimate.certainty(made, AXIS, found), [0.9, 0.9, 0.8], atol=1e-6)


def test_a_region_at_the_edge_ends_there():
    made = probabilities((0, AXIS.ppm(0), AXIS.ppm(40), 0.9))
    ((left, _),) = estimate.regions_of(made, Spectrum(SPECTRUM, (AXIS,))).ppm
    assert AXIS.ppm(0) <= left <= AXIS.ppm(-0.5)
    assert len(estimate.regions_of(np.zeros((AXIS.size, 2)), Spectrum(SPECTRUM, (AXIS,)))) == 0


def test_traces_are_no_regions_and_solvent_has_no_least_integral():
    spectrum = Spectrum(lines(AXIS, (7.2, 1, 1.0), (5.0, 1, 0.05), (3.0, 1, 0.03), (2.0, 1, 0.01)), (AXIS,))
    made = probabilities(*((int(ppm == 2), ppm + 0.05, ppm - 0.05, 0.9) for ppm in (7.2, 5.0, 3.0, 2.0)))
    found = estimate.regions_of(made, spectrum)
    np.testing.assert_allclose(found.ppm.mean(axis=1), [7.2, 5.0, 2.0], atol=0.001)
    assert found.kind == ("signal", "signal", "solvent")
    assert len(estimate.regions_of(made, spectrum, estimate.Rule(least=0.0))) == 4


def test_areas_tell_a_hump_from_a_line():
    """Of equal area, 2 and 20 Hz wide: nearly as high in the mean over 80 Hz, not over 20 Hz."""
    spectrum = lines(AXIS, (7.2, 2, 1), (5.0, 20, 1), (3.0, 2, 1), (1.2, 2, 1))
    at = np.round(AXIS.index([7.2, 5.0]) * AXIS.sw / AXIS.size / CONFIG.step).astype(int)
    fine = grid.means(spectrum, grid.edges(CONFIG, AXIS, CONFIG.parts))
    narrow, wide = (np.sinh(grid.areas(CONFIG, fine, width)[at, 0]) for width in CONFIG.areas)
    assert wide[1] / wide[0] == pytest.approx(0.86, abs=0.02)  # atan(4) / atan(40)
    assert narrow[1] / narrow[0] == pytest.approx(0.53, abs=0.03)  # atan(1) / atan(10)
    assert wide[1] == pytest.approx(1 / grid.FEW, rel=0.02)  # the fourth-tallest


def test_edges_lie_where_a_straight_line_crosses_the_cut():
    values = np.array([0.0, 0.25, 0.75, 1.0, 0.8, 0.0])
    ((first, last),) = estimate.runs(values, 0.5, 0.7, 0.0)
    assert (first, last) == pytest.approx((1.5, 4.375))


def test_several_networks_are_averaged():
    spectrum = Spectrum(SPECTRUM, (AXIS,))
    found = estimate.predict(CONFIG, [Known(0.2, 0.7, 0.1), Known(0.4, 0.3, 0.3)], spectrum)
    np.testing.assert_allclose(found, np.tile([0.5, 0.2], (AXIS.size, 1)), atol=1e-6)


def test_any_length_goes_through_the_network():
    config = configuration.resolve(configs, "smoke", "faithful", {})
    model = build(config)
    for size, sw in ((1000, 900.0), (300, 12345.6)):
        axis = Axis("1H", size, sw, 500.0, 5.0)
        found = estimate.predict(config, [model], Spectrum(noise(axis), (axis,)))
        assert found.shape == (size, 2)
        assert ((found >= 0) & (found <= 1)).all()


# --- reliability


def test_reliability_of_known_probabilities():
    """Points true as often as stated are off by nothing; the precision at every cut is their mean."""
    rng = np.random.default_rng(0)
    stated = rng.random(200_000)
    found = Reliability()
    found.add(stated, rng.random(200_000) < stated)
    assert found.error() < 0.005
    precision, recall = found.precision_recall()
    assert precision[99] == pytest.approx(0.75, abs=0.01)
    assert recall[99] == pytest.approx(0.75, abs=0.01)
    wrong = Reliability()
    wrong.add(np.full(100, 0.9), np.zeros(100))
    assert wrong.error() == pytest.approx(0.9, abs=0.01)
