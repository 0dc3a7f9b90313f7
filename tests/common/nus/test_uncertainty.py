"""Errors told from the measured points alone, against the true errors of simulated spectra."""

import argparse
from functools import partial

import numpy as np
import pytest
from scipy.stats import spearmanr

from common.classical.ist import ist_s
from common.errors import UserError
from common.io.files import read, write
from common.nus import conventional, testbench, uncertainty
from common.processing import sine_bell
from common.spectrum import Axis, Spectrum

estimate = partial(ist_s, iterations=150, stop_sigma=2.0, write_back=False)


def window(plane):
    recipe = plane.indirect
    return sine_bell(len(plane.fid), *recipe.window, first_point=recipe.first_point)


def spectrum(plane):
    return lambda fid: plane.spectrum(fid).data


def estimated(plane, mask, method=estimate, **options):
    fid = plane.fid * mask[:, None]
    return uncertainty.standard_errors(fid, mask, method, spectrum(plane), window(plane), **options)


@pytest.fixture(scope="module", params=[(40.0, 0.25), (300.0, 0.25), (100.0, 0.375)])
def known(request):
    """Estimated standard errors, and the true errors, of simulated planes."""
    snr, fraction = request.param
    plane = testbench.disordered_protein(points=64, residues=40, snr=snr, seed=9)
    (mask,) = testbench.schedules(64, fraction, 1)
    made = plane.spectrum(ist_s(plane.fid * mask[:, None], mask, iterations=150, stop_sigma=2.0)).data
    return estimated(plane, mask), np.abs(made - plane.reference.data), plane


class TestTrueErrors:
    def test_are_ranked(self, known):
        """0.41 to 0.49 and 0.36 to 0.50 measured: a standard error can rank single errors only loosely."""
        errors, true, _ = known
        assert spearmanr(errors.sd, true, axis=None)[0] > 0.3
        assert np.corrcoef(np.log(errors.sd.ravel()), np.log(true.ravel()))[0, 1] > 0.3

    def test_grow_with_the_estimate_by_the_right_factor(self, known):
        """Tenths of the points, by estimated error: the root mean square of true errors rises, alike."""
        errors, true, _ = known
        tenths = np.array_split(np.argsort(errors.sd, axis=None), 10)
        said, was = (
            [np.sqrt(np.mean(values.ravel()[part] ** 2)) for part in tenths] for values in (errors.sd, true)
        )
        assert spearmanr(said, was)[0] > 0.95
        assert was[-1] > 3 * was[0]
        assert 0.5 < np.linalg.norm(true) / np.linalg.norm(errors.sd) < 1.6

    def test_are_within_two_standard_errors(self, known):
        errors, true, _ = known
        assert np.mean(true < 2 * errors.sd) > 0.9

    def test_of_held_back_points_are_at_least_their_noise(self, known):
        errors, _, _ = known
        assert errors.noise < errors.held < 1


def plane_of_noise(columns=400):
    rng = np.random.default_rng(3)
    fid = rng.normal(size=(32, columns)) + 1j * rng.normal(size=(32, columns))
    axes = (Axis("15N", 32, 1800.0, 60.8, 118.0, "time", "complex"), Axis("1H", columns, 3000.0, 600.0, 8.0))
    return testbench.Plane("simulated", "noise", "test", Spectrum(fid, axes), testbench.IndirectRecipe())


def test_of_noise_by_a_method_that_predicts_nothing():
    """In closed form: only the noise of the measured points is in the spectrum, by Parseval's theorem."""
    plane = plane_of_noise()
    mask = np.arange(32) % 2 == 0
    errors = estimated(plane, mask, lambda fid, mask: 0 * fid)
    expected = np.sqrt(np.sum(window(plane)[mask] ** 2))
    assert np.sqrt(np.mean(errors.sd**2)) == pytest.approx(uncertainty.KNOWS_MORE * expected, rel=0.05)
    assert errors.held == pytest.approx(1.0)
    assert errors.noise == pytest.approx(1.0, rel=0.05)


def test_scale_with_the_data_and_repeat():
    plane = plane_of_noise(40)
    mask = np.arange(32) % 3 == 0
    fid = plane.fid * mask[:, None]
    first, again, larger = (
        uncertainty.standard_errors(size * fid, mask, estimate, spectrum(plane), window(plane)).sd
        for size in (1, 1, 1000)
    )
    np.testing.assert_array_equal(first, again)
    np.testing.assert_allclose(larger, 1000 * first, rtol=1e-3)


def test_every_point_but_the_first_is_held_back_once():
    mask = np.arange(40) % 3 == 0
    folds = uncertainty.held_back(mask, np.random.default_rng(0))
    expected = mask & (np.arange(40) > 0)
    np.testing.assert_array_equal(np.sum(folds, axis=0), expected)
    assert {int(fold.sum()) for fold in folds} <= {1, 2}
    grid = np.zeros((6, 5), bool)
    grid[::2] = True
    np.testing.assert_array_equal(
        np.any(uncertainty.held_back(grid, np.random.default_rng(0)), axis=0).sum(), 14
    )


class TestDoor:
    """``nmr-repro apply ist_s ... --errors``."""

    @pytest.fixture
    def words(self, tmp_path):
        plane = testbench.disordered_protein(points=32, residues=12, snr=100.0)
        t1, direct = plane.signal.axes
        rows = np.stack([plane.fid.real, plane.fid.imag], axis=1).reshape(-1, direct.size).astype("float32")
        t1 = Axis(t1.nucleus, t1.size, t1.sw, t1.mhz, t1.carrier, "time", "states")
        write(tmp_path / "in.ft1", Spectrum(rows, (t1, direct)))
        (tmp_path / "list").write_text("".join(f"{point}\n" for point in range(0, 32, 2)))
        return [str(tmp_path / "in.ft1"), "--schedule", str(tmp_path / "list"), "--iterations", "50"]

    def apply(self, *words):
        parser = argparse.ArgumentParser(exit_on_error=False)
        parser.add_argument("name")
        conventional.add_options(parser)
        conventional.main(parser.parse_args(["ist_s", *map(str, words)]))

    @pytest.mark.parametrize("output", ["out.ft2", "out.ft1"])
    def test_writes_a_spectrum_of_errors(self, words, tmp_path, capsys, output):
        self.apply(*words, "-o", tmp_path / output, "--errors", tmp_path / "errors.ucsf")
        said = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
        assert "are predicted within" in said["held"]
        assert "% of the height of the median peak" in said["errors"]
        self.apply(*words, "-o", tmp_path / "made.ucsf")
        made, errors = read(tmp_path / "made.ucsf"), read(tmp_path / "errors.ucsf")
        assert errors.axes == made.axes
        assert errors.data.min() > 0
        assert np.median(errors.data) < 0.1 * made.data.max()

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("errors.fid", r"--errors .*: the name ends in \.ft2 or \.ucsf"),
            ("out.ft2", "named twice"),
            ("nowhere/errors.ft2", "does not exist"),
            ("list.ft2", "exists"),
        ],
    )
    def test_refuses_names_before_any_work(self, words, tmp_path, name, message):
        (tmp_path / "list.ft2").touch()
        with pytest.raises(UserError, match=message):
            self.apply(*words, "-o", tmp_path / "out.ft2", "--errors", tmp_path / name)
        assert not (tmp_path / "out.ft2").exists()

    def test_says_why_there_is_none(self, words, tmp_path):
        (tmp_path / "list").write_text("0\n5\n")
        with pytest.raises(UserError, match="--errors: too few points"):
            self.apply(*words, "--size", 32, "-o", tmp_path / "out.ft2", "--errors", tmp_path / "e.ft2")
