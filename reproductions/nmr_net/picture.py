"""The figure of a picked spectrum: contours, peaks coloured by their probability, what was not picked."""

from __future__ import annotations

import numpy as np

from common.classical.peak_picking import quiet_noise
from common.io.peaklists import PeakList
from common.reporting.figures import contour_panels, styled
from common.spectrum import Axis, Spectrum

#: ours: contours begin at half of the weakest peak, and at least so many times the noise, of a projection a
#: little higher, as it keeps the highest.
LOWEST, PROJECTED = 5.0, 7.0
#: Points of an axis that are drawn at most: more are not seen.
DRAWN = 1500
#: Marks of peaks, smaller where there are many.
SIZES = (26.0, 8.0)
MANY = 400


@styled
def figure(spectrum: Spectrum, peaks: PeakList, found: PeakList, title: str, noise: float | None = None):
    """A 2D spectrum, or the projections of a 3D one, with picked peaks and candidates that were not.

    peaks: as picked. found: all candidates; grey dots are those of them above the lowest contour that are not
    in the list. noise: standard deviation, estimated where None.
    """
    from matplotlib.figure import Figure

    noise = quiet_noise(spectrum.data) if noise is None else noise
    ndim = spectrum.data.ndim
    pairs = [(0, 1)] if ndim == 2 else [(1, 2), (0, 2), (0, 1)]
    weakest = 0.5 * np.abs(peaks.height).min(initial=np.inf) / noise
    lowest = max(LOWEST if ndim == 2 else PROJECTED, weakest if len(peaks) else 0.0)
    drawn = Figure(figsize=(7.2, 6.2) if ndim == 2 else (14.4, 5.2), layout="constrained")
    parts = np.atleast_1d(drawn.subfigures(1, len(pairs)))
    clear = np.abs(found.height) > lowest * noise
    listed = {tuple(place) for place in peaks.ppm}
    left = np.array([tuple(place) not in listed for place in found.ppm], bool)
    shade = _shade(peaks)
    for part, (row, column) in zip(parts, pairs, strict=True):
        plane = _projected(spectrum.data, row, column)
        values, axes = _thinned(plane, (spectrum.axes[row], spectrum.axes[column]))
        contour_panels({"": values}, axes, noise, lowest=lowest, figure=part)
        plot = part.axes[0]
        rest = found.ppm[clear & left]
        plot.plot(rest[:, column], rest[:, row], ".", color="#999999", markersize=2.5, zorder=2)
        size = SIZES[len(peaks) > MANY]
        colours = shade.to_rgba(peaks.probability)
        plot.scatter(
            peaks.ppm[:, column], peaks.ppm[:, row], s=size, facecolors="none", edgecolors=colours,
            zorder=3, linewidths=1.1,
        )  # fmt: skip
        part.suptitle("")
    drawn.colorbar(shade, ax=parts[-1].axes[0], label="probability", shrink=0.6)
    said = f"○ {len(peaks)} peaks, · other candidates; contours from {lowest:.3g} × noise, negative orange"
    drawn.suptitle(f"{title}\n{said}", fontsize=9)
    return drawn


def _shade(peaks: PeakList):
    """Colours of probabilities, from the least that is listed, .5 at most."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    return ScalarMappable(Normalize(float(peaks.probability.min(initial=0.5)), 1.0), "viridis_r")


def _projected(values: np.ndarray, row: int, column: int) -> np.ndarray:
    """The value of largest modulus along the axes that are not drawn."""
    across = tuple(d for d in range(values.ndim) if d not in (row, column))
    if not across:
        return values
    high, low = values.max(axis=across), values.min(axis=across)
    return np.where(high >= -low, high, low)


def _thinned(plane: np.ndarray, axes: tuple[Axis, Axis]) -> tuple[np.ndarray, tuple[Axis, Axis]]:
    """A plane of at most ``DRAWN`` points an axis, of each stretch the value of largest modulus."""
    made = list(axes)
    for d, axis in enumerate(axes):
        step = -(-axis.size // DRAWN)
        if step == 1:
            continue
        size = axis.size // step
        plane = np.take(plane, np.arange(size * step), axis=d)
        blocks = np.moveaxis(np.moveaxis(plane, d, 0).reshape(size, step, -1), 1, 0)
        high, low = blocks.max(axis=0), blocks.min(axis=0)
        plane = np.moveaxis(np.where(high >= -low, high, low).reshape(size, -1), 0, d)
        # a stretch is drawn where its middle is
        cut = axis.cut(slice(0, size * step))
        shift = (step - 1) / 2 * axis.sw / axis.size / axis.mhz
        made[d] = Axis(axis.nucleus, size, cut.sw, axis.mhz, cut.carrier - shift)
    return plane, (made[0], made[1])
