"""Ranking of candidates: the published figures of cocaine, closed forms, and lists that are wrong."""

import numpy as np
import pytest

from common.errors import FormatError, UserError
from common.structures import Crystal
from reproductions.mr3d_densenet import candidates, ranking
from reproductions.mr3d_densenet.ranking import Measured, of_sites, rank, read_measured

CELL = np.diag([10.0, 10.0, 10.0])


def crystal(shieldings, name="a") -> Crystal:
    n = len(shieldings)
    return Crystal(name, np.ones(n, int), CELL, np.arange(3.0 * n).reshape(n, 3), np.array(shieldings, float))


def measured(shifts, atoms=None, count=None) -> Measured:
    atoms = atoms or tuple((k,) for k in range(len(shifts)))
    names = tuple(map(str, range(len(shifts))))
    return Measured(names, atoms, np.array(shifts, float), count or len(shifts))


@pytest.fixture
def table(tmp_path):
    def write(text: str):
        path = tmp_path / "measured.csv"
        path.write_text(text)
        return path

    return write


def test_gipaw_ranks_the_candidates_of_cocaine_as_published(data_dir, tmp_path, monkeypatch):
    data_dir("cocaine_csp")
    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path))
    found, known, best = candidates.candidates(offline=True)
    assert len(found) == 29
    assert (len(known.sites), known.count, known.atoms[10]) == (17, 21, (10, 11, 12))
    made = rank(found, known)
    errors = dict(zip(made.names, made.rmse, strict=True))
    assert [made.names[k] for k in made.order[:4]] == ["frm_0001", "frm_0011", "frm_0021", "frm_0012"]
    assert made.first == best
    assert errors["frm_0001"] == pytest.approx(0.364, abs=5e-4)
    assert errors["frm_0011"] == pytest.approx(0.616, abs=5e-4)
    assert errors["frm_0020"] == max(made.rmse)
    assert made.margin == pytest.approx(0.616 - 0.364, abs=1e-3)
    assert made.place("frm_0021") == 3


def test_the_offset_is_each_candidates_own():
    known = measured([1.0, 2.0, 4.0])
    made = rank([crystal([30.0, 29.0, 27.0]), crystal([20.0, 19.0, 17.3], "b")], known)
    assert made.rmse == pytest.approx([0.0, np.std([0.0, 0.0, 0.3])])
    assert made.offsets == pytest.approx([31.0, 21.1])
    assert made.slopes.tolist() == [-1.0, -1.0]
    assert made.first == "a"


def test_one_line_for_all_is_their_least_squares_fit():
    known = measured([1.0, 2.0, 4.0])
    shieldings = np.array([[30.0, 29.0, 27.0], [30.5, 29.1, 27.5]])
    made = rank([crystal(row) for row in shieldings], known, one_line=True)
    design = np.column_stack([shieldings.ravel(), np.ones(6)])
    (slope, offset), residual, *_ = np.linalg.lstsq(design, np.tile(known.shifts, 2), rcond=None)
    assert made.slopes == pytest.approx([slope] * 2)
    assert made.offsets == pytest.approx([offset] * 2)
    assert (made.rmse**2).sum() * 3 == pytest.approx(residual[0])


def test_copies_are_averaged_whichever_way_the_file_has_them():
    known = measured([1.0, 2.0, 4.0], atoms=((0,), (1, 2), (3,)), count=4)
    wanted = [30.0, 28.5, 20.0]
    together = crystal([30.1, 29.9, 29.0, 29.0, 28.0, 28.0, 20.0, 20.0])
    apart = crystal([30.1, 29.0, 28.0, 20.0, 29.9, 29.0, 28.0, 20.0])
    assert of_sites(together, known).tolist() == pytest.approx(wanted)
    assert of_sites(apart, known).tolist() == pytest.approx(wanted)
    with pytest.raises(UserError, match="6 H atoms are no whole number of molecules with the 4"):
        of_sites(crystal([30.0] * 6), known)


def test_the_margin_of_one_candidate_alone_is_infinite():
    assert rank([crystal([30.0, 29.0, 27.0])], measured([1.0, 2.0, 4.0])).margin == np.inf


def test_measured_shifts_are_read(table):
    found = read_measured(
        table("site,atoms,shift,element\nCH3,1;2;3,21.5,C\nCO,5,170,C\nCX,4,,C\nCY,6,1,C\n")
    )
    assert found.sites == ("CH3", "CO", "CY")
    assert found.atoms == ((0, 1, 2), (4,), (5,))
    assert (found.count, found.element) == (6, "C")
    assert found.shifts.tolist() == [21.5, 170.0, 1.0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no measured shifts"),
        ("site,atoms\n1,1\n", "lacks a column"),
        ("site,atoms,shift\n1,0,3.5\n", "line 2: atoms count from 1"),
        ("site,atoms,shift\n1,one,3.5\n", "line 2: invalid literal"),
        ("site,atoms,shift\n1,1,3.5\n2,2,nan\n", "line 3: 'nan' is not a number"),
        ("site,atoms,shift\n1,1,3.5\n2,1,3\n3,2,3\n", "names an atom twice"),
        ("site,atoms,shift\n1,1,3.5\n2,2,3\n", "fewer than three"),
        ("site,atoms,shift,element\n1,1,3.5,H\n2,2,3,C\n", "of the elements C, H"),
        ("site,atoms,shift,element\n1,1,3.5,F\n", "of the elements F"),
    ],
)
def test_a_list_that_is_wrong_is_one_line(table, text, reason):
    with pytest.raises(FormatError, match=reason):
        read_measured(table(text))


def test_the_figure_has_a_point_a_candidate_and_method():
    known = measured([1.0, 2.0, 4.0])
    made = rank([crystal([30.0, 29.0, 27.0]), crystal([30.0, 29.5, 27.0], "b")], known)
    plot = ranking.figure({"GIPAW": made, "network": made}, "a").axes[0]
    drawn = [line for line in plot.lines if line.get_marker() == "o"]
    assert [len(line.get_xdata()) for line in drawn] == [2, 2]
    assert [label.get_text() for label in plot.get_yticklabels()] == ["a", "b"]
