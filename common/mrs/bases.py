"""The basis set for an acquisition: simulated for its field, sequence and echo time, or a user's own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from common.acquisition import Acquisition, Basis
from common.errors import UserError
from common.spectrum import Axis

#: What a file's own name of a sequence holds, and what :mod:`common.simulation.sequences` calls it. In order:
#: Siemens' svs_se is PRESS, svs_st is STEAM, GE's PROBE-P is PRESS.
KINDS = (
    ("slaser", ("slaser", "s-laser", "s_laser", "semilaser")),
    ("special", ("special",)),
    ("steam", ("steam", "svs_st", "probe-s", "probe_s")),
    ("press", ("press", "svs_se", "probe-p", "probe_p", "probe")),
)
#: Signs of J-difference editing, which one spectrum alone says nothing of.
EDITED = ("mega", "hermes", "hercules", "edit", "mpress")
#: Fields apart by this share are one: chemical shifts scale, couplings are taken to. ours: 123.2 to 127.8 MHz
#: are 4 % apart; line positions inside multiplets are then off by less than half a hertz.
SAME_FIELD = 0.05


def kind(sequence: str) -> str:
    """``press``, ``steam``, ``slaser`` or ``special`` of a file's name for its sequence; empty if unknown.

    ``UserError`` for edited data.
    """
    low = sequence.lower()
    if any(word in low for word in EDITED):
        raise UserError(f"{sequence}: edited data, which need a basis and a method of their own")
    return next((kind for kind, words in KINDS if any(word in low for word in words)), "")


def simulated(acquisition: Acquisition) -> Basis:
    """The suite's basis for field, sequence and echo time of an acquisition, on its axis.

    ``UserError`` where sequence or echo time are not stated, or no such basis can be simulated.
    """
    from common.simulation.metabolites import basis
    from common.simulation.sequences import SEQUENCES

    name = kind(acquisition.sequence) or acquisition.sequence
    known = [other for other in SEQUENCES if other != "pulse_acquire"]
    if name not in known:
        said = f"the sequence {name!r}" if name else "a sequence that is not stated"
        raise UserError(
            f"there is no simulated basis for {said}; name the nearest with --sequence ({', '.join(known)})"
            f"{' and the echo time with --te' if acquisition.te is None else ''}, or a basis set with --basis"
        )
    if acquisition.te is None:
        raise UserError("the file does not state the echo time; give --te, in ms")
    try:
        return basis(acquisition.axis, name, acquisition.te)
    except ValueError as error:
        raise UserError(f"no basis can be simulated: {error}") from None


def on_axis(basis: Basis, axis: Axis) -> Basis:
    """A basis at the dwell, length, carrier and field of another axis.

    Shifts in ppm stay, so a slightly different field stretches frequencies, couplings among them; times
    beyond the end of the basis are empty. Amplitudes stay those at time zero. ``UserError`` for another
    field, or for a basis of too narrow a spectral width.
    """
    from scipy.interpolate import make_interp_spline

    own = basis.axis
    if abs(own.mhz / axis.mhz - 1) > SAME_FIELD:
        raise UserError(f"the basis set is of {own.mhz:.1f} MHz, the data of {axis.mhz:.1f} MHz")
    middle = 2.3  # ppm, of the window: where a smooth curve through the points is most true
    if (4.65 - middle) * own.mhz > 0.35 * own.sw:
        raise UserError(f"the basis set has a spectral width of {own.sw:.0f} Hz; needs more")
    known = np.arange(own.size) / own.sw
    t = np.arange(axis.size) / axis.sw * (axis.mhz / own.mhz)
    still = basis.fids * np.exp(-2j * np.pi * (middle - own.carrier) * own.mhz * known)
    inside = t <= known[-1]
    fids = np.zeros((len(basis.names), axis.size), complex)
    fids[:, inside] = make_interp_spline(known, still, k=7, axis=1)(t[inside])
    turn = np.exp(2j * np.pi * (middle - axis.carrier) * axis.mhz * np.arange(axis.size) / axis.sw)
    return replace(basis, fids=fids * turn, axis=axis)
