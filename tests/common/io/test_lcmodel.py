"""LCModel's basis sets and raw signals: measured and published files, round trips, damaged files."""

import gzip
import shutil

import numpy as np
import pytest

from common.acquisition import Basis
from common.errors import FormatError, UserError
from common.io.lcmodel import ALIASES, NAMES, metabolite, read_basis, read_raw, write_basis, write_raw
from common.processing import spectrum_at
from tests.common.io.fuzz import fuzz
from tests.common.io.voxel import acquisition, check, peak, same_signal

SETS = {
    "lcmodel_test_3t_spant_press30.basis.gz": (1024, 127.7861, 4.65, None),
    "osprey_3T_PRESS_Philips_35ms_noMM.BASIS.gz": (8192, 127.731, 4.68, 35.0),
    "suspect_press_30ms_3T.basis.gz": (4944, 123.2, 0.0, 30.0),
}


@pytest.mark.parametrize("name", SETS)
def test_published_sets_have_their_singlets_where_they_belong(data_dir, name):
    points, mhz, centre, te = SETS[name]
    basis = read_basis(data_dir("mrs_basis") / name)
    assert len(basis.names) == 17
    assert {"NAA", "Ins", "sIns", "PCh"} < set(basis.names) <= set(NAMES)
    assert (basis.axis.size, basis.te) == (points, te)
    assert basis.axis.mhz == pytest.approx(mhz, abs=1e-5)
    assert basis.axis.carrier == pytest.approx(centre, abs=0.005)
    assert basis.sequence.lower() == "press"
    for metabolite_name, low, high, shift in (
        ("NAA", 1.9, 2.1, 2.008),  # Govindaraju et al. 2000, as those below
        ("Cr", 2.9, 3.1, 3.027),
        ("PCh", 3.1, 3.3, 3.209),
    ):
        found = peak(basis[metabolite_name], basis.axis, low, high, broadening=8.0)
        assert found == pytest.approx(shift, abs=0.02)


def test_creatine_of_the_test_basis_is_a_positive_absorption_line(data_dir):
    """Its FID starts at 5 protons times 8, spant's scale under LCModel's transform."""
    basis = read_basis(data_dir("mrs_basis") / "lcmodel_test_3t_spant_press30.basis.gz")
    assert basis["Cr"][0] == pytest.approx(40.0, abs=0.05)
    spectrum = spectrum_at(basis["Cr"], basis.axis, np.array([3.027]))
    assert abs(np.angle(spectrum[0])) < 0.2


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Scyllo", "sIns"),
        ("sI", "sIns"),
        ("mI", "Ins"),
        ("Ins", "Ins"),
        ("PCho", "PCh"),
        ("naag", "NAAG"),
        ("MM20", "MM20"),
    ],
)
def test_names_of_other_programs(name, meant):
    assert metabolite(name) == meant


def test_aliases_are_lower_case_and_lead_to_names_that_stay():
    assert all(alias == alias.lower() and metabolite(meant) == meant for alias, meant in ALIASES.items())


def made_basis(carrier=4.65, points=48, te=30.0):
    made = acquisition(averages=3, points=points, carrier=carrier)
    return Basis(("NAA", "Cr", "sIns"), made.fids[0], made.axis, te, "PRESS")


@pytest.mark.parametrize("name", ["a.basis", "a.basis.gz"])
@pytest.mark.parametrize("te", [30.0, None])
def test_basis_round_trip(tmp_path, name, te):
    made = made_basis(te=te)
    write_basis(tmp_path / name, made, width=0.02)
    found = read_basis(tmp_path / name)
    np.testing.assert_allclose(found.fids, made.fids, atol=1e-7)
    assert (found.names, found.te, found.sequence, found.axis) == (made.names, te, "PRESS", made.axis)


def test_a_written_basis_has_the_lines_of_lcmodels_own(tmp_path):
    """Three complex values a line. LCModel 6.3-1N gives for its test set, read and written here, the table
    that it gives for the original, to the last digit (by hand; with its FWHMBA of 0.1)."""
    write_basis(tmp_path / "a.basis", made_basis(points=7), width=0.1)
    text = (tmp_path / "a.basis").read_text()
    assert "FWHMBA = 0.1," in text
    data = text.split("$END\n")[4].split(" $NMUSED")[0].splitlines()
    assert [len(line) for line in data] == [6 * 17, 6 * 17, 2 * 17]


def test_published_set_round_trip(data_dir, tmp_path):
    """From a centre of 0 ppm to one of 4.65: the same signals at the same shifts."""
    made = read_basis(data_dir("mrs_basis") / "suspect_press_30ms_3T.basis.gz").pick(["NAA", "Ins"])
    write_basis(tmp_path / "a.basis", made)
    found = read_basis(tmp_path / "a.basis")
    grid = np.arange(0.2, 4.2, 0.01)
    one, other = (spectrum_at(basis.fids, basis.axis, grid) for basis in (made, found))
    assert np.abs(one - other).max() < 1e-6 * np.abs(one).max()


def test_scale_and_shift_as_lcmodel_takes_them(tmp_path):
    """CONC and TRAMP scale; a positive ISHIFT moves a spectrum to higher ppm, one metabolite at a time."""
    made = made_basis()
    write_basis(tmp_path / "a.basis", made)
    text = (tmp_path / "a.basis").read_text()
    head, first, second, third = text.split(" $NMUSED")
    second = second.replace("CONC = 1.", "CONC = 4.").replace("TRAMP = 1.", "TRAMP = 2.")
    third = third.replace("ISHIFT = 0", "ISHIFT = 3")
    (tmp_path / "a.basis").write_text(" $NMUSED".join([head, first, second, third]))
    found = read_basis(tmp_path / "a.basis")
    np.testing.assert_allclose(found["NAA"], made["NAA"], atol=1e-7)
    np.testing.assert_allclose(found["Cr"], made["Cr"] / 2, atol=1e-7)
    step = made.axis.sw / made.axis.size / made.axis.mhz
    before = peak(made["sIns"], made.axis, 1, 4)
    assert peak(found["sIns"], found.axis, 1, 4) == pytest.approx(before + 3 * step, abs=0.005)
    everywhere = text.replace("ISHIFT = 0", "ISHIFT = -2")
    (tmp_path / "a.basis").write_text(everywhere)
    assert read_basis(tmp_path / "a.basis").axis.carrier == pytest.approx(4.65 - 2 * step)
    assert read_basis(tmp_path / "a.basis", carrier=4.7).axis.carrier == 4.7


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("$BASIS\n", "$BASES\n", r"has no \$BASIS list"),
        ("NDATAB = 48", "NDATAB = 47", "NAA has 48 points, not 47"),
        ("NDATAB = 48", "NDATAB = 4000000", "too short for 3 spectra of 4000000 points"),
        ("BADELT = 0.0005", "BADELT = 0", "BADELT is 0 s"),
        ("HZPPPM = 127.75", "HZPPPM = 1277.5e5", "spectrometer frequency would be"),
        ("METABO = 'Cr'", "METABO = 'NAA'", "a name is empty or stands twice"),
        ("METABO = 'sIns'", "METABO = ' '", "a name is empty or stands twice"),
        ("CONC = 1.", "CONC = 0.", "CONC, TRAMP and VOLUME have to be positive"),
        ("ISHIFT = 0", "ISHIFT = 1.5", "ISHIFT is 1.5"),
        ("E+0", "E+9", "values that are not numbers|words where"),
    ],
)
def test_wrong_basis_sets_are_named(tmp_path, old, new, message):
    write_basis(tmp_path / "a.basis", made_basis())
    text = (tmp_path / "a.basis").read_text()
    assert old in text
    (tmp_path / "a.basis").write_text(text.replace(old, new))
    with pytest.raises(FormatError, match=message):
        read_basis(tmp_path / "a.basis")


# --- raw signals


def test_measured_spectrum_has_naa_where_it_belongs(data_dir):
    """LCModel's own test spectrum; its control file beside it states field and dwell time."""
    found = read_raw(data_dir("mrs_invivo") / "lcmodel_test" / "data.raw")
    assert found.fids.shape == (1, 1, 1024)
    assert found.axis.mhz == pytest.approx(127.786142)
    assert found.axis.sw == pytest.approx(2000.0)
    assert peak(found.fids[0, 0], found.axis, 1.8, 2.2) == pytest.approx(2.01, abs=0.05)
    assert peak(found.fids[0, 0], found.axis, 2.9, 3.1) == pytest.approx(3.03, abs=0.05)


def test_without_a_control_file_the_options_count(data_dir, tmp_path):
    shutil.copy(data_dir("mrs_invivo") / "lcmodel_test" / "data.raw", tmp_path)
    with pytest.raises(
        FormatError, match="does not state its frequency and spectral width: give mhz= and sw="
    ):
        read_raw(tmp_path / "data.raw")
    with pytest.raises(FormatError, match="give mhz= and sw="):
        read_raw(tmp_path / "data.raw", mhz=127.8)
    assert read_raw(tmp_path / "data.raw", mhz=127.8, sw=2000).axis.mhz == 127.8


@pytest.mark.parametrize("name", ["a.raw", "a.h2o", "a.raw.gz"])
def test_raw_round_trip(tmp_path, name):
    made = acquisition()
    write_raw(tmp_path / name, made)
    found = read_raw(tmp_path / name, sw=2000.0)
    np.testing.assert_allclose(found.fids, made.fids, atol=1e-8)
    assert (found.axis, found.te, found.sequence) == (made.axis, 30.0, "PRESS")
    control = (
        "$LCMODL\nfilraw='somewhere/a.raw'\nfilh2o='a.h2o'\ndeltat=5e-04\nhzpppm=123.0\nnunfil=64\n$END\n"
    )
    (tmp_path / "my.control").write_text(control)
    assert read_raw(tmp_path / name).axis == made.axis
    (tmp_path / "my.control").write_text(control.replace("64", "128"))
    with pytest.raises(FormatError, match="has 64 points, not 128"):
        read_raw(tmp_path / name)


def test_a_carrier_elsewhere_is_turned_to_water(tmp_path):
    made = acquisition(carrier=3.0)
    write_raw(tmp_path / "a.raw", made)
    assert same_signal(read_raw(tmp_path / "a.raw", sw=2000), made, 1e-7)


@pytest.mark.parametrize(("coils", "averages", "message"), [(2, 1, "2 coils"), (1, 2, "not 2 averages")])
def test_one_signal_goes_in(tmp_path, coils, averages, message):
    with pytest.raises(UserError, match=message):
        write_raw(tmp_path / "a.raw", acquisition(coils, averages))


RAW = " $NMID\n ID='x', FMTDAT='(2E15.6)'{more}\n $END\n  1.0E+00 -2.0E+00\n  3.0D+00-4.0E+00\n"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", [1 + 2j, 3 + 4j]),
        (",\n TRAMP=6., VOLUME=2.", [3 + 6j, 9 + 12j]),
        (", BRUKER=T", [1 - 2j, 3 - 4j]),
        (", BRUKER=.true.", [1 - 2j, 3 - 4j]),
    ],
)
def test_scale_and_rotation_as_lcmodel_takes_them(tmp_path, more, expected):
    (tmp_path / "a.raw").write_text(RAW.format(more=more))
    np.testing.assert_allclose(read_raw(tmp_path / "a.raw", mhz=127.8, sw=2000).fids[0, 0], expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (RAW.format(more="").replace("$END", ""), r"has no \$NMID list"),
        (RAW.format(more=", SEQACQ=T"), "acquired sequentially"),
        (RAW.format(more=", TRAMP=-1"), "have to be positive"),
        (RAW.format(more="") + "5.0\n", "are not pairs; is it cut short"),
        (RAW.format(more="") + "nan nan\n", "holds words where the data should be"),
        (" $NMID\n $END\n", "has 0 points"),
    ],
)
def test_wrong_raw_files_are_named(tmp_path, text, message):
    (tmp_path / "a.raw").write_text(text)
    with pytest.raises(FormatError, match=message):
        read_raw(tmp_path / "a.raw", mhz=127.8, sw=2000)


# --- damaged files


def test_fuzz_of_a_basis(tmp_path):
    write_basis(tmp_path / "a.basis", made_basis(points=16))

    def right(basis):
        assert basis.fids.shape == (len(basis.names), 16)
        assert np.isfinite(basis.fids).all()

    assert min(fuzz(read_basis, tmp_path / "a.basis", right, text=True).values()) > 50
    (tmp_path / "b.basis.gz").write_bytes(gzip.compress((tmp_path / "a.basis").read_bytes()))
    assert fuzz(read_basis, tmp_path / "b.basis.gz", right, count=300)["refused"] > 200


def test_fuzz_of_a_raw_signal(tmp_path):
    write_raw(tmp_path / "a.raw", acquisition(points=32))
    (tmp_path / "control").write_text(
        "$LCMODL\nfilraw='a.raw'\ndeltat=5e-4\nhzpppm=127.75\nnunfil=32\n$END\n"
    )

    def right(found):
        check(found)
        assert found.fids.shape == (1, 1, 32)

    assert min(fuzz(read_raw, tmp_path / "a.raw", right, text=True).values()) > 50


def test_fuzz_of_a_control_file(tmp_path):
    write_raw(tmp_path / "a.raw", acquisition(points=32))
    control = tmp_path / "control"
    control.write_text("$LCMODL\nfilraw='a.raw'\ndeltat=5e-4\nhzpppm=127.75\nnunfil=32\n$END\n")
    assert min(fuzz(read_raw, control, check, root=tmp_path / "a.raw", text=True).values()) > 50
