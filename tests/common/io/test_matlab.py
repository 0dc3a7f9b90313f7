"""The Spinach ubiquitin HSQC: files of our own, damaged files, and the measured spectrum."""

import numpy as np
import pytest
from scipy.io import savemat

from common.classical.peaks import pick_peaks
from common.errors import FormatError
from common.io.matlab import read_spinach_hsqc
from common.processing import DirectRecipe, IndirectRecipe, interferogram, noise_level, spectrum_2d
from tests.common.io.fuzz import fuzz

RECIPE = DirectRecipe(p0=np.rad2deg(0.7), region=(10.0, 6.0))


def test_line_of_a_written_file(tmp_path):
    """A peak left of both carriers, by 1.5 ppm (1H) and 10 ppm (15N), with the phases of the real file."""
    t2, t1 = np.arange(256)[:, None] / 4000, np.arange(64) / 2000
    proton = np.exp((-2j * np.pi * 1.5 * 499.84 - 30) * t2 + 0.7j)
    nitrogen = np.exp((2j * np.pi * 10 * 50.683 - 30) * t1 - 0.5j * np.pi)
    path = tmp_path / "a.mat"
    savemat(path, {"fid": {"pos": proton * nitrogen, "neg": proton * nitrogen.conj()}})
    spectrum = read_spinach_hsqc(path)
    assert [axis.size for axis in spectrum.axes] == [64, 256]
    final = spectrum_2d(interferogram(spectrum, RECIPE), IndirectRecipe(p0=90.0))
    top = np.unravel_index(final.data.argmax(), final.data.shape)
    carriers = [axis.carrier for axis in spectrum.axes]
    for axis, place, ppm in zip(final.axes, top, (carriers[0] + 10, carriers[1] + 1.5), strict=True):
        assert abs(place - axis.index(ppm)) <= 0.6
    assert final.data.min() > -0.005 * final.data.max()


@pytest.mark.parametrize(
    "content",
    [
        {"other": 1.0},
        {"fid": 1.0},
        {"fid": {"pos": np.ones((4, 2))}},
        {"fid": {"pos": np.ones((4, 2)), "neg": np.ones((4, 3))}},
        {"fid": {"pos": np.ones(4), "neg": np.ones(4)}},
        {"fid": {"pos": np.full((4, 2), np.nan), "neg": np.ones((4, 2))}},
        {"fid": {"pos": "text", "neg": np.ones((4, 2))}},
    ],
)
def test_other_content_is_refused(tmp_path, content):
    path = tmp_path / "a.mat"
    savemat(path, content)
    with pytest.raises(FormatError, match="fid"):
        read_spinach_hsqc(path)


def test_not_matlab(tmp_path):
    path = tmp_path / "a.mat"
    for blob in (b"", b"text", bytes(200), b"MATLAB" + bytes(200)):
        path.write_bytes(blob)
        with pytest.raises(FormatError):
            read_spinach_hsqc(path)
    with pytest.raises(FileNotFoundError):
        read_spinach_hsqc(tmp_path / "none.mat")


def test_damaged_files(tmp_path):
    path = tmp_path / "a.mat"
    rng = np.random.default_rng(0)
    pos, neg = rng.normal(size=(2, 8, 4)) + 1j * rng.normal(size=(2, 8, 4))
    savemat(path, {"fid": {"pos": pos, "neg": neg}}, do_compression=True)

    def check(spectrum):
        assert np.isfinite(spectrum.data).all()

    outcome = fuzz(read_spinach_hsqc, path, check, header=4096, count=600)
    assert outcome["refused"] > 100


#: (1H, 15N) ppm of well-separated peaks of ubiquitin: G35, S20, I36, V17, E34, D39, K33 and the side chain of
#: Q41, from the chemical shifts deposited with the structure 1D3Z.
SHIFTS = np.array(
    [
        [8.488, 108.801],
        [7.028, 103.545],
        [6.169, 120.255],
        [8.929, 117.583],
        [8.722, 114.365],
        [8.528, 113.526],
        [7.461, 115.550],
        [6.194, 104.249],
        [6.513, 104.249],
    ]
)


def test_ubiquitin(data_dir):
    """About 90 positive peaks, and peaks where the deposited shifts have them, within 0.05 and 0.4 ppm."""
    spectrum = read_spinach_hsqc(data_dir("nus_ubiquitin_hsqc") / "hsqc_ubiquitin_expt.mat")
    final = spectrum_2d(interferogram(spectrum, RECIPE), IndirectRecipe(p0=90.0, zero_fill=512))
    assert final.data.min() > -0.06 * final.data.max()
    peaks = pick_peaks(final.data, 30 * noise_level(final.data))
    assert 80 <= len(peaks) <= 105
    nitrogen, proton = (axis.ppm(peaks.index[:, k]) for k, axis in enumerate(final.axes))
    for expected in SHIFTS:
        miss = np.abs(np.stack([proton, nitrogen], axis=1) - expected) / [0.05, 0.4]
        assert miss.max(axis=1).min() < 1, expected
