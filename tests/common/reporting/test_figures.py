"""Figures: shifts from high to low, peaks where they belong, nothing hidden in silence."""

import numpy as np
import pytest

from common.reporting.figures import (
    comparison_figure,
    contour_panels,
    correlation_plot,
    fraction_plot,
    png_bytes,
    trace_plot,
)
from common.spectrum import Axis
from tests.processes import output

AXES = (Axis("15N", 64, 1800.0, 60.8, 118.0), Axis("1H", 128, 3000.0, 600.0, 8.0))


def peak(row, column, height):
    rows, columns = np.ogrid[:64, :128]
    return height * np.exp(-((rows - row) ** 2) / 8 - (columns - column) ** 2 / 8)


def ink(figure):
    """The picture as an array of colours."""
    import io

    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(png_bytes(figure, dpi=40))).convert("RGB"))


def test_contours_lie_at_the_shift_of_the_peak_and_fall_to_the_right():
    figure = contour_panels({"reference": peak(10, 30, 100.0), "nothing": peak(10, 30, 1.0)}, AXES, noise=1.0)
    first, second = figure.axes
    assert first.get_xlim() == (AXES[1].ppm(0), AXES[1].ppm(127))
    assert first.get_ylim() == (AXES[0].ppm(0), AXES[0].ppm(63))
    corners = np.concatenate([path.vertices for path in first.collections[0].get_paths()])
    middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
    assert middle == pytest.approx([AXES[1].ppm(30), AXES[0].ppm(10)], abs=0.01)
    # 5, 7, 9.8, 13.7, 19.2, 26.9, 37.6, 52.7, 73.8 times the noise lie below 100
    assert first.collections[0].levels == pytest.approx(5 * 1.4 ** np.arange(9))
    assert (first.get_title(), second.get_title()) == ("fully sampled", "nothing")
    assert not second.collections
    assert [text.get_text() for text in second.texts] == ["nothing above 5 × noise"]
    assert figure.get_supxlabel() == "¹H shift (ppm)"
    assert figure.get_supylabel() == "¹⁵N shift (ppm)"


def test_negative_signal_has_its_own_colour():
    figure = contour_panels({"a": peak(20, 90, 50.0) - peak(40, 30, 50.0)}, AXES, noise=1.0)
    positive, negative = figure.axes[0].collections
    assert positive.get_edgecolor().tolist() != negative.get_edgecolor().tolist()
    corners = np.concatenate([path.vertices for path in negative.get_paths()])
    assert corners[:, 0].mean() == pytest.approx(AXES[1].ppm(30), abs=0.02)


def test_a_comparison_has_every_spectrum_and_what_it_cost():
    methods = [f"method {number}" for number in range(7)]
    costs = {
        condition: {name: ([0.1, 10.0**number], [0.1, 0.3]) for number, name in enumerate(methods)}
        for condition in ("12.5%", "a/very/long/path/to/a/schedule/that/does/not/fit, 25.0%")
    }
    panels = {"reference": peak(10, 30, 50.0), **{name: peak(10, 30, 40.0) for name in methods}}
    costs["12.5%"]["noise floor"] = ([], [0.1, 0.2])
    figure = comparison_figure(panels, AXES, 1.0, costs, title="acbp", remarks={"method 6": "RLNE 0.2"})
    drawn = [plot for plot in figure.axes if plot.get_visible()]
    titles = ["fully sampled", *methods[:6], "method 6, RLNE 0.2"]
    assert [plot.get_title() for plot in drawn[:8]] == titles
    first, second = drawn[8:]
    assert (first.get_title(), second.get_title()[0]) == ("12.5%", "…")
    points = [line.get_xydata()[0] for line in first.lines[:7]]
    expected = np.stack([(0.1 + 10.0 ** np.arange(7)) / 2, np.full(7, 0.2)], axis=1)
    np.testing.assert_allclose(points, expected)
    (legend,) = figure.subfigs[1].legends
    assert [text.get_text() for text in legend.get_texts()] == [*methods, "noise floor"]
    np.testing.assert_allclose(first.lines[7].get_ydata(), 0.15)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_any_number_of_panels_fits(count):
    figure = contour_panels({str(index): peak(20, 90, 50.0) for index in range(count)}, AXES, noise=1.0)
    assert sum(plot.get_visible() for plot in figure.axes) == count
    assert len(np.unique(ink(figure).reshape(-1, 3), axis=0)) > 2


def test_correlation_says_what_it_cannot_show():
    reference = np.array([1.0, 2.0, 4.0])
    figure = correlation_plot(
        reference,
        {"network": reference, "zero_filled": np.array([1.0, -1.0, 3.0])},
        remarks={"network": "r² 1"},
    )
    (plot,) = figure.axes
    texts = [text.get_text() for text in plot.get_legend().get_texts()]
    assert texts == ["network, r² 1", "zero-filled, 1 not shown"]
    assert plot.lines[1].get_xdata().tolist() == [1.0, 4.0]


def test_fractions_are_percent_over_a_floor():
    figure = fraction_plot(
        [0.125, 0.25],
        {"network": ([0.2, 0.1], [0.01, 0.02]), "ist_s": ([0.4, 0.2], None)},
        floor=[0.05, 0.04],
    )
    (plot,) = figure.axes
    assert plot.lines[0].get_xdata().tolist() == [12.5, 25.0]
    assert plot.get_ylim() == (0.0, pytest.approx(0.44))
    assert {text.get_text() for text in plot.get_legend().get_texts()} == {"network", "IST-S", "noise floor"}


def test_a_trace_stands_over_its_difference_from_the_first():
    figure = trace_plot(AXES[1], {"reference": np.ones(128), "network": np.full(128, 1.5)})
    upper, lower = figure.axes
    assert upper.lines[1].get_ydata().max() == 1.5
    assert set(lower.lines[0].get_ydata()) == {0.5}
    assert upper.get_xlim() == (AXES[1].ppm(0), AXES[1].ppm(127))


def test_equal_figures_are_equal_small_files_without_metadata():
    files = [png_bytes(contour_panels({"a": peak(20, 90, 50.0)}, AXES, noise=1.0)) for _ in range(2)]
    assert files[0] == files[1]
    assert len(files[0]) < 60_000
    assert b"atplotlib" not in files[0]


def test_importing_the_module_does_not_import_matplotlib():
    script = "import sys, common.reporting.figures; assert 'matplotlib' not in sys.modules"
    output("-c", script)


def test_a_style_of_the_user_does_not_leak_in_or_ours_out():
    import matplotlib

    before = matplotlib.rcParams["font.size"]
    with matplotlib.rc_context({"axes.titlesize": 40}):
        figure = contour_panels({"a": peak(20, 90, 50.0)}, AXES, noise=1.0)
    assert figure.axes[0].title.get_fontsize() == 10
    assert matplotlib.rcParams["font.size"] == before
