import numpy as np
import pytest

from common.reporting.figures import png_bytes
from common.reporting.peak_figures import MARKS, panel, peak_panels
from common.simulation.protein_planes import simulate
from common.simulation.protein_spins import made_up


@pytest.fixture(scope="module")
def chain():
    return made_up(1, np.random.default_rng(0), (30, 30))[0]


def test_a_panel_of_a_cube_is_its_middle_plane_with_the_labels_on_it(chain):
    found = simulate(chain, "noesy_15n", np.random.default_rng(1))
    drawn = panel(found)
    np.testing.assert_array_equal(drawn.data, found.spectrum.data[:, 2])
    assert [axis.nucleus for axis in drawn.axes] == ["1H", "1H"]
    on = np.abs(found.index[:, 1] - 2) <= 0.5
    assert sum(len(marks) for marks in drawn.marks.values()) == on.sum()


def test_marks_stand_at_their_shifts(chain):
    flat = panel(simulate(chain, "hsqc", np.random.default_rng(2)))
    figure = peak_panels([flat, flat], title="two of one")
    plots = [plot for plot in figure.axes if plot.get_visible()]
    assert len(plots) == 2
    line = plots[0].lines[0]
    assert line.get_marker() == MARKS["true"][0]
    np.testing.assert_allclose(line.get_xdata(), flat.axes[1].ppm(flat.marks["true"][:, 1]))
    left, right = plots[0].get_xlim()
    assert left > right
    assert png_bytes(figure, dpi=30)[:4] == b"\x89PNG"
