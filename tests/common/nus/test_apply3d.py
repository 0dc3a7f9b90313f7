"""The door for 3D NUS data, through its options: planes and a schedule in, spectra out, what it refuses."""

import argparse
from dataclasses import replace

import nmrglue
import numpy as np
import pytest

from common.classical.methods import METHODS
from common.classical.peaks import pick_peaks
from common.errors import FormatError, UserError
from common.io.files import read, write
from common.nus import apply as nus_apply
from common.nus import apply3d
from common.nus.measured3d import load_cube
from common.simulation import crosspeaks
from common.simulation.schedules import poisson_gap_2d
from common.spectrum import Axis

C = Axis("13C", 16, 1500.0, 150.0, 175.0, "time", "states")
N = Axis("15N", 12, 1800.0, 60.0, 118.0, "time", "states")
H = Axis("1H", 64, 4000.0, 600.0, 8.0, "time", "complex")
PPM = [[176.2, 121.4, 8.61], [173.9, 113.7, 7.42]]
PEAKS = crosspeaks.table(PPM, [20.0, 20.0, 60.0], [1.0, 2.0], phase=[0.0, 0.0, np.deg2rad(-40)])
MASK = poisson_gap_2d((16, 12), 60, np.random.default_rng(3))


def fids():
    return crosspeaks.add_noise(crosspeaks.spectrum(PEAKS, (C, N, H)), 0.005, np.random.default_rng(0))


def expanded(spectrum, mask=MASK):
    """The full grid with zeros where nothing was measured, as nusExpand leaves it."""
    keep = mask.repeat(2, axis=0).repeat(2, axis=1)[..., None]
    return spectrum.replace(data=np.where(keep, spectrum.data, 0).astype("c8"))


def lines(mask=MASK, base=0, swapped=False):
    """A schedule as text: the column of t2 before that of t1, in random order."""
    points = np.random.default_rng(1).permutation(np.argwhere(mask)) + base
    points = points if swapped else points[:, ::-1]
    return "".join(f"{first} {second}\n" for first, second in points)


def save(folder, spectrum, text, name="test%03d.fid"):
    write(folder / name, spectrum)
    (folder / "nuslist").write_text(text)
    return [str(folder / name), "--schedule", str(folder / "nuslist")]


def apply(*words, method=lambda fid, mask: METHODS["ist_s"].complete(fid, mask, write_back=False)):
    parser = argparse.ArgumentParser(exit_on_error=False)
    nus_apply.add_options(parser)
    return nus_apply.apply_method(parser.parse_args([*map(str, words)]), method, says="IST-S")


def peaks_of(path):
    """Positions in ppm, as nmrglue has them, and heights of the two tallest peaks of a file."""
    header, data = nmrglue.pipe.read(str(path))
    found = pick_peaks(data, 0.25 * data.max())
    scales = [nmrglue.pipe.make_uc(header, data, dimension).ppm_scale() for dimension in range(3)]
    places = [
        [np.interp(i, np.arange(len(s)), s) for i, s in zip(row, scales, strict=True)] for row in found.index
    ]
    return np.array(places), found.height


@pytest.mark.parametrize("output", ["out.ft3", "out%03d.ft3"])
def test_planes_and_a_schedule_become_a_spectrum(tmp_path, capsys, output):
    words = save(tmp_path, expanded(fids()), lines())
    apply(*words, "--p0", 40, "--region", 9.5, 6.8, "-o", tmp_path / output)
    places, heights = peaks_of(tmp_path / output)
    np.testing.assert_allclose(places, PPM[::-1], atol=0.15)
    np.testing.assert_allclose(places[:, 2], [7.42, 8.61], atol=0.02)
    assert heights[0] / heights[1] == pytest.approx(2.0, rel=0.1)
    said = capsys.readouterr().out
    assert "60 of 16 x 12 points (31.2%), counted from 0; full grid" in said
    assert "misfit" in said
    assert "method   IST-S" in said


def test_the_spectrum_is_near_that_of_all_points(tmp_path):
    full, mask = fids(), np.ones_like(MASK)
    options = ["--p0", 40, "--region", 9.5, 6.8, "-o"]
    apply(*save(tmp_path, full, lines(mask)), *options, tmp_path / "full.ft3")
    apply(*save(tmp_path, full, lines(), "again%03d.fid"), *options, tmp_path / "some.ft3")
    zero = apply(
        *save(tmp_path, full, lines(), "zero%03d.fid"),
        *options,
        tmp_path / "zero.ft3",
        method=lambda fid, mask: fid,
    )
    assert zero is None
    reference, some, zeros = (read(tmp_path / f"{name}.ft3").data for name in ("full", "some", "zero"))
    error = np.linalg.norm(some - reference) / np.linalg.norm(reference)
    assert error < 0.1
    assert error < 0.2 * np.linalg.norm(zeros - reference) / np.linalg.norm(reference)


def test_completed_rows_keep_the_measured_ones(tmp_path):
    words = save(tmp_path, expanded(fids()), lines())
    apply(*words, "--p0", 40, "-o", tmp_path / "out.ft1", "-o", tmp_path / "x.ucsf")
    rows = read(tmp_path / "out.ft1")
    assert [axis.encoding for axis in rows.axes] == ["states", "states", "real"]
    assert [axis.domain for axis in rows.axes] == ["time", "time", "frequency"]
    assert rows.data.reshape(16, 2, 12, 2, -1).any(axis=(1, 3, 4)).all()
    spectrum = read(tmp_path / "x.ucsf")
    assert [axis.nucleus for axis in spectrum.axes] == ["13C", "15N", "1H"]
    # what was measured goes on: the half-processed file completed again by nothing is the same
    (tmp_path / "all").write_text(lines(np.ones_like(MASK)))
    apply(str(tmp_path / "out.ft1"), "--schedule", tmp_path / "all", "-o", tmp_path / "y.ucsf")
    np.testing.assert_allclose(read(tmp_path / "y.ucsf").data, spectrum.data, atol=1e-4 * spectrum.data.max())


def test_rows_as_bruker_measures_them_are_put_in_their_place(tmp_path, monkeypatch):
    """One point a line of the list, one of them twice: its rows are averaged."""
    points = np.argwhere(MASK)[:, ::-1]
    points = np.concatenate([points, points[:1]])
    pairs = fids().data.reshape(16, 2, 12, 2, 64).transpose(0, 2, 1, 3, 4)[points[:, 1], points[:, 0]].copy()
    pairs[0], pairs[-1] = 2 * pairs[0], 0
    data = pairs.reshape(2 * len(points), 2, 64)
    header = {"nus": {"schedule": points, "full_size": (12, 16)}}
    spectrum = fids().replace(
        data=data, axes=(replace(C, size=len(points)), replace(N, size=1), H), header=header, source="ser"
    )
    monkeypatch.setattr("common.nus.measured3d.read", lambda path: spectrum)
    cube = load_cube("ser")
    np.testing.assert_array_equal(cube.mask, MASK)
    np.testing.assert_allclose(cube.spectrum.data, expanded(fids()).data, atol=1e-6)
    assert "rows as measured" in cube.sampling


@pytest.mark.parametrize("base", [0, 1])
def test_a_schedule_counts_from_zero_or_one(tmp_path, base):
    words = save(tmp_path, expanded(fids()), lines(base=base))
    np.testing.assert_array_equal(load_cube(words[0], words[2]).mask, MASK)
    swapped = lines(base=base, swapped=True)
    (tmp_path / "swapped").write_text(swapped)
    np.testing.assert_array_equal(
        load_cube(words[0], tmp_path / "swapped", base=base, swapped=True).mask, MASK
    )


def wrong(name, tmp_path):
    """Data and words of a mistake, and what is said of it."""
    spectrum, text, words = expanded(fids()), lines(), ()
    if name == "columns":
        small = MASK[:12].copy()
        text = lines(small, swapped=True)
        said = "--swap-columns"
    elif name == "one column":
        text, said = "0\n1\n5\n", "1 columns"
    elif name == "transformed":
        spectrum = spectrum.replace(axes=(replace(C, domain="frequency"), N, H))
        said = "13C is transformed already"
    elif name == "zeros":
        spectrum, said = spectrum.replace(data=0 * spectrum.data), "nothing but zeros"
    elif name == "size":
        words, said = ("--size", "16"), "--size"
    elif name == "fill":
        words, said = ("--t2-zero-fill", "8"), "--t2-zero-fill 8: there are 12 points"
    elif name == "region":
        words, said = ("--region", "30", "20"), "--region"
    return save(tmp_path, spectrum, text), words, said


@pytest.mark.parametrize("name", ["columns", "one column", "transformed", "zeros", "size", "fill", "region"])
def test_mistakes_are_one_line_and_leave_nothing(tmp_path, name):
    words, more, said = wrong(name, tmp_path)
    before = sorted(tmp_path.iterdir())
    with pytest.raises((UserError, FormatError), match=said):
        apply(*words, *more, "-o", tmp_path / "out.ft3")
    assert sorted(tmp_path.iterdir()) == before


def test_an_output_of_another_kind_or_that_exists_is_refused(tmp_path):
    words = save(tmp_path, expanded(fids()), lines())
    for name, said in (
        ("out.fid", "cannot tell"),
        ("out.ft2", "cannot tell"),
        ("test001.fid", "cannot tell"),
    ):
        with pytest.raises(UserError, match=said):
            apply(*words, "-o", tmp_path / name)
    (tmp_path / "out001.ft3").write_text("mine")
    with pytest.raises(UserError, match="exists"):
        apply(*words, "-o", tmp_path / "out%03d.ft3")


def test_3d_data_are_told_from_others(tmp_path):
    words = save(tmp_path, expanded(fids()), lines())
    assert apply3d.is_3d(words[0])
    write(tmp_path / "stream.fid", fids())
    assert apply3d.is_3d(tmp_path / "stream.fid")
    assert not apply3d.is_3d(tmp_path / "absent.fid")
    write(tmp_path / "flat.fid", fids().replace(data=fids().data[0], axes=(N, H)))
    assert not apply3d.is_3d(tmp_path / "flat.fid")


def test_a_method_for_columns_says_that_it_cannot(tmp_path):
    words = save(tmp_path, expanded(fids()), lines())
    with pytest.raises(UserError, match="cannot complete planes of two dimensions"):
        apply(*words, "-o", tmp_path / "out.ft3", method=METHODS["ist_s_ve"].complete)
