import dataclasses

import numpy as np
import pytest

from common.errors import UserError
from common.io.files import write
from common.metrics.files import score_files
from common.metrics.peaks import reference_peaks, score_nus
from common.metrics.registry import measure
from common.spectrum import Axis, Spectrum

AXES = (Axis("15N", 64, 1800.0, 60.8, 118.0), Axis("1H", 96, 3000.0, 600.0, 8.0))
CENTRES = [(14.2, 20.3), (30.6, 40.1), (44.4, 70.7), (50.1, 30.2)]


def data(shrink=1.0, seed=0, noise=0.01):
    y, x = np.arange(64.0)[:, None], np.arange(96.0)
    signal = sum(
        height * np.exp(-((y - a) ** 2 + (x - b) ** 2) / 8)
        for height, (a, b) in zip((4, 3, 2, 1), CENTRES, strict=True)
    )
    return (shrink * signal + np.random.default_rng(seed).normal(0, noise, (64, 96))).astype(np.float32)


@pytest.fixture
def saved(tmp_path):
    def save(name, values, axes=AXES):
        write(tmp_path / name, Spectrum(values, tuple(axes)), force=True)
        return tmp_path / name

    return save


@pytest.mark.parametrize("extension", ["ft2", "ucsf"])
def test_files_score_as_their_arrays(saved, extension):
    truth, guess = data(), data(0.9, seed=1)
    scores = score_files(saved("a.ft2", truth), saved(f"b.{extension}", guess))
    expected = score_nus(truth, guess, reference_peaks(truth), AXES)
    assert scores["height_slope"] == pytest.approx(0.9, abs=0.02)
    assert scores["missed_peaks"] == scores["false_peaks"] == 0
    assert scores["rlne_floor"] == pytest.approx(0.01 * np.sqrt(64 * 96) / np.linalg.norm(truth), rel=0.15)
    assert {name: scores[name] for name in expected} == pytest.approx(expected, rel=1e-5)
    assert all(measure(name) for name in scores)


def test_regions_leave_the_rest_out(saved):
    truth, guess = data(), data()
    guess[:, 50:] = 0  # destroys what lies below 7.9 ppm
    reference, estimate = saved("a.ft2", truth), saved("b.ft2", guess)
    assert score_files(reference, estimate)["missed_peaks"] == 1
    scores = score_files(reference, estimate, [None, (8.0, 10.5)])
    assert scores["missed_peaks"] == scores["rlne"] == 0
    left = AXES[0].ppm(20)
    assert score_files(reference, estimate, [(left, 0.0), (8.0, 10.5)])["rlne"] == 0


@pytest.mark.parametrize(
    ("axis", "changes", "message"),
    [
        (0, {"carrier": 118.002}, r"axis 1 has 132\.\d+ to 103\.\d+ ppm, not the 132"),
        (1, {"sw": 3010.0}, "axis 2 has .* ppm, not the"),
        (0, {"nucleus": "13C"}, "axis 1 has nucleus 13C, not the 15N"),
    ],
)
def test_axes_that_differ_are_refused(saved, axis, changes, message):
    axes = list(AXES)
    axes[axis] = dataclasses.replace(axes[axis], **changes)
    with pytest.raises(UserError, match=message):
        score_files(saved("a.ft2", data()), saved("b.ft2", data(), axes))


def test_axes_within_a_thousandth_ppm_agree(saved):
    axes = (dataclasses.replace(AXES[0], carrier=118.0005), AXES[1])
    assert score_files(saved("a.ft2", data()), saved("b.ft2", data(), axes))["rlne"] == 0


def test_what_cannot_be_scored_is_said(saved, tmp_path):
    reference = saved("a.ft2", data())
    half = Axis("15N", 32, 1800.0, 60.8, 118.0)
    with pytest.raises(UserError, match="axis 1 has 32 points, not the 64"):
        score_files(reference, saved("b.ft2", data()[:32], (half, AXES[1])))
    with pytest.raises(UserError, match="1 dimensions, but 2"):
        score_files(reference, saved("b.ft1", data()[0], AXES[1:]))
    with pytest.raises(UserError, match=r"no such file"):
        score_files(reference, tmp_path / "none.ft2")
    with pytest.raises(UserError, match="1 regions for 2 axes"):
        score_files(reference, reference, [None])
    with pytest.raises(UserError, match=r"a\.ft2: no point between"):
        score_files(reference, reference, [None, (1, 2)])
    with pytest.raises(UserError, match="no peak above 1e\\+06 times"):
        score_files(reference, reference, above_noise=1e6)
    with pytest.raises(UserError, match="zero everywhere"):
        score_files(saved("zero.ft2", np.zeros((64, 96), np.float32)), reference)
    time = tuple(dataclasses.replace(axis, domain="time", encoding="complex") for axis in AXES[1:])
    with pytest.raises(UserError, match="not a real spectrum"):
        score_files(reference, saved("b.fid", data()[0].astype(np.complex64), time))


def test_acbp_against_itself_and_half_of_itself(data_dir, saved):
    from common.io.files import read

    path = data_dir("nus_hsqc_qnls") / "acbp_600.test.ft2"
    spectrum = read(path)
    amide = [(6.2, 11.0) if axis.nucleus == "1H" else None for axis in spectrum.axes]
    scores = score_files(path, path, amide)
    assert scores["rlne"] == scores["missed_peaks"] == scores["false_peaks"] == scores["position_error"] == 0
    assert scores["peak_r2"] == pytest.approx(1)
    halved = saved("half.ft2", spectrum.data * np.float32(0.5), spectrum.axes)
    scores = score_files(path, halved, amide)
    assert scores["rlne"] == pytest.approx(0.5)
    assert scores["height_slope"] == pytest.approx(0.5)
