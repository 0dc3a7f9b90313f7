"""Figures of NMR-Net: precision against recall, reliability, worst cases, simulated beside measured."""

from __future__ import annotations

import numpy as np

from common.classical.peak_picking import quiet_noise
from common.metrics.picking import precision_recall, score_picking
from common.reporting.figures import METHODS, OTHERS, styled
from common.reporting.peak_figures import Panel, panel, peak_panels

from .scoring import counted, pooled, reliability
from .small import KINDS, simulate_small

#: How the methods are drawn.
DRAWN = {
    "network": METHODS["network"],
    "height": ("height", "#000000"),
    "nmrglue_downward": ("nmrglue downward", OTHERS[0]),
}
#: Times the noise that stands for it in figures of small molecules.
STRIPES = 20
#: Spectra in a figure of worst cases.
WORST = 6


def draw_simulated(session, known: dict) -> None:
    """Curves, reliability and worst cases of the simulated test spectra."""
    session.figure("precision-recall", curves({name: pooled(pairs) for name, pairs in known.items()}))
    session.figure("reliability", reliabilities(known))
    session.figure("worst-simulated", worst_simulated(known))


def draw_measured(session, known: dict, protein_l, spectra, scores: dict, small: bool) -> None:
    """Measured spectra: beside simulated ones, by height and by network, and the worst of them.

    small: whether simulated small molecules were learnt from, so that they are shown.
    """
    if protein_l:
        session.figure("simulated-beside-measured", beside(known, protein_l))
    if spectra:
        session.figure("zones", zone_scores(spectra, scores))
        session.figure("worst-zones", worst_zones(spectra, scores))
        if small:
            session.figure("small-beside-measured", small_beside(spectra))


@styled
def curves(found: dict):
    """Precision against recall of all candidates of each experiment, every method; a dot is its cut."""
    from matplotlib.figure import Figure

    columns = min(4, len(found))
    rows = -(-len(found) // columns)
    figure = Figure(figsize=(2.4 * columns, 2.4 * rows + 0.3), layout="constrained")
    plots = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for plot, (experiment, picks) in zip(plots.flat, found.items(), strict=False):
        for method, one in picks.items():
            label, colour = DRAWN[method]
            precision, recall, score = precision_recall(one.score, one.matched)
            plot.plot(recall, precision, color=colour, label=label)
            cut = int((score >= one.cut).sum()) - 1
            if cut >= 0:
                plot.plot(recall[cut], precision[cut], "o", color=colour)
        plot.set(title=experiment, xlim=(0, 1), ylim=(0, 1.02))
    for plot in plots[-1]:
        plot.set_xlabel("recall")
    for row in plots:
        row[0].set_ylabel("precision")
    plots[0, 0].legend(loc="lower left")
    return figure


@styled
def reliabilities(known: dict):
    """Share of true candidates against stated probability, an experiment a line."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 3.8), layout="constrained")
    plot = figure.subplots()
    plot.plot([0, 1], [0, 1], color="gray", linewidth=0.8)
    colours = [DRAWN["network"][1], "#D55E00", *OTHERS]
    for k, (experiment, pairs) in enumerate(known.items()):
        error, table = reliability(*counted([made["network"] for _, made in pairs]))
        style = "-" if k < len(colours) else "--"
        label = f"{experiment}, off by {error:.3f}"
        plot.plot(
            table[:, 0], table[:, 1], f"o{style}", color=colours[k % len(colours)], label=label, markersize=3
        )
    plot.set(xlabel="stated probability", ylabel="share of true peaks", xlim=(0, 1), ylim=(0, 1))
    plot.legend(loc="upper left")
    return figure


def worst_simulated(known: dict):
    """Spectra in which the network loses most against height, or gains least, with what it picks."""
    rows = []
    for experiment, pairs in known.items():
        for one, made in pairs:
            ap = {m: score_picking(made[m].score, made[m].matched).get("ap") for m in ("network", "height")}
            if None not in ap.values():
                rows.append((ap["network"] - ap["height"], experiment, ap, one, made))
    rows.sort(key=lambda row: row[0])
    panels = []
    for _, experiment, ap, one, made in rows[:WORST]:
        title = f"{experiment}, AP {ap['network']:.2f}, height {ap['height']:.2f}"
        panels.append(with_picks(panel(one.labelled, title), one, made["network"]))
    return peak_panels(panels, title="simulated spectra where the network is worst beside height")


def with_picks(drawn: Panel, one, pick) -> Panel:
    """A panel of a simulated spectrum with what the network picks, in a 3D on its middle plane."""
    picked = (pick.score >= pick.cut) & pick.matched.counted
    point, index, slab = one.found.point[picked], one.found.index[picked], one.labelled.slab
    if slab >= 0:
        here = point[:, slab] == one.labelled.spectrum.data.shape[slab] // 2
        index = np.delete(index[here], slab, axis=1)
    return Panel(drawn.title, drawn.data, drawn.axes, drawn.noise, drawn.marks | {"picked": index})


def beside(known: dict, protein_l):
    """Two simulated HSQCs and that of protein L, with labels or listed peaks and what is picked."""
    spectrum, found, noise, true, made = protein_l
    one = made["network"]
    ends = np.stack([axis.index(true[:, d]) for d, axis in enumerate(spectrum.axes)], axis=1)
    marks = {"true": ends, "picked": found.index[one.score >= one.cut]}
    panels = [
        with_picks(panel(seen.labelled, f"simulated, {seen.labelled.protein}"), seen, picks["network"])
        for seen, picks in known.get("hsqc", ())[:2]
    ]
    panels.append(Panel("measured, protein L", spectrum.data, spectrum.axes, noise, marks))
    return peak_panels(panels)


def small_beside(spectra):
    """Simulated spectra of small molecules and the measured ones of development, with centres of zones.

    The noise is multiplied, so that colours end where t1 stripes are.
    """
    drawn = []
    for seed, kind in enumerate(KINDS):
        plane = simulate_small(kind, np.random.default_rng(seed))
        drawn.append((f"simulated {kind}", plane.spectrum, plane.zones.mean(axis=-1)))
    for one in spectra:
        if one.role == "development":
            drawn.append((f"measured {one.experiment}", one.spectrum, centres(one)))
    panels = [
        Panel(title, spectrum.data, spectrum.axes, STRIPES * quiet_noise(spectrum.data), {"true": true})
        for title, spectrum, true in drawn
    ]
    return peak_panels(panels, title=f"+ zones; σ is here {STRIPES} times the noise")


def centres(one) -> np.ndarray:
    """Fractional indices (m, 2) of the centres of zones."""
    axes = one.spectrum.axes
    return np.stack([axis.index(one.zones[:, d].mean(axis=1)) for d, axis in enumerate(axes)], axis=1)


@styled
def zone_scores(spectra, scores: dict):
    """Average precision by network against that by height, a measured spectrum a point."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6, 4.2), layout="constrained")
    plot = figure.subplots()
    plot.plot([0, 1], [0, 1], color="gray", linewidth=0.8)
    kinds = sorted({one.experiment for one in spectra})
    colours = dict(zip(kinds, [DRAWN["network"][1], "#D55E00", *OTHERS], strict=False))
    labelled = set()
    for one in spectra:
        ap = zone_aps(one, scores)
        label = one.experiment if one.experiment not in labelled else None
        labelled.add(one.experiment)
        plot.plot(ap["height"], ap["network"], "o", color=colours[one.experiment], label=label)
        if abs(ap["height"] - ap["network"]) > 0.1:
            plot.annotate(one.compound, (ap["height"], ap["network"]), fontsize=6)
    plot.set(xlabel="average precision by height", ylabel="by network", xlim=(0, 1.03), ylim=(0, 1.03))
    plot.legend(loc="lower right")
    return figure


def zone_aps(one, scores: dict) -> dict[str, float]:
    """Average precision of each method on a measured spectrum."""
    return {
        method: score_picking(made.score, one.matched(made.score, made.places))["ap"]
        for method, made in scores[one.name].items()
    }


def worst_zones(spectra, scores: dict):
    """Measured spectra of lowest average precision, centres of zones and as many best candidates as zones."""
    rows = sorted(((zone_aps(one, scores)["network"], one) for one in spectra), key=lambda row: row[0])
    panels = []
    for ap, one in rows[:WORST]:
        value = scores[one.name]["network"].score
        counting = np.flatnonzero(one.matched(value).counted)
        best = counting[np.argsort(-value[counting], kind="stable")][: len(one.zones)]
        true = centres(one)
        marks = {"true": true[~one.diagonal], "diagonal": true[one.diagonal], "picked": one.found.index[best]}
        height = zone_aps(one, scores)["height"]
        title = f"{one.name}, AP {ap:.2f}, height {height:.2f}"
        panels.append(Panel(title, one.spectrum.data, one.spectrum.axes, one.found.noise, marks))
    title = "+ zones, × zones on the diagonal, ○ as many of the most probable candidates; colours end at 10 σ"
    return peak_panels(panels, title=title)
