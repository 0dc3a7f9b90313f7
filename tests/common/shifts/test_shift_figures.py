"""Figures of predicted shifts: that they show the right values, and odd proteins too."""

import numpy as np
import pytest

from common.metrics.torsions import coverage_curve
from common.reporting.figures import png_bytes
from common.shiftlist import NUCLEI
from common.shifts import figures
from common.shifts.scoring import LABELS, Atoms


@pytest.fixture
def part():
    """Fifty atoms of each nucleus in five proteins, every second of them clean."""
    rng = np.random.default_rng(0)
    nuclei, proteins = np.repeat(LABELS, 50), np.tile(np.arange(50) % 5, len(LABELS))
    observed = rng.normal(100, 5, len(nuclei))
    error = rng.normal(size=len(nuclei))
    predicted = {"network": observed + error, "mine": observed + 2 * error}
    return Atoms("made-up", observed, predicted, {}, nuclei, proteins, proteins % 2 == 0)


def test_a_comparison_is_drawn_for_all_and_clean(part):
    class Session(dict):
        figure = dict.__setitem__

    session = Session()
    figures.draw(session, part)
    assert list(session) == ["shifts-all", "errors-all", "shifts-clean", "errors-clean"]


def test_points_and_bars_are_the_values(part):
    drawn = figures.predicted_against_observed(part)
    points = drawn.axes[1].collections[0].get_offsets()
    rows = part.nuclei == NUCLEI[1]
    np.testing.assert_allclose(points, np.stack([part.observed, part.predicted["network"]], 1)[rows])
    panels = figures.error_bars(part).axes
    widths = [bar.get_width() for bar in panels[2].patches]
    assert widths[1] == pytest.approx(2 * widths[0])
    assert widths[0] == pytest.approx(part.rmsd("HA", "network").value)
    assert [axes.get_title() for axes in panels][-2:] == ["Hα of Gly, 50 atoms", ""]


def test_a_nucleus_without_atoms_is_left_out(part):
    some = part.pick(np.isin(part.nuclei, ["N", "CA"]))
    visible = [axes.get_visible() for axes in figures.predicted_against_observed(some).axes]
    assert visible == [True, False, False, False, True, False]
    assert len(figures.error_bars(some).axes) == 2


def test_a_profile_has_a_panel_for_each_nucleus_that_is_there():
    rng = np.random.default_rng(0)
    observed = rng.normal(size=(30, 6))
    observed[:, 3] = np.nan
    predicted = {"network": np.where(np.arange(6) == 3, np.nan, observed + 0.5)}
    numbers = [*range(-5, 10), *range(50, 65)]
    drawn = figures.secondary_profile(
        numbers, "ACDEFGHIKLMNPQRSTVWYACDEFGHIKL", observed, predicted, "HEC" * 10
    )
    strip, *plots = drawn.axes
    assert [plot.get_ylabel() for plot in plots] == ["ΔN", "ΔHᴺ", "ΔHα", "ΔCα", "ΔCβ"]
    assert len(strip.patches) == 20
    np.testing.assert_allclose([bar.get_height() for bar in plots[3].patches], observed[:, 4])
    np.testing.assert_allclose(plots[3].lines[0].get_ydata(), predicted["network"][:, 4])
    assert [label.get_text() for label in plots[-1].get_xticklabels()] == ["0", "50", "60"]
    assert png_bytes(drawn, dpi=40).startswith(b"\x89PNG")


def test_coverage_is_in_per_cent():
    kept, wrong = coverage_curve(np.arange(100) > 90, -np.arange(100))
    drawn = figures.coverage_plot({"network": (kept, wrong)}, {"network": (0.9, 0.02), "paper": (0.9, 0.035)})
    curve, ours, paper = drawn.axes[0].lines
    assert curve.get_ydata()[-1] == pytest.approx(9)
    assert (ours.get_xdata()[0], ours.get_ydata()[0], paper.get_ydata()[0]) == pytest.approx((90, 2, 3.5))
    assert [text.get_text() for text in drawn.axes[0].get_legend().get_texts()] == ["network", "paper"]
