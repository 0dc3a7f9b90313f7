"""Signal regions: TopSpin's two forms of intrng, NMRium, and our own CSV and JSON."""

import json
import math

import numpy as np
import pytest

from common.errors import FormatError, UserError
from common.io.regions import make_regions, read_regions, write_regions
from tests.common.io.fuzz import fuzz

FILE = "intrng"
HAND = """A 1.0 #regions in PPM
# low field   high field  bias        slope
  7.60  7.47  -0.0  -0.0  # for region 1
  2.21  2.34  0.1  -0.2  # for region 2
"""
AUTOMATIC = "P 0\n7.485638   7.159457\n3.716670   3.245274\n"
NMRIUM = {
    "spectra": [
        {"source": {"jcampURL": "https://x/13c.dx"}, "ranges": {"values": [{"from": 20, "to": 21}]}},
        {
            "source": {"jcampURL": "https://x/1h-600MHz.dx"},
            "ranges": {
                "values": [
                    {"from": 1.0, "to": 1.1, "kind": "signal", "integral": 3, "signal": [{"kind": "signal"}]},
                    {"from": 7.2, "to": 7.3, "kind": "mixed", "signal": [{"kind": "solvent"}]},
                ]
            },
        },
    ]
}


def test_hand_selected_and_automatic_regions_are_told_apart(written):
    hand, automatic = read_regions(written(HAND)), read_regions(written(AUTOMATIC, "b"))
    assert (hand.selected, automatic.selected) == (True, False)
    np.testing.assert_array_equal(hand.ppm, [[7.60, 7.47], [2.34, 2.21]])
    np.testing.assert_array_equal(automatic.ppm, [[7.485638, 7.159457], [3.716670, 3.245274]])


def test_the_1h_ranges_of_nmrium_keep_their_kinds(written):
    regions = read_regions(written(json.dumps(NMRIUM), "x.json"))
    np.testing.assert_array_equal(regions.ppm, [[7.3, 7.2], [1.1, 1.0]])
    assert regions.kind == ("solvent", "signal")
    np.testing.assert_array_equal(regions.integral, [math.nan, 3])


@pytest.mark.parametrize("name", ["intrng", "a.intrng", "a.csv", "a.json"])
def test_round_trip(tmp_path, name):
    regions = make_regions([[1.0, 1.5], [8.125, 8.0]], ["signal", "sol,vent"], [3.25, math.nan], True)
    write_regions(tmp_path / name, regions)
    back = read_regions(tmp_path / name)
    np.testing.assert_array_equal(back.ppm, [[8.125, 8.0], [1.5, 1.0]])
    if "intrng" not in name:
        assert back.kind == ("sol,vent", "signal")
        np.testing.assert_array_equal(back.integral, [math.nan, 3.25])
    else:
        assert back.selected is True
    with pytest.raises(UserError, match="--force"):
        write_regions(tmp_path / name, regions)


def test_no_regions_are_written_and_read(tmp_path):
    for name in ("intrng", "a.csv", "a.json"):
        write_regions(tmp_path / name, make_regions([]))
        assert len(read_regions(tmp_path / name)) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "neither TopSpin's intrng"),
        ("A list of things\n1 2\n", "neither TopSpin's intrng"),
        (HAND.replace("7.47", "7,47"), "'7,47' is not a number"),
        (HAND.replace("  7.60  7.47  -0.0  -0.0", "7.60"), "line 3: 1 numbers"),
        (HAND.replace("7.47", "7.60"), "two edges in ppm that differ"),
        (AUTOMATIC.replace("7.159457", "7.1 5 6"), "line 2: 4 numbers"),
        ('{"spectra": []}', "no 1H spectrum"),
        ('{"regions": [{"from": true, "to": 1}]}', "True is not a number"),
        ('{"a"', "JSONDecodeError"),
        ("[" * 100_000, "RecursionError|JSONDecodeError"),
    ],
)
def test_what_is_refused_is_said(written, text, message):
    with pytest.raises(FormatError, match=message):
        read_regions(written(text))


def test_another_extension_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"intrng, \.csv or \.json"):
        write_regions(tmp_path / "a.txt", make_regions([[1, 2]]))


@pytest.mark.parametrize("text", [HAND, AUTOMATIC, json.dumps(NMRIUM)])
def test_damaged_files(written, text):
    def check(regions):
        assert np.isfinite(regions.ppm).all()
        assert (regions.ppm[:, 0] > regions.ppm[:, 1]).all()
        assert len(regions.kind) == len(regions.integral) == len(regions)

    assert fuzz(read_regions, written(text), check, text=True, count=300)["refused"] > 20


def test_real_files(data_dir):
    folder = data_dir("bruker_1d_regions")
    found = {path.parts[-4]: read_regions(path) for path in folder.glob("*/pdata/1/intrng")}
    counts = {name: (len(regions), regions.selected) for name, regions in found.items()}
    assert counts == {
        "aspirin_300MHz": (5, True),
        "bis_tfm_aniline_500MHz": (3, True),
        "menthol_500MHz": (3, False),
        "naphthoic_acid_500MHz": (6, True),
        "penguins_1": (9, False),
    }
    curated = [read_regions(path) for path in data_dir("nmr_dataset1_1h").glob("*/example_solved.json")]
    assert sorted(map(len, curated)) == [3, 4, 5, 6, 6, 8, 9, 13]
    kinds = [kind for regions in curated for kind in regions.kind if kind != "signal"]
    assert sorted(kinds) == ["impurity", "reference", "solvent", "solvent"]
