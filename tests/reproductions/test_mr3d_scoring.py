"""Methods on the same atoms of test crystals: sets, intervals over crystals, folds put together."""

import numpy as np
import pytest

from common.errors import FormatError
from common.training.findings import Findings
from reproductions.mr3d_densenet import scoring
from reproductions.mr3d_densenet.scoring import Predicted, joined, path_of, read, score, write


def made(crystals=("AAAA", "BBBB", "CCCC"), atoms=4, seed=0) -> Predicted:
    """Relaxed and rattled atoms; the network's errors are half of those of kernel regression."""
    rng = np.random.default_rng(seed)
    crystal = np.repeat([f"{name}" for name in crystals], 2 * atoms)
    rattled = np.tile(np.repeat([False, True], atoms), len(crystals))
    known = rng.normal(100, 50, len(crystal))
    error = rng.normal(0, 10, len(crystal))
    copies = np.where(rattled, 1, 1 + np.arange(len(crystal)) % 4)
    predicted = {
        "network": known + error / 2,
        "soap_krr": known - error,
        "mean": np.full(len(crystal), 100.0),
        "shiftml_published": np.where(rattled, np.nan, known + 1),
    }
    stated = {"network": np.full(len(crystal), 5.0)}
    return Predicted("shiftml_csd", "N", known, crystal, rattled, copies, predicted, stated)


def test_sets_count_copies_and_leave_out_methods_that_predict_none():
    found = made()
    sets = found.sets()
    relaxed = ~found.rattled
    assert list(sets) == ["test", "all_atoms", "rattled"]
    assert len(sets["test"].known) == relaxed.sum()
    assert len(sets["all_atoms"].known) == found.copies[relaxed].sum()
    assert "shiftml_published" in sets["test"].predicted
    assert "shiftml_published" not in sets["rattled"].predicted
    # a weight of each error by its copies, worked out another way
    square = (found.predicted["network"] - found.known)[relaxed] ** 2
    expected = np.sqrt(np.average(square, weights=found.copies[relaxed]))
    assert sets["all_atoms"].rmse("network").value == pytest.approx(expected)


def test_methods_are_compared_on_atoms_that_all_of_them_predict():
    found = made()
    found.predicted["soap_krr"][:3] = np.nan
    found.known[5] = np.nan
    test, rattled = found.sets()["test"], found.sets()["rattled"]
    assert len(test.known) == 12 - 3
    assert len(rattled.known) == 12 - 1
    assert all(np.isfinite(values).all() for values in test.predicted.values())


def test_a_run_without_rattled_atoms_has_no_such_set():
    found = made()
    assert list(found.pick(~found.rattled).sets()) == ["test", "all_atoms"]


def test_the_ratio_is_paired_so_that_hard_crystals_do_not_widen_it():
    ratio = made().sets()["test"].compare("network").ratio
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((0.5, 0.5, 0.5))
    assert made().sets()["test"].compare("network").difference.value < 0


def test_scores_of_a_run(tmp_path):
    session, found = Findings(tmp_path), made()
    score(session, found)
    ours, baselines = session.scores.metrics, session.scores.baselines
    case = "shiftml_csd/test/N"
    assert ours[f"{case}/soap_krr_ratio"]["value"] == pytest.approx(0.5)
    assert ours[f"{case}/rmse"]["unit"] == "ppm"
    assert baselines["shiftml_published"][f"{case}/mae"]["value"] == pytest.approx(1)
    assert baselines["mean"][f"{case}/r2"]["value"] <= 0
    assert "shiftml_csd/rattled/N/rmse" not in baselines["shiftml_published"]
    assert "shiftml_csd/all_atoms/N/rmse" in baselines["shiftml_published"]
    error = np.abs(found.predicted["network"] - found.known)[~found.rattled]
    assert ours[f"{case}/coverage_1sd"]["value"] == pytest.approx(np.mean(error <= 5) / 0.6827)
    assert f"{case}/soap_krr_ratio" not in baselines["soap_krr"]
    assert any("12 atoms of 3 crystals" in note for note in session.notes)
    kept = read(path_of(tmp_path, "N"))
    assert kept.compare("network") == found.compare("network")


def test_without_kernel_regression_there_is_no_ratio(tmp_path):
    session, found = Findings(tmp_path), made()
    del found.predicted["soap_krr"]
    score(session, found)
    assert not [id for id in session.scores.metrics if "ratio" in id]


def test_folds_are_pooled_once_each(tmp_path):
    first, second = made(("AAAA", "BBBB")), made(("CCCC",), seed=1)
    both = joined([first, second])
    squares = np.concatenate([(part.predicted["network"] - part.known) ** 2 for part in (first, second)])
    assert both.rmse("network").value == pytest.approx(np.sqrt(squares.mean()))
    with pytest.raises(ValueError, match="stands in two"):
        joined([first, first])
    with pytest.raises(ValueError, match="one element"):
        joined([first, Predicted("other", "N", *(getattr(second, name) for name in FIELDS))])


FIELDS = ("known", "crystal", "rattled", "copies", "predicted", "stated")


def test_what_is_no_file_of_predictions(tmp_path):
    path = tmp_path / "N.npz"
    write(path, made())
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(FormatError, match="does not hold"):
        read(path)
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(FormatError, match="does not hold"):
        read(tmp_path / "other.npz")
    with pytest.raises(ValueError, match="do not belong together"):
        scoring.Predicted("a", "N", np.zeros(3), *(getattr(made(), name) for name in FIELDS[1:]))
