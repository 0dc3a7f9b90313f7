"""`nmr-repro apply bruker_picker` with regions by thresholds in place of a network: outputs and mistakes."""

import argparse
import csv
import dataclasses
import json
import re
import shutil

import numpy as np
import pytest

from common.classical.regions import find_regions
from common.errors import FormatError, UserError
from common.io.nmrpipe import write_nmrpipe
from common.io.peaklists import read_peaks
from common.io.regions import make_regions, read_regions, write_regions
from common.spectrum import Axis, Spectrum
from reproductions.bruker_picker import apply, estimate, userfile
from reproductions.bruker_picker.config import Config

AXIS = Axis("1H", 16384, 6000.0, 500.0, 5.0)
#: ppm, Hz from it and heights of lines: 1, 2 and 3 protons, and water
LINES = [(7.5, (0,), (4,)), (4.1, (4, -4), (4, 4)), (1.2, (7, 0, -7), (3, 6, 3)), (4.7, (0,), (20,))]


def clean(parts=LINES, axis=AXIS) -> np.ndarray:
    """Lorentzians 1 Hz wide."""
    lines = [(500 * ppm + f, h) for ppm, hz, heights in parts for f, h in zip(hz, heights, strict=True)]
    return sum((h / (1 + ((axis.hz() - f) / 0.5) ** 2) for f, h in lines), np.zeros(axis.size))


def noise(level=0.01, seed=0) -> np.ndarray:
    return level * np.random.default_rng(seed).normal(size=AXIS.size)


def thresholds(config, models, spectrum):
    """Probabilities of 1 in the regions that thresholds find; water is solvent."""
    found, axis = find_regions(spectrum.data, spectrum.axes[0]), spectrum.axes[0]
    made = np.zeros((axis.size, 2), "float32")
    for left, right in found.ppm:
        made[axis.region(left, right), int(left > 4.7 > right)] = 0.9
    return made


@pytest.fixture
def door(monkeypatch, tmp_path):
    """The command as words on its line."""
    monkeypatch.setattr(apply, "chosen_run", lambda *_: tmp_path / "a-run")
    monkeypatch.setattr(estimate, "network", lambda folder: (Config(), []))
    monkeypatch.setattr(estimate, "predict", thresholds)
    parser = argparse.ArgumentParser()
    apply.add_options(parser)

    def call(*words):
        arguments = parser.parse_args([str(word) for word in words])
        arguments.name = "bruker_picker"
        return apply.main(arguments)

    return call


@pytest.fixture
def file(tmp_path):
    """A function that writes data as an NMRPipe file."""

    def write(data, axes=(AXIS,), name="one.ft"):
        write_nmrpipe(tmp_path / name, Spectrum(data, axes))
        return tmp_path / name

    return write


def test_regions_integrals_and_multiplets_go_into_every_format(door, file, tmp_path, capsys):
    path = file(clean() + noise())
    outputs = [tmp_path / name for name in ("intrng", "a.csv", "a.json", "peaklist.xml")]
    words = [word for output in outputs for word in ("-o", output)]
    door(path, *words, "--protons", "6", "--figure", tmp_path / "a.png")
    intrng, table, full = (read_regions(output) for output in outputs[:3])
    assert intrng.selected is True  # what TopSpin shows as set by hand
    np.testing.assert_allclose(intrng.ppm.mean(axis=1), [7.5, 4.1, 1.2], atol=0.01)
    for regions in (table, full):
        assert regions.kind == ("signal", "solvent", "signal", "signal")
        np.testing.assert_allclose(regions.ppm[[0, 2, 3]], intrng.ppm, atol=1e-6)
        np.testing.assert_allclose(regions.integral[[0, 2, 3]], [100 / 6, 200 / 6, 300 / 6], rtol=0.02)
    rows = json.loads(outputs[2].read_text())
    assert rows["by"] == "bruker_picker a-run"
    assert [row["pattern"] for row in rows["regions"]] == ["s", "s", "d", "t"]
    np.testing.assert_allclose([row["protons"] for row in rows["regions"]][2:], [2, 3], rtol=0.02)
    assert rows["regions"][2]["j_hz"] == pytest.approx([8.0], abs=0.02)
    assert rows["regions"][0]["certainty"] == pytest.approx(0.9)
    with open(outputs[1], newline="") as stream:
        one = list(csv.DictReader(stream))[3]
    assert (one["pattern"], one["protons_by"]) == ("t", "total")
    np.testing.assert_allclose([float(p) for p in one["peaks_ppm"].split()], [1.214, 1.2, 1.186], atol=1e-4)
    assert len(read_peaks(outputs[3])) == 1 + 2 + 3
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    said = capsys.readouterr().out
    assert "run a-run" in said
    assert "3 signal regions, 1 of solvent" in said
    assert "as total says" in said


def test_the_intrng_is_line_by_line_like_topspins(door, data_dir, tmp_path):
    """Aspirin's hand-set regions, in and out: the same words at the same places, numbers to 1e-6 ppm."""
    folder = data_dir("bruker_1d_regions") / "aspirin_300MHz"
    theirs = folder / "pdata/1/intrng"
    door(folder, "--regions", theirs, "-o", tmp_path / "intrng")
    ours = (tmp_path / "intrng").read_text().splitlines()
    for one, other in zip(ours, theirs.read_text().splitlines(), strict=True):
        words = [
            [float(word) if word.lstrip("-")[:1].isdecimal() else word for word in line.split()]
            for line in (one, other)
        ]
        assert len(words[0]) == len(words[1])
        assert all(
            a == pytest.approx(b, abs=1e-6) if isinstance(a, float) else a == b
            for a, b in zip(*words, strict=True)
        )


def test_protons_are_suggested_or_by_a_reference(door, file, tmp_path, capsys):
    path = file(clean() + noise())
    door(path)
    assert "~ suggested" in capsys.readouterr().out
    door(path, "--reference", "1.1-1.3=9", "-o", tmp_path / "a.json")
    rows = json.loads((tmp_path / "a.json").read_text())["regions"]
    np.testing.assert_allclose(
        [row["protons"] for row in rows if row["kind"] == "signal"], [3, 6, 9], rtol=0.02
    )
    assert {row["protons_by"] for row in rows} == {"reference"}
    with pytest.raises(UserError, match="no region has its middle"):
        door(path, "--reference=-1--2=1")


@pytest.mark.parametrize(
    "words", [("--reference", "7=2"), ("--reference", "7-7=2"), ("--protons", "0"), ("--lb", "-1")]
)
def test_numbers_that_make_no_sense_are_refused(door, words):
    with pytest.raises(SystemExit):
        door("x", *words)


def test_noise_alone_and_solvent_alone_have_no_signals(door, file, tmp_path, capsys):
    door(file(noise()), "-o", tmp_path / "intrng", "-o", tmp_path / "a.json", "--figure", tmp_path / "a.png")
    assert "0 signal regions, 0 of solvent" in capsys.readouterr().out
    assert len(read_regions(tmp_path / "intrng")) == len(read_regions(tmp_path / "a.json")) == 0
    giant = file(clean([(4.7, (0,), (1e5,))]) + noise(), name="giant.ft")
    door(giant, "--figure", tmp_path / "b.png")
    assert "0 signal regions, 1 of solvent" in capsys.readouterr().out
    with pytest.raises(UserError, match="all regions of the compound is not positive"):
        door(giant, "--protons", "3")


def test_what_no_region_holds_is_told(door, file, tmp_path, capsys):
    write_regions(tmp_path / "some.csv", make_regions([[7.6, 7.4], [1.3, 1.1]]))
    door(file(clean() + noise()), "--regions", tmp_path / "some.csv")
    said = capsys.readouterr().out
    assert re.search(r"in no region stands at 4\.700 ppm, 3\d\d % of the tallest", said)
    write_regions(tmp_path / "all.csv", make_regions([[9, 0]]))
    door(file(clean() + noise()), "--regions", tmp_path / "all.csv")
    assert "in no region" not in capsys.readouterr().out


def broken(data, value=np.nan):
    data[5000] = value
    return data


C13, FEW = Axis("13C", 16384, 30000.0, 125.0, 100.0), Axis("1H", 128, 6000.0, 500.0, 5.0)
NOWHERE = Axis("1H", 16384, 6000.0, 1.0, 5.0)
REFUSED = {
    "empty": (np.zeros(AXIS.size), AXIS, "is empty"),
    "constant": (np.ones(AXIS.size), AXIS, "is empty"),
    "NaN": (broken(clean()), AXIS, "not numbers"),
    "infinite": (broken(clean(), np.inf), AXIS, "not numbers"),
    "carbon": (clean(), C13, "a 13C spectrum; the network knows 1H alone"),
    "few": (clean()[:128], FEW, "has 128 points"),
    "no frequency": (clean(), NOWHERE, "1 MHz is no spectrometer's frequency"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_proton_spectrum_is_refused_in_one_line(door, file, tmp_path, case):
    data, axis, said = REFUSED[case]
    with pytest.raises(UserError, match=said) as found:
        door(file(data.astype("float32"), (axis,)), "-o", tmp_path / "intrng")
    assert "\n" not in str(found.value)
    assert not (tmp_path / "intrng").exists()


def test_planes_are_refused(door, file):
    plane = file(np.ones((16, 512), "float32"), (Axis("15N", 16, 2000.0, 50.0, 118.0), AXIS.cut(slice(512))))
    with pytest.raises(UserError, match="has 2 dimensions"):
        door(plane)


def test_negative_and_magnitude_spectra_are_named(door, file, capsys):
    door(file(-clean(LINES[:3]) + noise()))
    assert "upside down" in capsys.readouterr().out
    half = clean(LINES[:2]) - clean(LINES[2:3])
    door(file(half + noise()))
    assert "% of the signal is negative: is it in phase?" in capsys.readouterr().out
    door(file(np.abs(clean() + noise() + 1j * noise(seed=1)).astype("float32")))
    assert "magnitude" in capsys.readouterr().out
    door(file(clean() + noise()))
    assert "warning" not in capsys.readouterr().out


def test_a_field_beyond_training_is_named():
    assert apply.outside_training(AXIS) == ""
    assert "not of 60" in apply.outside_training(Axis("1H", 4096, 800.0, 60.0, 5.0))


def test_an_imaginary_part_may_be_phased_and_a_real_spectrum_may_not(file):
    axis = Axis("1H", AXIS.size, 6000.0, 500.0, 5.0, encoding="complex")
    data = np.fft.ifft(2 * np.where(np.arange(AXIS.size) < AXIS.size // 2, np.fft.fft(clean()), 0))
    turned = file((data * 1j).astype("complex64"), (axis,))
    for phase in (90.0, -90.0):
        found = userfile.load(turned, phase=(phase, 0.0)).spectrum
        assert not np.iscomplexobj(found.data)
        high = abs(found.data.max()) > abs(found.data.min())
        assert high == (np.real(1j * np.exp(1j * np.deg2rad(phase))) > 0)
    with pytest.raises(UserError, match="--phase needs an imaginary part"):
        userfile.load(file(clean()), phase=(90.0, 0.0))
    with pytest.raises(UserError, match="--lb is for an FID"):
        userfile.load(file(clean()), broadening=1.0)


# --- Bruker folders


@pytest.fixture
def experiment(data_dir, tmp_path):
    """A copy of the aspirin experiment, to be damaged."""
    shutil.copytree(
        data_dir("bruker_1d_regions") / "aspirin_300MHz", tmp_path / "set/1", copy_function=shutil.copyfile
    )
    return tmp_path / "set/1"


def test_the_processed_spectrum_is_taken_and_the_fid_where_there_is_none(experiment):
    done = userfile.load(experiment)
    assert done.steps == ("as processed in the file",)
    assert done.spectrum.source.endswith("pdata/1")
    assert userfile.load(experiment, procno=1).spectrum.source == done.spectrum.source
    assert userfile.load(experiment / "pdata/1").spectrum.source == done.spectrum.source
    known = (-106.0, 0.0)
    raw = userfile.load(experiment, raw=True, phase=known, broadening=1.0)
    assert raw.steps[0] == "an FID, processed here:"
    assert "window of 1 Hz" in raw.steps[1]
    shutil.rmtree(experiment / "pdata")
    alone = userfile.load(experiment, phase=known)
    assert alone.steps[0] == raw.steps[0]


def test_the_lowest_processing_is_taken_unless_named(experiment):
    shutil.copytree(experiment / "pdata/1", experiment / "pdata/10")
    shutil.copytree(experiment / "pdata/1", experiment / "pdata/2")
    assert userfile.load(experiment).spectrum.source.endswith("pdata/1")
    assert userfile.load(experiment, procno=10).spectrum.source.endswith("pdata/10")
    with pytest.raises(UserError, match=r"no processed 1D spectrum \(1r\) there"):
        userfile.load(experiment, procno=3)
    with pytest.raises(UserError, match="name one of them"):
        userfile.load(experiment, procno=1, raw=True)


def test_incomplete_experiments_are_named(experiment, tmp_path):
    with pytest.raises(UserError, match="holds the experiments 1; name one of them"):
        userfile.load(experiment.parent)
    with pytest.raises(UserError, match="no Bruker experiment"):
        userfile.load(experiment / "pdata")
    with pytest.raises(UserError, match="no such file or folder"):
        userfile.load(tmp_path / "nowhere")
    with pytest.raises(UserError, match="choose in a Bruker experiment"):
        userfile.load(experiment / "pdata/1", raw=True)
    (experiment / "pdata/1/procs").unlink()
    with pytest.raises(FormatError, match=r"has 1r but no procs.*--raw"):
        userfile.load(experiment)
    with pytest.raises(UserError, match="has 1r but no procs"):
        userfile.load(experiment / "pdata/1")
    (experiment / "pdata/1/1r").unlink()
    (experiment / "fid").unlink()
    with pytest.raises(UserError, match="neither a processed 1D spectrum"):
        userfile.load(experiment)
    (experiment / "ser").write_bytes(b"")
    with pytest.raises(UserError, match="a 2D or 3D experiment"):
        userfile.load(experiment)


# --- files


def test_nothing_is_overwritten_without_force_and_odd_names_are_refused(door, file, tmp_path):
    path = file(clean() + noise())
    (tmp_path / "intrng").write_text("mine")
    with pytest.raises(UserError, match="--force"):
        door(path, "-o", tmp_path / "intrng")
    assert (tmp_path / "intrng").read_text() == "mine"
    door(path, "-o", tmp_path / "intrng", "--force")
    assert len(read_regions(tmp_path / "intrng")) == 3
    for words, said in (
        (("-o", tmp_path / "a.txt"), "cannot tell the format"),
        (("-o", tmp_path / "no/a.csv"), "does not exist"),
        (("-o", tmp_path / "a.csv", "-o", tmp_path / "a.csv"), "named twice"),
        (("--figure", tmp_path / "a.gif"), "the name ends in"),
        (("--regions", tmp_path / "intrng", "-o", tmp_path / "intrng", "--force"), "is an input"),
        (("--regions", tmp_path / "none"), "cannot be read"),
    ):
        with pytest.raises(UserError, match=said):
            door(path, *words)


@pytest.mark.slow
def test_the_network_of_a_run_is_asked(monkeypatch, file, tmp_path, capsys):
    """Untrained, through its stored weights: it answers, whatever it finds."""
    from common.training.backend import import_keras

    keras = import_keras()
    from common.training.config import resolve
    from reproductions.bruker_picker import config as settings
    from reproductions.bruker_picker.model import build

    config = resolve(settings, "smoke", "faithful", {})
    keras.utils.set_random_seed(0)
    (tmp_path / "run/weights").mkdir(parents=True)
    build(config).save_weights(tmp_path / "run/weights/network.weights.h5")
    (tmp_path / "run/config.json").write_text(json.dumps({"config": dataclasses.asdict(config)}))
    parser = argparse.ArgumentParser()
    apply.add_options(parser)
    monkeypatch.setattr(apply, "chosen_run", lambda name, run, variant: tmp_path / run)
    arguments = parser.parse_args(
        [str(file(clean() + noise())), "--run", "run", "-o", str(tmp_path / "a.csv")]
    )
    arguments.name = "bruker_picker"
    apply.main(arguments)
    assert "run run" in capsys.readouterr().out
    read_regions(tmp_path / "a.csv")
