import numpy as np
import pytest

from common.metrics.spectra import rlne, rlne_floor, rlne_floor_kept


def test_rlne_by_hand():
    assert rlne([3.0, 4.0], [3.0, 1.0]) == pytest.approx(0.6)
    assert rlne([[3.0, 4.0]], [[3.0, 4.0]]) == 0.0
    assert rlne([3.0, 4.0], [0.0, 0.0]) == pytest.approx(1.0)


def test_rlne_is_taken_in_double_precision():
    reference = np.full(2**20, 1e25, np.float32)
    assert rlne(reference, 2 * reference) == pytest.approx(1.0)


def test_rlne_refuses_what_is_not_comparable():
    with pytest.raises(ValueError, match="real"):
        rlne(np.ones(3), np.ones(3, complex))
    with pytest.raises(ValueError, match="shape"):
        rlne(np.ones((2, 3)), np.ones(3))
    with pytest.raises(ValueError, match="zero everywhere"):
        rlne(np.zeros(3), np.ones(3))


def test_floors_by_hand():
    reference = np.array([[3.0, 4.0], [0.0, 0.0]])
    assert rlne_floor(reference, 0.5) == pytest.approx(0.5 * 2 / 5)
    # squares of the window 1, 4, 16, 4; unmeasured 4 + 4 of 25
    kept = rlne_floor_kept(reference, 0.5, [1, 2, 4, 2], [True, False, True, False])
    assert kept == pytest.approx(0.2 * np.sqrt(8 / 25))
    assert rlne_floor_kept(reference, 0.5, [1, 1], [True, True]) == 0.0
    with pytest.raises(ValueError, match="mask"):
        rlne_floor_kept(reference, 0.5, [1, 1], [True])


def test_floors_are_what_a_perfect_method_reaches():
    """Noise put on a known signal: the truth errs by the floor, measured points kept or not."""
    rng = np.random.default_rng(3)
    points, columns = 64, 400
    window = np.cos(np.pi / 2 * np.arange(points) / points) ** 2
    window[0] /= 2
    mask = rng.random(points) < 0.3
    signal = 20 * np.exp((2j * np.pi * rng.random(columns) - 0.02) * np.arange(points)[:, None])
    noise = rng.normal(size=(points, columns)) + 1j * rng.normal(size=(points, columns))

    def spectrum(fid):
        return np.fft.fft(window[:, None] * fid, 256, axis=0).real

    reference = spectrum(signal + noise)
    sigma = np.sqrt(np.sum(window**2))  # each component has unit variance in time
    kept = np.where(mask[:, None], signal + noise, signal)
    assert rlne(reference, spectrum(signal)) == pytest.approx(rlne_floor(reference, sigma), rel=0.02)
    floor = rlne_floor_kept(reference, sigma, window, mask)
    assert rlne(reference, spectrum(kept)) == pytest.approx(floor, rel=0.02)


@pytest.mark.parametrize(
    ("name", "recipe", "floor", "kept"),
    [
        ("acbp_600", {"p0": 208.3, "conjugate": True}, 0.065, {0.125: 0.059, 0.25: 0.052}),
        ("savinase_750", {"p0": -94.0}, 0.296, {0.125: 0.264, 0.25: 0.234}),
    ],
)
def test_floors_of_measured_spectra(data_dir, name, recipe, floor, kept):
    """Against values of another program, made when the data were collected (another draw of schedules)."""
    from common.io.files import read
    from common.processing import (
        DirectRecipe,
        IndirectRecipe,
        interferogram,
        noise_level,
        sine_bell,
        spectrum_2d,
    )
    from common.simulation.schedules import poisson_gaps

    fid = read(data_dir("nus_hsqc_qnls") / f"{name}.test.fid")
    signal = interferogram(fid, DirectRecipe(polynomial_order=4, region=(11.0, 6.2), **recipe))
    spectrum = spectrum_2d(signal, IndirectRecipe(zero_fill=512)).data
    sigma = noise_level(spectrum)
    assert rlne_floor(spectrum, sigma) == pytest.approx(floor, abs=0.002)
    for fraction, expected in kept.items():
        masks = poisson_gaps(128, [round(128 * fraction)] * 4, np.random.default_rng(0))
        values = [rlne_floor_kept(spectrum, sigma, sine_bell(128), mask) for mask in masks]
        assert np.mean(values) == pytest.approx(expected, abs=0.003)
