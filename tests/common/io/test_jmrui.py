"""jMRUI text: measured macromolecules, round trips, variants of other writers, damaged files."""

import gzip

import numpy as np
import pytest

from common.errors import FormatError, UserError
from common.io.jmrui import read_jmrui, write_jmrui
from tests.common.io.fuzz import fuzz
from tests.common.io.voxel import acquisition, check, peak, real_peak, same_signal


@pytest.mark.parametrize("volunteer", [1, 2, 3])
def test_measured_macromolecules_have_their_first_peak_where_it_belongs(data_dir, volunteer):
    """M0.91 of Landheer et al. 2020, 0.94 of Cudalbu et al. 2021, in phased spectra of a 3 T scanner."""
    folder = data_dir("mrs_macromolecules") / "columbia_mm3t"
    found = read_jmrui(folder / f"vol0{volunteer}_occipital_TE32.txt.gz")
    assert found.fids.shape == (1, 1, 2048)
    assert found.axis.sw == 4000.0
    assert found.axis.mhz == pytest.approx(123.26)
    assert real_peak(found.fids[0, 0], found.axis, 0.6, 1.15) == pytest.approx(0.91, abs=0.05)
    assert real_peak(found.fids[0, 0], found.axis, 1.8, 2.15) == pytest.approx(2.02, abs=0.05)


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
@pytest.mark.parametrize("averages", [1, 3])
def test_round_trip(tmp_path, name, averages):
    made = acquisition(averages=averages, delay=0.5)
    write_jmrui(tmp_path / name, made)
    found = read_jmrui(tmp_path / name)
    np.testing.assert_allclose(found.fids, made.fids, rtol=1e-9, atol=1e-9)
    assert found.axis == made.axis


def test_a_carrier_elsewhere_is_turned_to_water(tmp_path):
    made = acquisition(points=512, carrier=3.0)
    write_jmrui(tmp_path / "a.txt", made)
    found = read_jmrui(tmp_path / "a.txt")
    assert found.axis.carrier == 4.65
    assert same_signal(found, made, 1e-8)
    assert peak(found.fids[0, 0], found.axis, 1, 3) == pytest.approx(2.01, abs=0.01)


def test_the_written_transform_is_that_of_other_writers(data_dir, tmp_path):
    """Columns 3 and 4 of a measured file come out again, in its order."""
    path = data_dir("mrs_macromolecules") / "columbia_mm3t" / "vol01_occipital_TE32.txt.gz"
    write_jmrui(tmp_path / "a.txt", read_jmrui(path))

    def columns(text):
        return np.array([line.split() for line in text.splitlines()[-2048:]], dtype=float)

    theirs, ours = (
        columns(gzip.decompress(path.read_bytes()).decode()),
        columns((tmp_path / "a.txt").read_text()),
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-4 * np.abs(theirs[:, 2:]).max())


def text_of(signals, points=2, **changes):
    fields = {"PointsInDataset": points, "DatasetsInFile": 1, "SamplingInterval": 0.5, "BeginTime": 0}
    fields |= {"TransmitterFrequency": 1.2775e8, "TypeOfNucleus": "1E0"} | changes
    head = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return f"jMRUI Data Textfile\n\nFilename: a\n\n{head}\n{signals}"


ONE = "Signal only\nsig(real)\tsig(imag)\nSignal 1 out of 1 in file\n1 2\n3 4\n"


@pytest.mark.parametrize(
    "text",
    [
        text_of(ONE),
        text_of(ONE.replace("Signal 1", "Signal number: 1")),
        text_of(ONE, TransmitterFrequency=127.75),
        text_of(ONE, TypeOfNucleus=""),
        text_of(ONE).replace("\n", "\r\n"),
        text_of(
            ONE.replace("\tsig(imag)", "\tsig(imag)\tfft(real)\tfft(imag)")
            .replace("2\n", "2 0 0\n")
            .replace("4\n", "4 0 0\n")
        ),
    ],
)
def test_variants_of_other_writers(tmp_path, text):
    (tmp_path / "a.txt").write_bytes(text.encode())
    found = read_jmrui(tmp_path / "a.txt")
    assert found.fids.tolist() == [[[1 + 2j, 3 + 4j]]]
    assert (found.axis.sw, found.axis.mhz) == (2000.0, 127.75)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x" + text_of(ONE), "does not begin with 'jMRUI Data Textfile'"),
        (text_of("Signal only\n"), "has no line 'Signal 1 out of"),
        (text_of(ONE, DatasetsInFile=2), "does not hold the 2 signals"),
        (text_of(ONE, points=3), "signal 1 has 4 numbers, not 3 rows of 2"),
        (text_of(ONE.replace("4", "4 5")), "has 5 numbers, which are not pairs"),
        (text_of(ONE.replace("4", "four")), "holds words where the data should be"),
        (text_of(ONE.replace("4", "4e300")), "values that are not numbers"),
        (text_of(ONE, TypeOfNucleus="2"), "of nucleus 31P"),
        (text_of(ONE, SamplingInterval=-1), "SamplingInterval is -1 ms"),
        (text_of(ONE, BeginTime=1e9), "points away from the signal"),
        (text_of(ONE, points=4000000), "signal 1 has 4 numbers"),
    ],
)
def test_wrong_files_are_named(tmp_path, text, message):
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(FormatError, match=message):
        read_jmrui(tmp_path / "a.txt")


def test_coils_have_no_room(tmp_path):
    with pytest.raises(UserError, match="no room for 2 coils; combine them"):
        write_jmrui(tmp_path / "a.txt", acquisition(coils=2))


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_fuzz(tmp_path, name):
    write_jmrui(tmp_path / name, acquisition(averages=2, points=24))
    sizes = {48, 24}

    def right(found):
        check(found)
        assert found.fids.size in sizes

    packed = name.endswith(".gz")
    outcome = fuzz(read_jmrui, tmp_path / name, right, text=not packed, count=1000 if not packed else 500)
    assert outcome["refused"] > 50
    assert packed or outcome["read"] > 50
