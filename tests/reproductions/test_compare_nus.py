"""``nmr-repro compare nus`` on a simulated, fully sampled spectrum."""

import numpy as np
import pytest

from common.io.files import write
from common.nus import testbench
from common.spectrum import Axis, Spectrum
from reproductions import cli, registry


@pytest.fixture
def plane():
    return testbench.disordered_protein(points=64, residues=30, snr=200.0)


@pytest.fixture
def full(plane, tmp_path, monkeypatch):
    """Its t1 signals as a file of cosine and sine rows, in a folder without published runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "RESULTS", tmp_path / "results")
    t1, direct = plane.signal.axes
    rows = np.stack([plane.fid.real, plane.fid.imag], axis=1).reshape(-1, direct.size).astype("float32")
    t1 = Axis(t1.nucleus, t1.size, t1.sw, t1.mhz, t1.carrier, "time", "states")
    write("full.ft1", Spectrum(rows, (t1, direct)))
    return "full.ft1"


def table(text: str) -> dict[str, list[str]]:
    """Cells by measure."""
    rows = [line.strip("│ ").split("│") for line in text.splitlines() if line.startswith("│")]
    return {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in rows}


def test_methods_are_scored_on_the_same_points(full, plane, tmp_path, capsys):
    words = ["compare", "nus", full, "--fractions", "0.25", "--t1-zero-fill", "256"]
    assert cli.main(words) == 0
    shown = table(capsys.readouterr().out)
    (mask,) = testbench.schedules(64, 0.25, 1)
    reference = plane.spectrum(plane.fid).data
    expected = plane.spectrum(plane.fid * mask[:, None]).data
    error = np.linalg.norm(reference - expected) / np.linalg.norm(reference)
    zero_filled, ist_s, floor = map(float, shown["rlne"])
    assert zero_filled == pytest.approx(error, rel=5e-3)
    assert floor < ist_s < 0.5 * zero_filled
    assert float(shown["missed_peaks"][1]) <= float(shown["missed_peaks"][0])
    assert (tmp_path / "comparison.png").read_bytes().startswith(b"\x89PNG")


def test_a_schedule_of_the_users_is_taken_as_it_is(full, capsys):
    points = [0, 1, 2, 3, 5, 8, 12, 17, 23, 30, 38, 47, 57]
    with open("list", "w") as file:
        file.writelines(f"{point}\n" for point in points)
    assert cli.main(["compare", "nus", full, "--schedule", "list", "-o", "mine.png"]) == 0
    assert "20.3% of 64 points" in capsys.readouterr().out


def test_mistakes_are_one_line_and_leave_nothing(full, tmp_path, capsys):
    t1 = Axis("15N", 8, 1800.0, 60.8, 117.9, "time", "states")
    rows = np.ones((16, 32), "float32")
    rows[6:8] = 0
    write("gaps.ft1", Spectrum(rows, (t1, Axis("1H", 32, 250.0, 600.0, 8.3))))
    (tmp_path / "there.png").touch()
    before = sorted(tmp_path.iterdir())
    for words, said in (
        (["gaps.ft1"], "1 t1 points hold only zeros"),
        (["no.ft1"], "no such file"),
        ([full, "-o", "there.png"], "--force"),
        ([full, "-o", "figure.pdf"], ".png"),
        ([full, "--fractions", "2"], "up to 1"),
        ([full, "--fractions", "0.01"], "fewer than two"),
        ([full, "--schedule", "list", "--fractions", "0.5"], "not allowed with"),
        ([full, "--run", "nowhere"], "no run"),
        ([full, "--region", "30", "20"], "--region"),
    ):
        assert cli.main(["compare", "nus", *words]) == 2
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before
