"""``nmr-repro compare nus`` on a simulated, fully sampled spectrum."""

import re

import numpy as np
import pytest

from common.errors import UserError
from common.io.files import write
from common.nus import testbench
from common.spectrum import Axis, Spectrum
from reproductions import cli, contestants, registry
from reproductions.studies import compare_nus

QUICK = ["--methods", "zero_filled,ist_s"]


@pytest.fixture(scope="module")
def plane():
    return testbench.disordered_protein(points=64, residues=30, snr=200.0)


@pytest.fixture
def undrawn(monkeypatch):
    """Without the figure, which takes longer than all else."""
    monkeypatch.setattr(compare_nus, "_draw", lambda *arguments: None)


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


def tables(text: str) -> list[dict[str, dict[str, str]]]:
    """Cells of the tables by method and heading."""
    found = []
    for line in text.splitlines():
        if re.match(r" +rlne +peak r2", line):
            found.append({})
            headings = re.split(r"  +", line.strip())
        elif found and (match := re.match(r"  (\S.*?)  +(\d.*)", line)) and ";" not in line:
            found[-1][match[1]] = dict(zip(headings, match[2].split(), strict=False))
    return found


def save_list(points, name="list"):
    with open(name, "w") as file:
        file.writelines(f"{point}\n" for point in points)
    return name


def compare(*words) -> int:
    return cli.main(["compare", "nus", *map(str, words)])


def test_methods_are_scored_on_the_same_points(full, plane, tmp_path, capsys):
    assert compare(full, "--fractions", "0.25", "--t1-zero-fill", "256", *QUICK) == 0
    said = capsys.readouterr().out
    (shown,) = tables(said)
    (mask,) = testbench.schedules(64, 0.25, 1)
    reference = plane.spectrum(plane.fid).data
    expected = plane.spectrum(plane.fid * mask[:, None]).data
    error = np.linalg.norm(reference - expected) / np.linalg.norm(reference)
    zero_filled, ist_s, floor = (float(shown[m]["rlne"]) for m in ("zero_filled", "ist_s", "noise floor"))
    assert zero_filled == pytest.approx(error, rel=5e-3)
    assert floor < ist_s < 0.5 * zero_filled
    assert float(shown["ist_s"]["missed"]) <= float(shown["zero_filled"]["missed"])
    assert "cores" in said
    assert (tmp_path / "comparison.png").read_bytes().startswith(b"\x89PNG")


def test_every_conventional_method_takes_part_unless_others_are_chosen(full):
    from common.classical.methods import METHODS

    names = [each.name for each in contestants.contestants()]
    assert names == [name for name, method in METHODS.items() if 1 in method.dimensions]


def test_published_networks_take_part_where_they_are_for_nus_data():
    networks = {each.name.partition("/")[0] for each in contestants.contestants() if each.compiled}
    assert networks == {"qu_cnn", "hansen_lstm"}


def test_schedules_of_the_users_are_taken_as_they_are(full, undrawn, capsys):
    first = save_list([0, 1, 2, 3, 5, 8, 12, 17, 23, 30, 38, 47, 57], "first")
    second = save_list(range(2, 40, 2), "second")
    assert compare(full, "--schedule", first, "--schedule", second, "--base", 0, *QUICK) == 0
    said = capsys.readouterr().out
    assert "first, 20.3% of 64 points" in said
    assert "second, 29.7% of 64 points" in said
    assert len(tables(said)) == 2
    assert "warning  second: ends at point 38 of 64; is it for another grid?" in said
    assert "warning  second: leaves out point 0" in said


def test_a_list_that_counts_from_one_is_said_to(full, undrawn, capsys):
    assert compare(full, "--schedule", save_list(range(1, 65, 3)), *QUICK) == 0
    said = capsys.readouterr().out
    assert "note     list: taken to count from 1" in said
    assert "leaves out point 0" not in said


def test_means_over_schedules_have_a_spread(full, undrawn, capsys):
    assert compare(full, "--fractions", "0.25", "--schedules", 3, *QUICK) == 0
    said = capsys.readouterr().out
    each = [float(x) for x in re.findall(r"([\d.]+) in", re.search(r"  ist_s +(.*;)", said)[1])]
    mean, spread = tables(said)[0]["ist_s"]["rlne"].split("±")
    assert len(each) == 3
    assert float(mean) == pytest.approx(np.mean(each), abs=2e-4)
    assert float(spread) == pytest.approx(np.std(each, ddof=1), abs=1e-3)


@pytest.mark.usefixtures("undrawn")
class TestNetworks:
    """A network among the methods: a function that stands in for one."""

    def compare(self, monkeypatch, full, complete, warn=lambda points, fraction: (), opened=None):
        network = contestants.Contestant(
            "net/faithful", opened or (lambda first_delay: (complete, warn)), "run"
        )
        monkeypatch.setattr(contestants, "_published", lambda: [network])
        return compare(full, "--fractions", "0.25,0.5", "--methods", "ist_s,net")

    def test_is_called_once_before_it_is_timed(self, full, monkeypatch, capsys):
        calls = []

        def complete(fid, mask):
            calls.append(mask.sum())
            return fid

        assert self.compare(monkeypatch, full, complete) == 0
        assert calls == [16, 16, 32, 32]
        assert "net/faithful" in tables(capsys.readouterr().out)[0]

    def test_that_fails_at_a_schedule_is_left_out_there(self, full, monkeypatch, capsys):
        def complete(fid, mask):
            if mask.sum() == 16:
                raise UserError("trained for\n another schedule")
            return fid * np.nan

        assert self.compare(monkeypatch, full, complete) == 0
        said = capsys.readouterr().out
        assert re.search(r"net/faithful +left out: trained for another schedule\n", said)
        assert re.search(r"net/faithful +left out: returned no finite value", said)
        assert [sorted(table) for table in tables(said)] == [["ist_s", "noise floor"]] * 2

    def test_that_breaks_down_does_not_lose_the_others(self, full, monkeypatch, capsys):
        def complete(fid, mask):
            raise np.linalg.LinAlgError("SVD did not converge")

        assert self.compare(monkeypatch, full, complete) == 0
        said = capsys.readouterr().out
        assert "left out: LinAlgError: SVD did not converge" in said
        assert all("ist_s" in table for table in tables(said))

    def test_that_cannot_be_loaded_is_left_out(self, full, monkeypatch, capsys):
        def opened(first_delay):
            raise ImportError("no backend")

        assert self.compare(monkeypatch, full, None, opened=opened) == 0
        assert "net/faithful is left out: ImportError: no backend" in capsys.readouterr().out

    def test_outside_its_training_is_said(self, full, monkeypatch, capsys):
        def warn(points, fraction):
            return [f"trained on 128 points, not {points}"] if fraction < 0.3 else []

        assert self.compare(monkeypatch, full, lambda fid, mask: fid, warn) == 0
        assert capsys.readouterr().out.count("warning  net/faithful: trained on 128 points, not 64") == 1


def test_first_delay_reaches_the_method_that_needs_it():
    """The virtual echo has its own mirror for each."""
    (echo,) = contestants.choose(contestants.contestants(), ["ist_s_ve"])
    fid = np.exp(0.3j * (np.arange(32) + 0.5) - 0.05 * np.arange(32))[:, None]
    mask = np.arange(32) % 2 == 0
    right, wrong = (
        np.linalg.norm(echo.open(delay)[0](fid * mask[:, None], mask) - fid) for delay in (0.5, 0.0)
    )
    assert right < wrong


def test_mistakes_are_one_line_and_leave_nothing(full, tmp_path, capsys):
    t1 = Axis("15N", 8, 1800.0, 60.8, 117.9, "time", "states")
    rows = np.ones((16, 32), "float32")
    rows[6:8] = 0
    write("gaps.ft1", Spectrum(rows, (t1, Axis("1H", 32, 250.0, 600.0, 8.3))))
    (tmp_path / "there.png").touch()
    for name, points in (("long", [0, 3, 64]), ("one", [0]), ("pairs", ["0 1"]), ("words", ["nothing"])):
        save_list(points, name)
    before = sorted(tmp_path.iterdir())
    for words, said in (
        (["gaps.ft1"], "1 t1 points hold only zeros"),
        (["no.ft1"], "no such file"),
        ([full, "-o", "there.png"], "--force"),
        ([full, "-o", "figure.pdf"], ".png"),
        ([full, "-o", "nowhere/figure.png"], "the folder nowhere does not exist"),
        ([full, "--fractions", "2"], "up to 1"),
        ([full, "--fractions", "0.01"], "fewer than two"),
        ([full, "--schedules", "0"], "give 1 to 100"),
        ([full, "--schedule", "list", "--fractions", "0.5"], "not allowed with"),
        ([full, "--schedule", "list"], "No such file"),
        ([full, "--schedule", "long"], "beyond the grid of 64 points"),
        ([full, "--schedule", "one"], "one point alone"),
        ([full, "--schedule", "pairs"], "2 columns"),
        ([full, "--schedule", "words"], "not a whole number"),
        ([full, "--methods", "ist_x"], "did you mean ist_s"),
        ([full, "--run", "nowhere"], "no run"),
        ([full, "--region", "30", "20"], "--region"),
    ):
        assert compare(*words) == 2, words
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before
