"""The figure of a 1D spectrum with its regions: panels, words, and spectra without any signal."""

import numpy as np

from common.classical.signals import find_signals
from common.io.regions import make_regions
from common.reporting import region_figures
from common.reporting.figures import png_bytes
from common.reporting.region_figures import _spread, counted, named, region_figure
from common.spectrum import Axis

AXIS = Axis("1H", 4096, 6000.0, 500.0, 5.0)


def made(count: int, kind: str = "signal", **options):
    ppm = np.linspace(1, 9, count)
    data = sum(1 / (1 + (AXIS.hz() - 500 * place) ** 2) for place in ppm) + 0 * AXIS.hz()
    data = data + 1e-3 * np.random.default_rng(0).normal(size=AXIS.size)
    regions = make_regions([[place + 0.05, place - 0.05] for place in ppm], [kind] * count)
    return find_signals(data, AXIS, regions, **options)


def test_every_signal_has_a_panel_up_to_a_number(monkeypatch):
    monkeypatch.setattr(region_figures, "MOST", 3)
    figure = region_figure(AXIS, made(3, protons=6), "three")
    assert len(figure.axes) == 1 + 3
    titles = [plot.get_title() for plot in figure.axes[1:]]
    assert all(title.startswith(("2.0", "1.9")) and title.endswith("H  s") for title in titles)
    many = region_figure(AXIS, made(5), "many")
    assert len(many.axes) == 1 + 3
    assert "2 smaller signals are not enlarged" in many.get_suptitle()


def test_nothing_and_solvent_alone_are_drawn_too():
    for signals in (made(0), made(1, "solvent")):
        figure = region_figure(AXIS, signals, "none")
        assert len(figure.axes) == 1
        assert png_bytes(figure).startswith(b"\x89PNG")


def test_words_say_what_is_suggested():
    signals = made(2)
    assert counted(signals, 0).startswith("~1.0")
    assert named(signals, 0) == "s"


def test_labels_stand_apart_about_where_they_belong():
    found = _spread(np.array([8.0, 3.0, 2.99, 2.98]), 0.1)
    np.testing.assert_allclose(found, [8.0, 3.09, 2.99, 2.89])
    assert len(_spread(np.zeros(0), 0.1)) == 0
