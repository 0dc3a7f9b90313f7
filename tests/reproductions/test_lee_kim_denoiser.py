"""What is the denoiser's own: its targets, its scale, its whitening, and its way to a user's file."""

import dataclasses

import numpy as np
import pytest

from common.classical.regression import regress
from common.mrs.estimate import Estimate
from common.processing import spectrum_at
from common.simulation.brain import BrainRanges, simulate
from common.simulation.metabolites import NAMES
from common.training import config as configuration
from reproductions.lee_kim_denoiser import config as configs
from reproductions.lee_kim_denoiser import data, estimate, experiment, losses, peers
from reproductions.lee_kim_denoiser.model import RegionScale, build

CLEAN = {"snr": None, "macromolecules": (0.0, 0.0), "lipid_probability": 0.0, "water": (0.0, 0.0)}


def resolve(variant="faithful", **overrides):
    return configuration.resolve(configs, "smoke", variant, overrides)


def brains(config, count=4, seed=0, **changes):
    ranges = dataclasses.replace(data.ranges(config, "healthy"), **changes)
    return simulate(data.basis(config.conditions[0]), ranges, count, np.random.default_rng(seed))


# --- data


def test_targets_are_the_metabolites_at_the_stated_width():
    config = resolve(shifts=512)
    made = brains(config)
    spectra = data.spectra_of(config, made)
    narrow = data.narrow(made.metabolites, made.axis, config.target_linewidth)
    np.testing.assert_allclose(spectra.targets, data.on_grid(narrow, made.axis, config).real, atol=2e-3)
    naa = spectra.targets[0, np.abs(data.ppm(config) - 2.008) < 0.03]
    assert np.sum(naa > naa.max() / 2) * 3.13 / 512 * 123.25 == pytest.approx(4.0, abs=1.6)  # Hz


def test_a_target_gives_back_its_concentrations():
    config = resolve(shifts=512)
    made = brains(config)
    found = regress(data.spectra_of(config, made).targets, data.target_signals(config))
    np.testing.assert_allclose(found, made.concentrations, rtol=1e-3, atol=1e-3)


def test_the_variant_that_keeps_the_width_does():
    config = resolve("same_width", shifts=512)
    made = brains(config, linewidth=(15.0, 15.0))
    spectra = data.spectra_of(config, made)
    np.testing.assert_allclose(
        spectra.targets, data.on_grid(made.broadened, made.axis, config).real, atol=1e-4
    )


def test_amplitudes_do_not_depend_on_the_dwell():
    """The same signal at two scanners' settings is the same spectrum."""
    config = resolve(shifts=256)
    one, other = (data.basis((123.25, sw, points, 30.0)) for sw, points in ((2000.0, 2048), (1200.0, 1024)))
    spectra = [data.on_grid(data.narrow(b.fids, b.axis, 12.0), b.axis, config) for b in (one, other)]
    largest = np.abs(spectra[0]).max()
    np.testing.assert_allclose(spectra[0].real, spectra[1].real, atol=0.02 * largest)


def test_training_test_and_validation_spectra_are_different():
    config = resolve()
    first = [data.batches(config, 0, split).batch(0, 0)[0] for split in ("train", "validation")]
    assert not np.allclose(first[0][:8], first[1][:8])
    assert np.array_equal(first[0], data.batches(config, 0, "train").batch(0, 0)[0])
    assert not np.array_equal(first[0], data.batches(config, 1, "train").batch(0, 0)[0])
    assert np.array_equal(data.tests(config, "healthy").fids, data.tests(config, "healthy").fids)


def test_a_pool_gives_the_same_rows_in_any_order():
    made = []

    def make(start, count):
        made.append(start)
        return np.arange(start, start + count), np.full((count, 2), start)

    pool = data.Pool(150, make)
    first, second = pool.take([149, 3, 64])
    np.testing.assert_array_equal(first, [149, 3, 64])
    np.testing.assert_array_equal(second[:, 0], [128, 0, 64])
    pool.take(np.arange(150))
    assert made == [0, 64, 128]


def test_fresh_noise_has_the_snr_of_the_range_and_differs_at_every_visit():
    config = resolve("refined", fresh_noise=True, spectra=64, shifts=512, batch=32)
    batches = data.batches(config, 0, "train")
    first, second = (batches.batch(epoch, 0) for epoch in (0, 1))
    spectra, targets, unit, _ = data.stored_clean(config, "healthy", 0).take(batches.order(0)[:32])
    np.testing.assert_array_equal(first[1], targets)
    assert not np.array_equal(first[1], second[1])
    axis = data.time_axis(config.conditions[0])
    # noise of the FID in the spectrum: sd sqrt(points) in units of the dwell
    sd = unit * np.sqrt(axis.size) / axis.sw
    noise = []
    for inputs, clean in zip(first[0], spectra, strict=True):
        values = inputs[:, 0] + 1j * inputs[:, 1]
        turn = np.vdot(clean, values)  # the phase that was put on
        noise.append(np.std((values - clean * turn / abs(turn)).real))
    snr = sd / np.array(noise)
    assert 0.75 * config.snr[0] < snr.min() < 10
    assert 15 < snr.max() < 1.25 * config.snr[1]


def test_whitened_components_have_unit_variance():
    config = resolve("refined", components=24, shifts=128)
    matrix, offset, usual, typical = data.whitening(config)
    inputs = data.draw(config, "healthy", 512, np.random.default_rng(5)).inputs
    first, last = data.scale_region(config)
    scale = np.sqrt(np.mean(np.square(inputs[:, first:last]), axis=(1, 2), keepdims=True))
    rows = np.clip(inputs / scale, -data.LARGEST, data.LARGEST).reshape(len(inputs), -1) @ matrix + offset
    assert np.median(rows.std(axis=0)) == pytest.approx(1.0, abs=0.15)
    assert usual.shape == (len(NAMES),)
    assert np.all(usual > 0)
    assert typical == pytest.approx(np.median(scale), rel=0.1)


def test_the_signal_of_one_mm_is_found_by_creatine_whatever_the_units():
    """Half of it in a spectrum of half the size; at the usual total creatine of a spectrum without errors."""
    config = resolve("referenced", components=24, shifts=512, conditions=((123.25, 2000.0, 2048, 30.0),))
    made = brains(config, count=3, snr=(1000.0, 1000.0))
    inputs = data.spectra_of(config, made).inputs
    units = [
        estimate.signal_of_one(config, factor * made.fids, made.axis, 30.0, factor * inputs)
        for factor in (1.0, 500.0)
    ]
    np.testing.assert_allclose(units[1], 500 * units[0], rtol=0.02)
    columns = [NAMES.index("Cr"), NAMES.index("PCr")]
    normal = data.ranges(config, "healthy").normal(NAMES)[columns].sum()
    np.testing.assert_allclose(units[0], made.concentrations[:, columns].sum(axis=1) / normal, rtol=0.35)
    nothing = estimate.signal_of_one(config, 0 * made.fids, made.axis, 30.0, inputs)
    assert np.all(nothing > 0)


# --- network


def test_the_scale_is_the_rms_of_its_region_at_any_size():
    values = np.random.default_rng(0).standard_normal((3, 16, 2)).astype("float32")
    layer = RegionScale(4, 12)
    expected = np.sqrt(np.mean(np.square(values[:, 4:12]), axis=(1, 2)))
    for factor in (1.0, 1e-20, 1e18):
        found = np.asarray(layer((factor * values).astype("float32")))[:, 0, 0]
        np.testing.assert_allclose(found / factor, expected, rtol=1e-5)
    assert np.asarray(layer(np.zeros((1, 16, 2), "float32"))).item() == 1.0


def test_the_refined_output_is_a_sum_of_metabolites():
    config = resolve("refined", components=16, dense=(16, 16), shifts=128)
    output = np.asarray(build(config)(data.batches(config, 0, "validation").batch(0, 0)[0]))
    amounts = regress(output, data.target_signals(config))
    np.testing.assert_allclose(
        amounts @ data.target_signals(config), output, atol=1e-3 * np.abs(output).max()
    )
    assert np.all(amounts > 0)


# --- losses


def test_the_loss_is_the_mean_error_of_the_record():
    from common.metrics.concentrations import TOTALS, mean_relative_error, with_totals

    config = resolve("refined", shifts=512)
    true = BrainRanges().normal(NAMES) * np.linspace(0.5, 1.5, 8)[:, None]
    found = true * np.random.default_rng(0).uniform(0.8, 1.2, true.shape)
    spectra = [(values @ data.target_signals(config)).astype("float32") for values in (true, found)]
    loss = float(np.asarray(losses.concentration_error(config)(*spectra)))
    (every, names), (others, _) = with_totals(true, NAMES), with_totals(found, NAMES)
    assert len(names) == len(NAMES) + len(TOTALS)
    expected = np.mean([mean_relative_error(a, b) for a, b in zip(every.T, others.T, strict=True)])
    assert 100 * loss == pytest.approx(expected, rel=1e-3)


def test_nmse_is_that_of_the_record():
    from common.metrics.spectra import nmse

    target, output = np.random.default_rng(0).standard_normal((2, 6, 32)).astype("float32")
    assert float(np.asarray(losses.nmse(target, output))) == pytest.approx(nmse(target, output), rel=1e-5)


# --- experiment


def test_the_best_constants_are_the_geometric_means_of_the_ranges():
    config = resolve()
    found = experiment.prior_constants(config, "healthy")
    for name, (low, high) in zip(NAMES, data.ranges(config, "healthy").of(NAMES), strict=True):
        assert found[name] == pytest.approx(np.sqrt(low * high), rel=0.01)


def test_each_bin_of_snr_gives_the_same_number():
    config = resolve(each=5)
    snr = np.random.default_rng(0).uniform(6.9, 20.74, 200)
    chosen = experiment.chosen_each(config, snr)
    assert len(chosen) == 15
    assert np.sum(snr[chosen] < 10) == 5
    assert np.sum(snr[chosen] >= 14) == 5


def test_the_prior_of_a_fit_is_that_of_the_simulation():
    config = resolve()
    mean, sd = peers.prior(config, "healthy")
    draws = brains(config, 4000).concentrations
    np.testing.assert_allclose(draws.mean(axis=0), mean, rtol=0.05)
    np.testing.assert_allclose(draws.std(axis=0), sd, rtol=0.05)


# --- a user's file


class Perfect:
    """A network that knows the truth: it gives back the spectra it was made with."""

    def __init__(self, targets):
        self.targets = targets

    def predict(self, inputs, **_):
        return np.resize(self.targets, (len(inputs), self.targets.shape[1]))


def test_clean_fids_have_the_spectrum_they_were_made_of():
    config = resolve(shifts=512)
    made = brains(config)
    output = data.spectra_of(config, made).targets
    fids = estimate.metabolite_fids(config, output, made.axis)
    back = data.on_grid(fids, made.axis, config).real
    inside = slice(20, -20)  # the window cuts the tails of lines at its edges
    np.testing.assert_allclose(back[:, inside], output[:, inside], atol=0.02 * output.max())


def test_clean_fids_are_smooth_between_the_points_of_the_grid():
    """A mirror image in the FID would show there, as fringes."""
    config = resolve(shifts=512, conditions=((123.25, 2000.0, 2048, 30.0),))
    made = brains(config)
    fids = estimate.metabolite_fids(config, data.spectra_of(config, made).targets, made.axis)
    narrow = data.narrow(made.metabolites, made.axis, config.target_linewidth)
    ppm = np.linspace(4.1, 0.3, 3001)
    found, expected = (spectrum_at(signal, made.axis, ppm).real for signal in (fids, narrow))
    np.testing.assert_allclose(found, expected, atol=0.03 * expected.max())


def test_a_method_gives_what_the_door_asks_for():
    config = resolve(shifts=512)
    made = brains(config, 1, linewidth=(12.0, 12.0), snr=(15.0, 15.0), shift=(0.0, 0.0), phase0=(0.0, 0.0))
    model = Perfect(data.spectra_of(config, made).targets)
    found = estimate.method(config, model, "healthy")(made.fids, made.axis, None)
    assert isinstance(found, Estimate)
    np.testing.assert_allclose(found.concentrations, made.concentrations, rtol=1e-3, atol=1e-3)
    # such a network gives one answer to whatever it is shown, so its errors are the spread of the prior
    assert np.all(found.sd > 0)
    naa = NAMES.index("NAA")
    assert found.sd[0, naa] == pytest.approx(np.ptp(data.ranges(config, "healthy").of(["NAA"])) / 3, rel=0.5)


def test_narrow_lines_are_broadened_to_what_the_network_knows():
    from common.mrs.quality import linewidth

    config = resolve()
    made = brains(
        resolve(conditions=((123.25, 2000.0, 2048, 30.0),)), 1, linewidth=(5.0, 5.0), snr=(40.0, 40.0)
    )
    fid = made.fids[0].astype(complex)
    broad = estimate.widened(fid, made.axis, config.linewidth[0])
    assert linewidth(broad, made.axis) == pytest.approx(10.0, rel=0.15)
    assert estimate.widened(broad, made.axis, 8.0) is broad


def test_training_range_is_that_of_the_config():
    trained = estimate.trained_on(resolve())
    assert trained.linewidth == (0.0, 20.0)
    assert trained.snr == (6.9, 20.74)
    assert trained.mhz[0] < 123.2 < trained.mhz[1]
    assert trained.te == (29.0, 31.0)
