"""Spin systems of GISSMO: made-up archives, damaged ones, the real one against a table and a spectrum."""

import io
import json
import zipfile

import numpy as np
import pytest

from common.errors import FormatError
from common.io.bruker import read_bruker
from common.io.gissmo import compound_key, read_gissmo
from common.simulation import metabolites
from common.simulation.multiplets import multiplets
from tests.common.io.fuzz import fuzz

ENTRY = {
    "chemical shift": [{"ID": 7, "value": 1.2}, {"ID": 9, "value": 3.6}, {"ID": 8, "value": 1.2}],
    "J-coupling": [{"ID1": 7, "ID2": 9, "value": 7.1}, {"ID1": 8, "ID2": 9, "value": 7.1}],
}


def archive(files, folder="coupling_info"):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as out:
        for name, table in files.items():
            out.writestr(name if "/" in name else f"{folder}/{name}", json.dumps(table))
    return made.getvalue()


def written(tmp_path, files, **options):
    path = tmp_path / "systems.zip"
    path.write_bytes(archive(files, **options))
    return path


def moved(by):
    return {**ENTRY, "chemical shift": [{**s, "value": s["value"] + by} for s in ENTRY["chemical shift"]]}


NAMES = {
    "L-Ethanamine bmse000001 simulation_1": {"file name": "bmse000001_simulation_1.json"},
    "D-ethanamine bmse000002 simulation_1": {"file name": "bmse000002_simulation_1.json"},
    "Something Maybridge_Ro3_Fragment_01_A01 simulation_1": {
        "file name": "Maybridge_Ro3_Fragment_01_A01_simulation_1.json"
    },
}


def test_entries_have_names_and_keep_compounds_together(tmp_path):
    files = {
        "bmse000001_simulation_1.json": ENTRY,
        "bmse000001_simulation_2.json": moved(0.5),
        "bmse000002_simulation_1.json": moved(1.0),
        "bmse000007_simulation_1.json": moved(3.01),
        "Maybridge_Ro3_Fragment_01_A01_simulation_1.json": moved(3.0),
        "D2O4.7ppm.json": {"chemical shift": [{"ID": 1, "value": 4.7}], "J-coupling": []},
        "Serine_Govindaraju_2000.json": moved(5.0),
        "molecule_name_mapping/GISSMO_names.json": NAMES,
        "elsewhere/notes.json": [],
    }
    found = {entry.entry: entry for entry in read_gissmo(written(tmp_path, files))}
    assert [entry.name for entry in found.values()] == [
        "Something", "Serine", "L-Ethanamine", "L-Ethanamine", "D-ethanamine", "bmse000007_simulation_1",
    ]  # fmt: skip
    compounds = [entry.compound for entry in found.values()]
    assert compounds[2] == compounds[3] == compounds[4]  # by entry, and by name but for the enantiomer
    assert compounds[5] == compounds[0]  # by shifts
    assert len(set(compounds)) == 3
    first = found["bmse000001_simulation_1"]
    assert first.ids == (7, 9, 8)
    np.testing.assert_array_equal(first.system.shifts, [1.2, 3.6, 1.2])
    np.testing.assert_array_equal(first.system.couplings, [[0, 7.1, 0], [7.1, 0, 7.1], [0, 7.1, 0]])


@pytest.mark.parametrize(
    ("one", "other"),
    [("L-glutamic-acid", "Glutamate"), ("DL-Serine", "serine"), ("(S)-Foo hydrochloride", "foo"),
     ("3-5-Diiodo-L-tyrosine", "3,5-diiodotyrosine"), ("(+-)-Acetylcarnitine", "acetyl-L-carnitine")],
)  # fmt: skip
def test_names_of_one_compound(one, other):
    assert compound_key(one) == compound_key(other)


def test_names_of_other_compounds():
    assert compound_key("Cis-aconitic-acid") != compound_key("Trans-aconitic-acid")
    assert compound_key("2-Chlorobenzamide") != compound_key("3-Chlorobenzamide")


def test_githubs_own_archive_is_read(tmp_path):
    path = written(tmp_path, {"a.json": ENTRY}, folder="PublicNMRData-670b3ff/coupling_info")
    assert read_gissmo(path)[0].system.protons == 3


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ([], "not lists"),
        ({"chemical shift": [{"ID": 1}], "J-coupling": []}, "not lists"),
        ({"chemical shift": [], "J-coupling": []}, "1 to 100 spins"),
        ({**ENTRY, "chemical shift": ENTRY["chemical shift"][:2] * 2}, "a number of its own"),
        ({**ENTRY, "J-coupling": [{"ID1": 7, "ID2": 7, "value": 1.0}]}, "with itself"),
        ({**ENTRY, "J-coupling": [{"ID1": 7, "ID2": 1, "value": 1.0}]}, "not there"),
        ({**ENTRY, "J-coupling": [{"ID1": 7, "ID2": 9, "value": "7"}]}, "no number"),
        (moved(float("nan")), "no number"),
    ],
)
def test_a_bad_entry_is_named(tmp_path, table, says):
    with pytest.raises(FormatError, match=says) as caught:
        read_gissmo(written(tmp_path, {"bad.json": table}))
    assert "bad.json" in str(caught.value)


def test_damaged_archives(tmp_path):
    path = tmp_path / "bad.zip"
    path.write_bytes(b"PK no zip")
    with pytest.raises(FormatError, match="no zip"):
        read_gissmo(path)
    with pytest.raises(FormatError, match="no spin systems"):
        read_gissmo(written(tmp_path, {"other/x.json": ENTRY}))
    with pytest.raises(FormatError, match="GISSMO_names"):
        read_gissmo(written(tmp_path, {"a.json": ENTRY, "molecule_name_mapping/GISSMO_names.json": [1]}))
    path = written(tmp_path, {"a.json": ENTRY, "molecule_name_mapping/GISSMO_names.json": NAMES})
    outcome = fuzz(read_gissmo, path, lambda found: found[0].system.protons, header=4096, count=150)
    assert outcome["refused"] > 30


@pytest.fixture(scope="module")
def entries(data_dir):
    return read_gissmo(data_dir("gissmo_spin_systems") / "coupling_info.zip")


def test_the_real_set(entries):
    assert len(entries) == 1339  # 1342 without three of water
    assert len({entry.compound for entry in entries}) > 1200
    assert not any(entry.name.startswith("D2O") for entry in entries)
    by_name = {}
    for entry in entries:
        by_name.setdefault(entry.name.lower(), set()).add(entry.compound)
    assert all(len(compounds) == 1 for compounds in by_name.values())


def test_shifts_agree_with_the_published_table(entries):
    """Entries after Govindaraju 2000 against ``metabolites.toml``, made from the paper by others."""
    for entry, name in (("Glutamate", "Glu"), ("Glutamine", "Gln")):
        (found,) = (e for e in entries if e.entry == f"{entry}_Govindaraju_2000")
        (known,) = metabolites.table()[name]
        np.testing.assert_allclose(np.sort(found.system.shifts), np.sort(known.shifts), atol=0.06)


def test_glucose_stands_where_it_is_measured(entries, data_dir):
    """Anomeric doublets of a real 600 MHz spectrum of glucose, referenced to its DSS."""
    real = read_bruker(data_dir("nrc_1d_mixtures") / "glucose_2018" / "pdata" / "1")
    axis = real.axes[0]
    reference = axis.ppm(_highest(real, 0.1, -0.1))
    for entry, protons in (("alpha-glucose", 5.23), ("beta-glucose", 4.64)):
        (found,) = (e for e in entries if e.entry == f"{entry}_Govindaraju_2000")
        shift = found.system.shifts[np.abs(found.system.shifts - protons).argmin()]
        (multiplet,) = (m for m in multiplets(found.system, axis.mhz) if m.shift == pytest.approx(shift))
        for line in multiplet.lines.frequency[multiplet.lines.amplitude > 0.3] / axis.mhz:
            near = axis.ppm(_highest(real, line + 0.02, line - 0.02)) - reference
            assert near == pytest.approx(line, abs=0.015)
            assert real.data[axis.region(line + 0.02, line - 0.02)].max() > 30 * real.data[:2000].std()


def _highest(spectrum, left, right):
    part = spectrum.axes[0].region(left, right)
    return part.start + int(np.argmax(spectrum.data[part]))
