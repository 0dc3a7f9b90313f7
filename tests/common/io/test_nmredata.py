"""NMReDATA records: a made one, and the real ones of two kinds of software."""

import math

import numpy as np
import pytest

from common.errors import FormatError
from common.io.nmredata import read_nmredata
from tests.common.io.fuzz import fuzz

FILE = "x.sdf"
RECORD = r"""made
M  END
>  <NMREDATA_SOLVENT>
CDCl3\

>  <NMREDATA_ASSIGNMENT>
H3, 7.0510, H2\
Q, H7, H8\

>  <NMREDATA_1D_1H>
Larmor=500.13\
Spectrum_Location=file:x/10/pdata/1/\
3.4302, S=dddd, N=1, L=H4, E=28.9, J=9.90(H3),4.80(OH);a comment, with J=1
;nothing here\
7.10-7.25, S=m, L=H1&H2\
0.93\

$$$$
"""


def test_signals_and_assignments(written):
    (record,) = read_nmredata(written(RECORD))
    first, second, third = record.signals["1H"]
    assert (first.ppm, first.multiplicity, first.labels) == ((3.4302, 3.4302), "dddd", ("H4",))
    assert (first.nuclei, first.integral) == (1.0, 28.9)
    assert first.couplings == ((9.9, "H3"), (4.8, "OH"))
    assert (second.ppm, second.labels, third.ppm) == ((7.10, 7.25), ("H1", "H2"), (0.93, 0.93))
    assert math.isnan(third.integral)
    assert record.larmor == {"1H": 500.13}
    assert record.assignment["H3"] == (7.051, ("H2",))
    assert record.assignment["Q"][1] == ("H7", "H8")
    assert record.tags["SOLVENT"] == ("CDCl3",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x\nM  END\n$$$$\n", "has no NMREDATA tags"),
        (RECORD.replace("3.4302, S", "3.4302 ppm, S"), "does not begin with a shift"),
        (RECORD.replace("N=1", "N=one"), "1D_1H: 'one' is not a number"),
        (RECORD.replace("=500.13", "=?"), "is not a number"),
    ],
)
def test_what_is_refused_is_said(written, text, message):
    with pytest.raises(FormatError, match=message):
        read_nmredata(written(text))


def test_real_records(data_dir):
    (menthol,) = read_nmredata(data_dir("bruker_1d_regions") / "menthol_500MHz" / "compound1.nmredata.sdf")
    assert len(menthol.signals["1H"]) == 14
    assert menthol.signals["1H"][0].couplings == ((9.9, "H3"), (4.8, "OH"), (10.9, "H5ax"), (4.5, "H5eq"))
    assert menthol.assignment["H4"] == (3.4302, ("H4",))
    folder = data_dir("nmr_dataset1_1h")
    (aspirin,) = read_nmredata(folder / "50-78-2" / "50-78-2.nmredata.sdf")
    shifts = [signal.ppm[0] for signal in aspirin.signals["1H"]]
    np.testing.assert_allclose(shifts, [8.03793, 7.52233, 7.27624, 7.06278, 2.29079])
    assert all(read_nmredata(path)[0].signals["1H"] for path in folder.glob("*/*.nmredata.sdf"))


def test_damaged_files(written):
    def check(records):
        assert all(np.isfinite(signal.ppm).all() for r in records for s in r.signals.values() for signal in s)

    assert fuzz(read_nmredata, written(RECORD), check, text=True, count=300)["read"] > 30
