"""The figures of completed spectra: which are drawn, and that they show the right points."""

import numpy as np
import pytest

from common.nus import figures, testbench, testbench3d


class Session:
    def __init__(self):
        self.drawn = {}

    def figure(self, name, figure):
        self.drawn[name] = figure


def spectra(plane, rng):
    """A network that is right, IST-S at nine tenths of it."""
    reference = plane.reference.data
    zero_filled = rng.normal(size=reference.shape)
    return {"network": reference, "ist_s": 0.9 * reference, "zero_filled": zero_filled}


@pytest.fixture
def protein():
    return testbench.disordered_protein(points=32, residues=10)


def test_a_plane_is_drawn_as_trace_contours_and_heights(protein):
    session = Session()
    figures.draw(session, protein, "0.25", spectra(protein, np.random.default_rng(0)))
    assert set(session.drawn) == {f"{kind}-disordered-0.25" for kind in ("trace", "spectra", "heights")}
    titles = [axes.get_title() for axes in session.drawn["spectra-disordered-0.25"].axes]
    assert titles[:3] == ["fully sampled", "zero-filled", "IST-S"]


def test_independent_fids_have_a_trace_alone():
    rng = np.random.default_rng(0)
    lines = np.exp(0.3j * np.arange(32))[:, None] * [1, 3, 1, 1, 4, 1]
    fids = testbench.independent_fids(lines, 50.0, rng, "some")
    session = Session()
    figures.draw(session, fids, "0.25", spectra(fids, rng))
    assert set(session.drawn) == {"trace-some-0.25"}


def test_heights_are_those_at_the_peaks(protein):
    drawn = figures.heights(protein, spectra(protein, np.random.default_rng(0)), "0.25")
    lines = {line.get_label().split(",")[0]: line for line in drawn.axes[0].lines}
    for label, share in (("IST-S", 0.9), ("network", 1.0)):
        x, y = next(line for name, line in lines.items() if name.startswith(label)).get_data()
        np.testing.assert_allclose(y, share * x)
        np.testing.assert_allclose(x, protein.peaks.height, rtol=0.1)


def test_a_cube_is_drawn_at_the_plane_with_most_peaks():
    cube, session = testbench3d.hnco(points=(12, 16), residues=20, direct=128), Session()
    figures.draw_cube(session, cube, "0.1", spectra(cube, np.random.default_rng(0)))
    assert set(session.drawn) == {"plane-hnco-0.1", "heights-hnco-0.1"}
    assert len(session.drawn["plane-hnco-0.1"].axes) == 6
