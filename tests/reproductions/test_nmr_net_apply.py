"""`nmr-repro apply nmr_net` with a network that is a formula: lists, figures, odd spectra, mistakes."""

import argparse
import dataclasses

import numpy as np
import pytest

from common.errors import FormatError, UserError
from common.io.files import read, write
from common.io.peaklists import read_peaks
from common.spectrum import Axis, Spectrum
from reproductions.nmr_net import apply, picking, spectra
from reproductions.nmr_net.config import Config

N, H = Axis("15N", 80, 2000.0, 60.8, 118.0), Axis("1H", 160, 4000.0, 600.0, 8.0)
C = Axis("13C", 40, 3000.0, 150.9, 55.0)
#: Index, height over the noise.
PEAKS = (((20.3, 40.7), 60.0), ((50.8, 100.2), 40.0), ((30.0, 120.4), -30.0))
WIDTHS = (5.0, 7.0)


def formula(crops):
    """A peak is what stands 10 times above the noise: .5 there (crops hold asinh of that over 4)."""
    middle = crops.shape[1] // 2
    over = np.sinh(4.0 * crops[:, middle, middle, 0])
    return 1 / (1 + np.exp(-(over - 10.0)))


def gaussians(shape, peaks, widths):
    grids = np.meshgrid(*map(np.arange, shape), indexing="ij")
    data = np.zeros(shape, "float32")
    for centre, height in peaks:
        square = sum((2 * (g - c) / w) ** 2 for g, c, w in zip(grids, centre, widths, strict=True))
        data += height * np.exp(-np.log(2) * square)
    return data


def noisy(data, seed=0):
    return data + np.random.default_rng(seed).standard_normal(data.shape).astype("float32")


@pytest.fixture
def door(monkeypatch, tmp_path):
    """The command as words on its line; what it needs of a run is made up."""
    monkeypatch.setattr(apply, "chosen_run", lambda *_: tmp_path / "a-run")
    monkeypatch.setattr(apply, "config_of", lambda *_: Config())
    monkeypatch.setattr(apply, "network", lambda *_: formula)
    parser = argparse.ArgumentParser()
    apply.add_options(parser)

    def call(*words):
        arguments = parser.parse_args([str(word) for word in words])
        arguments.name = "nmr_net"
        return apply.main(arguments)

    return call


@pytest.fixture
def hsqc(tmp_path):
    write(tmp_path / "a.ft2", Spectrum(noisy(gaussians((80, 160), PEAKS, WIDTHS)), (N, H)))
    return tmp_path / "a.ft2"


@pytest.mark.parametrize("suffix", [".list", ".tab", ".csv", ".nef", ".peaks", ".xml"])
def test_a_list_has_the_peaks_of_the_spectrum(door, hsqc, tmp_path, suffix, capsys):
    door(hsqc, "-o", tmp_path / f"out{suffix}")
    found = read_peaks(tmp_path / f"out{suffix}")
    assert len(found) == 3
    for (row, column), height in PEAKS:
        here = np.abs(found.ppm - [N.ppm(row), H.ppm(column)]).argmin(axis=0)
        assert here[0] == here[1]
        np.testing.assert_allclose(found.ppm[here[0]], [N.ppm(row), H.ppm(column)], atol=0.1)
        if suffix != ".peaks":
            assert found.height[here[0]] == pytest.approx(height, abs=4)
    if suffix in (".list", ".tab", ".csv"):
        hertz = np.array(WIDTHS) * [N.sw / N.size, H.sw / H.size]
        np.testing.assert_allclose(found.width, np.tile(hertz, (3, 1)), rtol=0.2)
        assert (found.probability > 0.99).all()
    said = capsys.readouterr().out
    assert "1 of them are negative" in said
    assert f"out{suffix}: 3 peaks" in said


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("--sign", "positive"), 2),
        (("--sign", "negative"), 1),
        (("--most", "2"), 2),
        (("--region", H.ppm(60), H.ppm(30)), 1),
        (("--noise", "5"), 1),
        (("--cut", "45"), 1),
        (("--cut", "100"), 0),
    ],
)
def test_options_choose_peaks(door, hsqc, tmp_path, words, count):
    door(hsqc, "-o", tmp_path / "out.csv", *words)
    assert len(read_peaks(tmp_path / "out.csv")) == count


def test_without_an_output_a_table_is_printed(door, hsqc, capsys):
    door(hsqc)
    rows = capsys.readouterr().out.splitlines()
    assert [float(word) for word in rows[-3].split()[:2]] == pytest.approx(
        [N.ppm(20.3), H.ppm(40.7)], abs=0.1
    )


def test_the_figure_is_drawn(door, hsqc, tmp_path):
    door(hsqc, "--figure", tmp_path / "out.png")
    assert (tmp_path / "out.png").stat().st_size > 5000


def test_a_gaussian_alone_has_its_closed_form():
    """Position, height, widths in Hz, and the integral of a Gaussian, of either sign."""
    clean = gaussians((80, 160), PEAKS, WIDTHS)
    found = picking.pick(Spectrum(clean, (N, H)), formula, Config(), 0.5, noise=1.0)
    assert len(found) == 3
    for (centre, height), k in zip(PEAKS, np.argsort(-found.height)[[0, 1, 2]], strict=True):
        np.testing.assert_allclose(
            found.ppm[k], [N.ppm(centre[0]), H.ppm(centre[1])], atol=0.005 * N.sw / N.size / N.mhz
        )
        assert found.height[k] == pytest.approx(height, rel=0.01)
        np.testing.assert_allclose(found.width[k], [5.0 * 25.0, 7.0 * 25.0], rtol=0.02)
        assert found.volume[k] == pytest.approx(height * np.prod(WIDTHS) * np.pi / (4 * np.log(2)), rel=0.03)
    assert found.volume.sum() == pytest.approx(clean.sum(), rel=0.03)


def test_the_volume_of_a_lorentzian_is_short_by_the_stated_factor():
    x, y = np.arange(400) - 200.3, np.arange(400) - 199.8
    data = 50 / (1 + (2 * y[:, None] / 8) ** 2) / (1 + (2 * x / 8) ** 2)
    axes = tuple(dataclasses.replace(axis, size=400) for axis in (N, H))
    found = picking.pick(Spectrum(data, axes), formula, Config(), 0.5, noise=1.0)
    integral = 50 * (np.pi / 2 * 8) ** 2
    assert integral / found.volume[0] == pytest.approx(1.476**2, rel=0.03)


@pytest.fixture
def cube():
    centres = (((20.2, 30.4, 50.6), 40.0), ((10.1, 50.0, 110.3), -25.0))
    return Spectrum(noisy(gaussians((40, 80, 160), centres, (4, 5, 6))), (C, N, H)), centres


def test_a_3d_is_judged_in_both_of_its_planes(cube, tmp_path, door):
    spectrum, centres = cube
    write(tmp_path / "a.ucsf", spectrum)
    door(tmp_path / "a.ucsf", "-o", tmp_path / "a.tab", "--figure", tmp_path / "a.png")
    found = read_peaks(tmp_path / "a.tab")
    assert found.nuclei == ("13C", "15N", "1H")
    for (centre, height), k in zip(centres, np.argsort(-found.height), strict=True):
        expected = [axis.ppm(at) for axis, at in zip(spectrum.axes, centre, strict=True)]
        np.testing.assert_allclose(found.ppm[k], expected, atol=0.15)
        assert found.height[k] == pytest.approx(height, abs=4)


def test_what_one_of_two_planes_refuses_is_no_peak(cube):
    """A ridge along the second axis, as t1 noise is: a peak across it, and none along it."""
    data = gaussians((40, 80, 160), (((20.2, 40.0, 50.6), 40.0),), (4, 1e6, 6))
    spectrum = Spectrum(noisy(data), (C, N, H))
    candidates_of = []

    def lines_are_none(crops):
        candidates_of.append(len(crops))
        sides = [crops[:, rows, 24, 0].mean(axis=1) for rows in (slice(16, 20), slice(29, 33))]
        return formula(crops) * (np.max(sides, axis=0) < 0.5)

    assert len(picking.pick(spectrum, lines_are_none, Config(), 0.5)) == 0
    assert len(picking.pick(spectrum, formula, Config(), 0.5)) > 10
    assert len(set(candidates_of)) == 1


def test_crops_go_through_in_parts_of_any_size(monkeypatch, cube):
    whole = picking.pick(cube[0], formula, Config())
    monkeypatch.setattr(picking, "HELD", 7)
    np.testing.assert_array_equal(picking.pick(cube[0], formula, Config()).probability, whole.probability)


@pytest.mark.parametrize("sign", ["both", "negative"])
def test_levels_go_with_their_crops(monkeypatch, cube, sign):
    """In 2D and in 3D, in parts, and whatever signs are asked for."""
    config, seen = Config(levels=True), []

    def both(given):
        crops, beside = given
        over, level = np.sinh(4.0 * crops[:, 24, 24, 0]), np.exp(4.0 * beside[:, 0])
        np.testing.assert_allclose(over[level > 15], level[level > 15], rtol=0.1)
        seen.append((beside[:, 0] + beside[:, 1]).max())  # the highest signal over the noise
        return formula(crops)

    monkeypatch.setattr(picking, "HELD", 7)
    plane = Spectrum(noisy(gaussians((80, 160), PEAKS, WIDTHS)), (N, H))
    for spectrum, highest in ((plane, 60.0), (cube[0], 40.0)):
        seen.clear()
        given = picking.pick(spectrum, both, config, 0.5, sign=sign)
        np.testing.assert_allclose(np.exp(4.0 * np.array(seen)), highest, rtol=0.15)
        assert len(given) == len(picking.pick(spectrum, formula, Config(), 0.5, sign=sign))


def test_one_candidate_a_multiplet(door, tmp_path):
    lines = [((40.0, 60.0 + 2.0 * k), 40.0 + k) for k in range(4)]
    write(tmp_path / "m.ft2", Spectrum(noisy(gaussians((80, 160), lines, (4, 1.5))), (N, H)))
    door(tmp_path / "m.ft2", "-o", tmp_path / "lines.csv")
    door(tmp_path / "m.ft2", "-o", tmp_path / "one.csv", "--multiplets")
    assert len(read_peaks(tmp_path / "lines.csv")) == 4
    assert len(read_peaks(tmp_path / "one.csv")) < 3


def test_sets_of_weights_are_averaged(monkeypatch):
    class Model:
        def set_weights(self, weights):
            self.weights = weights

        def get_weights(self):
            return self.weights

    monkeypatch.setattr(picking.estimate, "of_crops", lambda model, crops: model.weights * crops[:, 0, 0, 0])
    crops, model = np.ones((5, 4, 4, 1), "float32"), Model()
    np.testing.assert_array_equal(picking.classifier(model, 0.25, 0.75)(crops), np.full(5, 0.5))
    np.testing.assert_array_equal(picking.classifier(model)(crops), np.full(5, 0.75))


# --- odd spectra


def test_noise_alone_and_one_giant_peak(door, tmp_path, capsys):
    write(tmp_path / "noise.ft2", Spectrum(noisy(np.zeros((80, 160), "float32")), (N, H)))
    door(tmp_path / "noise.ft2", "-o", tmp_path / "noise.list")
    assert len(read_peaks(tmp_path / "noise.list")) == 0
    assert "--threshold 0 lists every candidate" in capsys.readouterr().out
    # residual water from edge to edge, a hundred thousand times the noise, and a peak beside it
    x = np.arange(160) - 80.0
    water = 1e5 / (1 + (2 * x / 6) ** 2) * np.ones((80, 1), "float32")
    small = gaussians((80, 160), (((40.0, 20.0), 5000.0),), WIDTHS)
    write(tmp_path / "water.ft2", Spectrum(noisy(water + small).astype("float32"), (N, H)))
    door(tmp_path / "water.ft2", "-o", tmp_path / "water.csv", "--region", H.ppm(10), H.ppm(40))
    found = read_peaks(tmp_path / "water.csv")
    assert len(found)
    np.testing.assert_allclose(found.ppm[np.argmax(found.height)], [N.ppm(40), H.ppm(20)], atol=0.1)


def test_antiphase_lobes_keep_their_signs(door, tmp_path):
    lobes = [((40 + a, 80 + b), 40.0 * a * b / 9) for a in (-3, 3) for b in (-3, 3)]
    write(tmp_path / "cosy.ft2", Spectrum(noisy(gaussians((80, 160), lobes, (4, 4))), (N, H)))
    door(tmp_path / "cosy.ft2", "-o", tmp_path / "cosy.csv")
    found = read_peaks(tmp_path / "cosy.csv")
    assert sorted(np.sign(found.height)) == [-1, -1, 1, 1]


def test_the_diagonal_is_told_or_left_out(door, tmp_path, capsys):
    axes = (dataclasses.replace(H, size=120), dataclasses.replace(H, size=120))
    peaks = (((30.0, 30.0), 80.0), ((30.0, 80.0), 40.0), ((80.0, 30.0), 40.0))
    write(tmp_path / "noesy.ft2", Spectrum(noisy(gaussians((120, 120), peaks, (5, 5))), axes))
    door(tmp_path / "noesy.ft2", "-o", tmp_path / "all.csv")
    assert "1 of the peaks lie on the diagonal" in capsys.readouterr().out
    door(tmp_path / "noesy.ft2", "-o", tmp_path / "cross.csv", "--no-diagonal")
    assert (len(read_peaks(tmp_path / "all.csv")), len(read_peaks(tmp_path / "cross.csv"))) == (3, 2)


def series(first: Axis) -> Spectrum:
    data = np.stack([noisy(gaussians((80, 160), PEAKS[:1], WIDTHS)), noisy(np.zeros((80, 160), "float32"))])
    return Spectrum(data, (first, N, H))


def test_of_a_series_one_plane_is_picked(monkeypatch):
    delays = Axis("", 2, 1.0, 1.0, 0.0, domain="time")
    monkeypatch.setattr(spectra, "read", lambda _: series(delays))
    for plane, height in ((None, 60.0), (1, 60.0), (2, 5.0)):
        spectrum, notes = spectra.load("x", plane)
        assert spectrum.data.shape == (80, 160)
        assert np.abs(spectrum.data).max() == pytest.approx(height, abs=5)
        assert "a series of 2 planes" in notes[0]
    with pytest.raises(UserError, match="there are 2 planes"):
        spectra.load("x", 3)
    monkeypatch.setattr(spectra, "read", lambda _: series(dataclasses.replace(C, size=2)))
    with pytest.raises(UserError, match="is no series"):
        spectra.load("x", 1)


def test_imaginary_parts_are_left_out(monkeypatch):
    values = noisy(gaussians((80, 160), PEAKS, WIDTHS))
    rows = np.zeros((160, 160), "complex64")
    rows[::2] = values + 5j
    axes = (dataclasses.replace(N, encoding="states"), dataclasses.replace(H, encoding="complex"))
    monkeypatch.setattr(spectra, "read", lambda _: Spectrum(rows, axes))
    spectrum, notes = spectra.load("x")
    np.testing.assert_array_equal(spectrum.data, values)
    assert len(notes) == 2


@pytest.mark.parametrize(
    ("values", "axes", "message"),
    [
        (np.ones(160), (H,), "a 1D spectrum"),
        (np.ones((1, 160)), (dataclasses.replace(N, size=1), H), "a 1D spectrum"),
        (
            np.ones((80, 160), complex),
            (N, dataclasses.replace(H, domain="time", encoding="complex")),
            "time-domain data",
        ),
        (np.ones((80, 160)), (dataclasses.replace(N, domain="time"), H), "time-domain data"),
        (np.ones((2, 2, 2, 2)), (dataclasses.replace(H, size=2),) * 4, "4 dimensions"),
        (np.full((80, 160), np.nan), (N, H), "12800 of 12800 values are not numbers"),
        (np.zeros((80, 160)), (N, H), "every value is zero"),
    ],
)
def test_what_is_no_spectrum_is_said(monkeypatch, values, axes, message):
    monkeypatch.setattr(spectra, "read", lambda _: Spectrum(values, axes))
    with pytest.raises(UserError, match=message):
        spectra.load("x")


def test_a_spectrum_without_noise_needs_it_stated(door, tmp_path):
    clean = gaussians((80, 160), PEAKS, (2.0, 2.0))
    clean[np.abs(clean) < 1e-3] = 0
    write(tmp_path / "clean.ft2", Spectrum(clean, (N, H)))
    with pytest.raises(UserError, match="state its standard deviation with --noise"):
        door(tmp_path / "clean.ft2")
    door(tmp_path / "clean.ft2", "--noise", "0.5", "-o", tmp_path / "clean.csv")
    assert len(read_peaks(tmp_path / "clean.csv")) == 3


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("none.ft2",), "no such file"),
        (("{}", "--threshold", "1.5"), "a probability is from 0 to 1"),
        (("{}", "--most", "0"), "--most 0"),
        (("{}", "--plane", "2"), "is no series of planes"),
        (("{}", "--region", "30", "20"), "--region: no point"),
        (("{}", "-o", "out.txt"), "the name ends in .list"),
        (("{}", "--figure", "out.gif"), "the name ends in .png"),
        (("{}", "-o", "nowhere/out.list"), "make it first"),
    ],
)
def test_mistakes_are_one_line(door, hsqc, words, message):
    with pytest.raises(UserError, match=message) as caught:
        door(*(word.format(hsqc) for word in words))
    assert "\n" not in str(caught.value)


def test_a_file_that_exists_stays(door, hsqc, tmp_path):
    (tmp_path / "out.list").write_text("mine")
    with pytest.raises(UserError, match="--force"):
        door(hsqc, "-o", tmp_path / "out.list")
    assert (tmp_path / "out.list").read_text() == "mine"
    door(hsqc, "-o", tmp_path / "out.list", "--force")
    with pytest.raises(FormatError, match="neither NMRPipe nor UCSF"):
        door(tmp_path / "out.list")


def test_the_processed_data_of_a_bruker_experiment_are_found(data_dir):
    folder = data_dir("protein_trosy_unlabelled")
    spectrum, notes = spectra.load(str(folder))
    assert spectrum.data.shape == (256, 2048)
    assert "pdata/1/2rr" in notes[0]
    np.testing.assert_array_equal(spectrum.data, read(folder / "pdata" / "1" / "2rr").data.astype("float32"))
