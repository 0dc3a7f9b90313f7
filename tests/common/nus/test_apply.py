"""The door for NUS data, through its options: files in, files out, what it says, what it refuses."""

import argparse
from dataclasses import replace

import nmrglue
import numpy as np
import pytest

from common.errors import UserError
from common.io.files import read, write
from common.nus import apply as nus_apply
from common.nus import apply3d
from common.nus import conventional as nus_conventional
from common.nus.measured import load_measured
from common.processing import alternate, to_states
from common.spectrum import Axis, Spectrum
from tests.common.io.test_bruker import integers, write_raw
from tests.common.io.test_varian import noise, two_dimensional, write_folder

T1 = Axis("15N", 32, 2000.0, 60.75, 118.0, "time", "states")
T2 = Axis("1H", 64, 4000.0, 600.0, 8.0, "time", "complex")
PEAKS = ((123.0, 8.6), (114.0, 7.2))
#: In the order of acquisition.
POINTS = [0, 9, 1, 30, 3, 2, 14, 5, 20, 11, 7, 25]


def fids(encoding="states", conjugate=False, alternating=False, delay=0.0):
    """Two lines at ``PEAKS``, recorded as told, with a receiver phase of 40 degrees and weak noise."""
    rng = np.random.default_rng(1)
    rows = 0.005 * (rng.normal(size=(64, 64)) + 1j * rng.normal(size=(64, 64)))
    n, m = np.arange(32) + delay, np.arange(64)
    for nitrogen, proton in PEAKS:
        f1, f2 = (nitrogen - 118.0) * 60.75 / 2000.0, (proton - 8.0) * 600.0 / 4000.0
        t1 = np.exp((2j * np.pi * f1 - 0.06) * n)
        t1 = alternate(t1) if alternating else t1
        t1 = t1.conj() if conjugate else t1
        t1 = alternate(t1) if encoding == "states-tppi" else t1
        t2 = np.exp((2j * np.pi * f2 - 0.06) * m - 1j * np.deg2rad(40))
        rows += np.stack([t1.real, t1.imag], axis=1).reshape(64, 1) * t2
    return Spectrum(rows.astype("c8"), (replace(T1, encoding=encoding), T2))


def halfway(spectrum):
    """The direct dimension transformed and phased by hand, real part alone."""
    turned = spectrum.data * np.exp(1j * np.deg2rad(40)) * (1 - 2 * (np.arange(64) % 2))
    data = np.ascontiguousarray(64 * np.fft.ifft(turned, axis=1).real, np.float32)
    return Spectrum(data, (spectrum.axes[0], T2.to_frequency()))


def chosen(spectrum, points=POINTS):
    """The rows of some points, as measured."""
    data = spectrum.data.reshape(32, 2, -1)[points].reshape(2 * len(points), -1)
    t1 = replace(spectrum.axes[0], size=len(points))
    return spectrum.replace(data=data, axes=(t1, spectrum.axes[1]))


def save(folder, spectrum, points=POINTS, name="in.fid"):
    """Data and schedule in files; the words that name them."""
    write(folder / name, spectrum)
    (folder / "nuslist").write_text("".join(f"{point}\n" for point in points))
    return [str(folder / name), "--schedule", str(folder / "nuslist")]


def apply(*words, method=None, name="ist_s", **options):
    """``nmr-repro apply``; with a function of ours in place of a conventional method where given."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("name")
    (nus_apply if method else nus_conventional).add_options(parser)
    arguments = parser.parse_args([name, *map(str, words)])
    if method:
        return nus_apply.apply_method(arguments, method, **options)
    return nus_conventional.main(arguments)


def unplace(points, size=32):
    return np.isin(np.arange(size), points)


@pytest.mark.parametrize(
    ("encoding", "flags"),
    [("states", []), ("states", ["--conjugate"]), ("states-tppi", ["--conjugate", "--alternate"])],
)
def test_completed_fids_are_the_truth_where_the_method_knows_it(tmp_path, encoding, flags):
    """Rows as measured, shuffled: back in place to the last bit; the others by an oracle for every column."""
    full, truth = fids(encoding), []
    words = [*flags, "--p0", 40, "-o", tmp_path / "out.fid", "--force"]
    apply(*save(tmp_path, full, range(32)), *words, method=lambda fid, mask: truth.append(fid) or fid)
    apply(*save(tmp_path, chosen(full), name="nus.fid"), "--size", 32, *words, method=lambda *_: truth[0])
    out = read(tmp_path / "out.fid")
    assert out.axes == full.axes
    np.testing.assert_allclose(out.data, full.data, atol=2e-6 * np.abs(full.data).max())
    pairs, before = out.data.reshape(32, 2, -1), full.data.reshape(32, 2, -1)
    np.testing.assert_array_equal(pairs[POINTS], before[POINTS])


def test_all_points_measured_come_back_as_they_were(tmp_path):
    words = save(tmp_path, fids(), range(32))
    apply(*words, "-o", tmp_path / "out.fid", method=lambda fid, mask: 0 * fid)
    assert (tmp_path / "out.fid").read_bytes()[2048:] == (tmp_path / "in.fid").read_bytes()[2048:]


def test_completed_rows_of_a_processed_direct_dimension(tmp_path):
    full = halfway(fids("states-tppi"))
    words = save(tmp_path, chosen(full), name="in.ft1")
    apply(*words, "--size", 32, "--conjugate", "--alternate", "-o", tmp_path / "out.ft1")
    out = read(tmp_path / "out.ft1")
    assert out.axes == full.axes
    rows, before = out.data.reshape(32, 2, -1), full.data.reshape(32, 2, -1)
    np.testing.assert_array_equal(rows[POINTS], before[POINTS])
    assert np.linalg.norm(rows - before) < 0.2 * np.linalg.norm(before)


@pytest.mark.parametrize("processed", [False, True])
@pytest.mark.parametrize("kind", ["ft2", "ucsf"])
def test_peaks_are_where_nmrglue_finds_them(tmp_path, processed, kind):
    """Both formats, from FIDs and from half-processed data, with every option about the sense of t1."""
    data = chosen(fids("states", conjugate=True, alternating=True, delay=0.5))
    name, phase = ("in.ft1", []) if processed else ("in.fid", ["--p0", 40, "--t1-zero-fill", 128])
    words = save(tmp_path, halfway(data) if processed else data, name=name)
    options = ["--conjugate", "--alternate", "--first-delay", 0.5, "--region", 9.5, 6.5, *phase]
    apply(*words, "--size", 32, *options, "-o", tmp_path / f"out.{kind}")
    reader = nmrglue.pipe if kind == "ft2" else nmrglue.sparky
    dic, data = reader.read(str(tmp_path / f"out.{kind}"))
    nitrogen, proton = (reader.make_uc(dic, data, axis) for axis in (0, 1))
    for ppm in PEAKS:
        row, column = nitrogen(f"{ppm[0]} ppm"), proton(f"{ppm[1]} ppm")
        near = data[row - 6 : row + 7, column - 4 : column + 5]
        top = np.unravel_index(near.argmax(), near.shape)
        assert abs(top[0] - 6) <= 1
        assert abs(top[1] - 4) <= 1
        assert near.max() > 0.3 * data.max()
    assert data.min() > -0.1 * data.max()


def test_imaginary_part_of_a_processed_direct_dimension_lets_it_be_phased(tmp_path):
    full = fids()
    complex_rows = 64 * np.fft.ifft(alternate(full.data), axis=1)
    axes = (T1, replace(T2, domain="frequency"))
    words = save(tmp_path, full.replace(data=complex_rows.astype("c8"), axes=axes), range(32), "in.ft1")
    apply(*words, "--p0", 40, "-o", tmp_path / "out.ft1", name="zero_filled")
    np.testing.assert_allclose(read(tmp_path / "out.ft1").data, halfway(full).data, atol=1e-3)
    with pytest.raises(UserError, match=r"--window: the direct dimension .* is transformed already; leave"):
        apply(*words, "--window", 0.5, 1, 1, "-o", tmp_path / "other.ft1")


class TestSampling:
    def load(self, folder, spectrum, points, **options):
        data, _, schedule = save(folder, spectrum, points)
        return load_measured(data, schedule, **options)

    def test_as_measured_and_from_full_data_are_the_same(self, tmp_path):
        compact = self.load(tmp_path, chosen(fids()), POINTS, size=32)
        (tmp_path / "in.fid").unlink()
        full = self.load(tmp_path, fids(), POINTS)
        np.testing.assert_array_equal(compact.spectrum.data, full.spectrum.data)
        np.testing.assert_array_equal(compact.mask, unplace(POINTS))
        np.testing.assert_array_equal(full.mask, compact.mask)
        assert "rows as measured" in compact.sampling
        assert "full data" in full.sampling

    def test_counted_from_one(self, tmp_path):
        points = [point + 1 for point in POINTS]
        found = self.load(tmp_path, chosen(fids()), points, size=32)
        np.testing.assert_array_equal(found.mask, unplace(POINTS))
        assert "counted from 1" in found.sampling
        assert "base 0 if" in found.notes[0]
        (tmp_path / "in.fid").unlink()
        found = self.load(tmp_path, chosen(fids()), points, size=32, base=0)
        np.testing.assert_array_equal(found.mask, unplace(points))
        assert "point 0 is not measured" in found.notes[-1]

    def test_size_that_is_not_said(self, tmp_path):
        found = self.load(tmp_path, chosen(fids()), POINTS)
        assert len(found.mask) == 31
        assert "grid of 31 points" in found.notes[0]

    def test_repeated_points_are_averaged(self, tmp_path):
        rows = chosen(fids(), [0, 4, 4, 9])
        rows.data[4:6] *= 3
        found = self.load(tmp_path, rows, [0, 4, 4, 9], size=32)
        np.testing.assert_allclose(found.spectrum.data[8:10], 2 * fids().data[8:10], rtol=1e-6)
        assert "repeat" in found.notes[0]

    def test_rows_that_were_never_recorded(self, tmp_path):
        rows = chosen(fids())
        rows.data[-4:] = 0
        found = self.load(tmp_path, rows, POINTS, size=32)
        np.testing.assert_array_equal(found.mask, unplace(POINTS[:-2]))
        assert "2 listed points hold only zeros" in found.notes[0]

    def test_expanded_data_with_another_schedule(self, tmp_path):
        full = fids()
        full.data.reshape(32, 2, -1)[~unplace(POINTS)] = 0
        with pytest.raises(UserError, match="point 4 of the schedule holds only zeros, point 0 is not in it"):
            self.load(tmp_path, full, [point + 1 for point in POINTS], base=0)

    @pytest.mark.parametrize(
        ("points", "options", "message"),
        [
            ([0, 5, 20], {}, "has 12 complex t1 points, neither the 3 that the schedule lists nor the 21"),
            (POINTS[:-1], {"size": 40}, "neither the 11 that the schedule lists nor the 40"),
            (POINTS, {"size": 20}, "beyond the grid of 20 points"),
            ([*range(11), 200_000], {}, "a grid of more than"),
            (["0 1"] * 12, {}, "has 2 columns"),
        ],
    )
    def test_schedules_that_do_not_fit(self, tmp_path, points, options, message):
        with pytest.raises(UserError, match=message):
            self.load(tmp_path, chosen(fids()), points, **options)

    def test_no_schedule(self, tmp_path):
        with pytest.raises(UserError, match="give --schedule FILE"):
            load_measured(save(tmp_path, fids())[0])

    def test_bruker_folder_with_its_own_schedule(self, tmp_path):
        rows = integers(8, 16)
        write_raw(tmp_path, rows, {"FnTYPE": 2}, {"NusTD": 64, "FnMODE": 6})
        (tmp_path / "nuslist").write_text("0\n31\n7\n12\n")
        found = load_measured(tmp_path)
        placed = np.stack([rows[1::2], rows[0::2]], axis=1).reshape(8, 16)  # echo, anti-echo as Bruker has it
        cosine, sine = to_states(placed, "echo-antiecho")
        np.testing.assert_array_equal(found.mask, unplace([0, 31, 7, 12]))
        np.testing.assert_allclose(found.spectrum.data[62:64], [cosine[1], sine[1]])
        assert found.spectrum.axes[0].encoding == "states"

    def test_varian_folder_with_its_own_schedule(self, tmp_path):
        rows = noise(6, 8)
        write_folder(tmp_path, rows, procpar=two_dimensional(ni=32))
        (tmp_path / "sampling.sch").write_text("0\n31\n5\n")
        found = load_measured(tmp_path / "fid")
        np.testing.assert_array_equal(found.mask, unplace([0, 5, 31]))
        np.testing.assert_allclose(found.spectrum.data[10], rows[4].conj())

    def test_quadrature_that_the_header_has_wrong(self, tmp_path):
        rows = chosen(fids())
        plain = rows.replace(axes=(replace(rows.axes[0], size=24, encoding="qf"), rows.axes[1]))
        with pytest.raises(UserError, match=r"one row a point .*--quadrature states"):
            self.load(tmp_path, plain, POINTS, size=32)
        (tmp_path / "in.fid").unlink()
        found = self.load(tmp_path, plain, POINTS, size=32, quadrature="states")
        np.testing.assert_array_equal(found.mask, unplace(POINTS))


def test_what_it_says(tmp_path, capsys):
    def estimate(fid, mask):
        return 1.5 * fid

    def warn(points, fraction, first_delay):
        return [f"not trained on {points} points, {fraction:.1%} of them measured"]

    words = save(tmp_path, chosen(fids()))
    outputs = ["-o", tmp_path / "a.ft2", "-o", tmp_path / "b.fid"]
    apply(*words, "--size", 32, *outputs, method=estimate, says="half too much", warn=warn)
    lines = capsys.readouterr().out.splitlines()
    assert "15N 12 states points" in lines[0]
    assert lines[1].startswith("schedule 12 of 32 points (37.5%), counted from 0; rows as measured")
    assert lines[2:4] == [
        "method   half too much",
        "warning  not trained on 32 points, 37.5% of them measured",
    ]
    assert [line.split()[1] for line in lines if line.startswith("misfit")] == ["50.0%", "50.0%"]
    assert any(line.startswith("warning  the misfit is") for line in lines)
    assert [line.split()[1] for line in lines if line.startswith("wrote")] == [
        f"{tmp_path / name}:" for name in ("a.ft2", "b.fid")
    ]


def test_misfit_of_a_method_that_explains_the_data_is_the_noise(tmp_path, capsys):
    """Without a window the tails of these lines would pass for a tenth of noise in the FIDs."""
    data = fids()
    words = save(tmp_path, data.replace(data=np.round(100 * data.data)))
    apply(*words, "--p0", 40, "-o", tmp_path / "a.ft2", "-o", tmp_path / "b.fid")
    lines = capsys.readouterr().out.splitlines()
    misfits = [float(line.split()[1].rstrip("%")) for line in lines if line.startswith("misfit")]
    assert len(misfits) == 2
    assert max(misfits) < 3
    assert not any(line.startswith("warning") for line in lines)


def test_3d_data_go_to_their_own_door(tmp_path, monkeypatch):
    went = []
    monkeypatch.setattr(apply3d, "apply_cube", lambda *arguments, says, warn: went.append(arguments))
    rows = fids().data.real.reshape(8, 8, 64)
    write(tmp_path / "in.fid", Spectrum(rows, (replace(T1, size=4), replace(T1, size=4), T2.to_frequency())))
    apply(tmp_path / "in.fid", "--t2-p0", 90, "-o", tmp_path / "out.ft3", method=abs)
    assert went[0][0].t2_p0 == 90
    assert went[0][1] is abs


class TestRefused:
    @pytest.mark.parametrize(
        ("output", "message"),
        [
            ("out.txt", r"the name ends in \.ft2"),
            ("out%03d.ft2", "cannot tell what to write"),
            ("nowhere/out.ft2", "does not exist; make it first"),
            ("taken.ft2", "exists; choose another name, or overwrite it with --force"),
            ("in.fid", "is the input"),
            ("folder.ft2", "cannot be written there"),
        ],
    )
    def test_output_before_any_work(self, tmp_path, output, message):
        words = save(tmp_path, fids())
        (tmp_path / "taken.ft2").write_text("kept")
        (tmp_path / "folder.ft2").mkdir()
        with pytest.raises(UserError, match=message):
            apply(*words, "-o", tmp_path / "first.ft2", "-o", tmp_path / output, method=pytest.fail)
        assert (tmp_path / "taken.ft2").read_text() == "kept"
        assert not (tmp_path / "first.ft2").exists()

    def test_existing_output_goes_with_force(self, tmp_path):
        (tmp_path / "out.ft2").write_text("old")
        apply(*save(tmp_path, fids()), "-o", tmp_path / "out.ft2", "--force", name="zero_filled")
        assert read(tmp_path / "out.ft2").axes[0].size == 64

    def test_same_output_twice(self, tmp_path):
        with pytest.raises(UserError, match="named twice"):
            apply(*save(tmp_path, fids()), "-o", tmp_path / "a.ft2", "-o", tmp_path / "." / "a.ft2")

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--region", 20, 19], "--region: no point between"),
            (["--zero-fill", 32], "--zero-fill 32: there are 64 points already"),
            (["--t1-zero-fill", 16], "--t1-zero-fill 16: there are 32 points"),
            (["--iterations", 0], "at least 1"),
            (["--t2-p0", 90], r"--t2-p0: .*in.fid is not 3D"),
        ],
    )
    def test_options(self, tmp_path, options, message):
        with pytest.raises(UserError, match=message):
            apply(*save(tmp_path, fids()), *options, "-o", tmp_path / "out.ft2")

    @pytest.mark.parametrize("option", ["--p0", "--zero-fill", "--window", "--solvent-order"])
    def test_options_for_fids_with_processed_data(self, tmp_path, option):
        words = save(tmp_path, halfway(fids()), name="in.ft1")
        values = (0.5, 1, 1) if option == "--window" else (8,)
        with pytest.raises(UserError, match=f"{option}: the direct dimension .* leave it out"):
            apply(*words, option, *values, "-o", tmp_path / "out.ft2")
        with pytest.raises(UserError, match=r"out.fid: .* transformed already; name it \.ft1"):
            apply(*words, "-o", tmp_path / "out.fid")

    def test_data(self, tmp_path):
        data = fids()
        spectrum = data.replace(data=data.data.real[:32], axes=(T1.to_frequency(), T2.to_frequency()))
        kinds = {
            "is 1D": data.replace(data=data.data[0], axes=(T2,)),
            r"\(15N\) is transformed already": spectrum,
            "no imaginary part": data.replace(
                data=data.data.real, axes=(T1, replace(T2, encoding="real"))
            ),
            "not finite": data.replace(data=data.data * np.nan),
            "nothing but zeros": data.replace(data=data.data * 0),
        }  # fmt: skip
        for number, (message, kind) in enumerate(kinds.items()):
            words = save(tmp_path, kind, name=f"in{number}.fid")
            with pytest.raises(UserError, match=message):
                apply(*words, "-o", tmp_path / "out.ft2")
        assert not (tmp_path / "out.ft2").exists()

    def test_echo_antiecho_without_imaginary_part(self, tmp_path):
        words = save(tmp_path, halfway(fids()), name="in.ft1")
        with pytest.raises(UserError, match="need the imaginary part"):
            apply(*words, "--quadrature", "echo-antiecho", "-o", tmp_path / "out.ft2")

    def test_method_that_breaks_down_leaves_nothing(self, tmp_path):
        words = [*save(tmp_path, fids()), "-o", tmp_path / "out.ft2"]
        with pytest.raises(UserError, match="no finite value"):
            apply(*words, method=lambda fid, mask: fid * np.nan)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in.fid", "nuslist"]


def test_hdac8_as_measured(data_dir, tmp_path, capsys):
    """24 of 192 increments: rows as they were, ppm axes as in the file, signals where methyl groups are."""
    folder = data_dir("nus_hdac8_fidnet")
    words = [folder / "hdac_ex.ft1", "--schedule", folder / "ss_hdac.out", "--size", 192]
    words += ["--alternate", "--first-delay", 0.5, "-o", tmp_path / "out.ft2", "-o", tmp_path / "out.ft1"]
    apply(*words)
    assert "24 of 192 points (12.5%)" in capsys.readouterr().out
    before, rows = read(folder / "hdac_ex.ft1"), read(tmp_path / "out.ft1").data.reshape(192, 2, -1)
    points = np.loadtxt(folder / "ss_hdac.out", dtype=int)
    np.testing.assert_array_equal(rows[points].reshape(48, -1), before.data)
    dic, data = nmrglue.pipe.read(str(tmp_path / "out.ft2"))
    old, _ = nmrglue.pipe.read(str(folder / "hdac_ex.ft1"))
    proton, as_it_was = (nmrglue.pipe.make_uc(*each, 1) for each in ((dic, data), (old, before.data)))
    np.testing.assert_allclose(proton.ppm_scale(), as_it_was.ppm_scale(), atol=1e-5)
    carbon = nmrglue.pipe.make_uc(dic, data, 0).ppm_scale()
    inside = (carbon > 20) & (carbon < 27)
    assert np.sum(data[inside] ** 2) > 0.6 * np.sum(data**2)
    assert np.sum(data[data < 0] ** 2) < 0.03 * np.sum(data**2)


def test_acbp_from_a_quarter_of_its_points(data_dir, tmp_path):
    """Spectrum and completed FIDs are equally near the full spectrum; the measured FIDs are untouched."""
    from common.simulation.schedules import poisson_gap

    file = data_dir("nus_hsqc_qnls") / "acbp_600.test.fid"
    mask = poisson_gap(128, 32, np.random.default_rng(1))
    for name, points in (("nus", np.flatnonzero(mask)), ("all", np.arange(128))):
        np.savetxt(tmp_path / name, points, fmt="%d")
    options = ["--p0", 208.3, "--solvent-order", 4, "--region", 11, 6.2, "--conjugate"]
    outputs = ["-o", tmp_path / "nus.ft2", "-o", tmp_path / "nus.fid"]
    apply(file, "--schedule", tmp_path / "nus", *options, *outputs)
    for source, out in ((file, "full.ft2"), (tmp_path / "nus.fid", "again.ft2")):
        apply(source, "--schedule", tmp_path / "all", *options, "-o", tmp_path / out, name="zero_filled")
    full, direct, again = (read(tmp_path / f"{name}.ft2").data for name in ("full", "nus", "again"))
    for data in (direct, again):
        assert np.linalg.norm(data - full) < 0.075 * np.linalg.norm(full)
    pairs = [read(path).data.reshape(128, 2, -1)[mask] for path in (file, tmp_path / "nus.fid")]
    np.testing.assert_array_equal(*pairs)
