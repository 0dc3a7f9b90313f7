"""Complete non-uniformly sampled 2D data by a conventional method and write spectra.

ist_s, ist_d: iterative soft thresholding (Stern, Donoho and Hoch 2007; Drori 2007, hmsIST). irls: compressed
sensing by reweighted least squares (Kazimierczuk and Orekhov 2011). low_rank, low_rank_factorised: low-rank
Hankel completion (after Qu 2015 and Guo 2017). zero_filled: zeros where nothing was measured, the spectrum
that every reconstruction has to beat.

example: nmr-repro apply ist_s test.fid --schedule nuslist --p0 208.3 --region 11 6.2 -o out.ft2
         nmr-repro apply low_rank ser --schedule nuslist --p0 40 -o out.ft2
         nmr-repro apply ist_d test.fid --schedule nuslist --p0 208.3 --virtual-echo -o out.ft2
"""

from __future__ import annotations

import argparse

from common.errors import UserError
from common.nus import apply as nus_apply

NAMES = ("ist_s", "ist_d", "irls", "low_rank", "low_rank_factorised", "zero_filled")
_IST, _LOW_RANK = ("ist_s", "ist_d"), ("low_rank", "low_rank_factorised")
#: Which methods have an option; the others refuse it.
OPTIONS = {
    "iterations": NAMES[:-1],
    "stop_sigma": _IST,
    "virtual_echo": _IST,
    "norm": ("irls",),
    "penalty": _LOW_RANK,
    "rank": ("low_rank_factorised",),
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Those of :func:`common.nus.apply.add_options` and of the methods; what is not given is None."""
    nus_apply.add_options(parser)
    group = parser.add_argument_group("method (default: as `nmr-repro compare nus` compares it)")

    def add(option: str, **how) -> None:
        how["help"] = f"{', '.join(OPTIONS[option])}: {how['help']}"
        group.add_argument(f"--{option.replace('_', '-')}", **how)

    add("iterations", type=int, metavar="N", help="at most this many")
    stop = "lowest threshold in standard deviations of the noise; 0 goes on (default 2)"
    add("stop_sigma", type=float, metavar="X", help=stop)
    echo = "real spectrum; t1 in phase, its first delay 0 or half a dwell"
    add("virtual_echo", action="store_true", default=None, help=echo)
    add("norm", type=float, metavar="P", help="of the spectrum, 0 to 1 (default 1)")
    add("penalty", choices=("log", "nuclear"), help="of the singular values (default log; published nuclear)")
    add("rank", type=int, metavar="K", help="most lines in a column (default 12)")


def main(arguments: argparse.Namespace) -> None:
    """Apply the method ``arguments.name``; ``UserError`` for options that it does not have."""
    given = {option: getattr(arguments, option) for option in OPTIONS}
    given = {option: value for option, value in given.items() if value is not None}
    _check(arguments.name, given)
    from common.classical.methods import METHODS

    method = METHODS[arguments.name]
    echo = _Echo(arguments.t1_p1) if given.pop("virtual_echo", False) else None
    said = [f"--{name.replace('_', '-')} {value}" for name, value in given.items()]
    if "stop_sigma" in given:
        given["stop_sigma"] = given["stop_sigma"] or None

    def estimate(fid, mask):
        options = {**given, **({"virtual_echo": echo.first_delay} if echo else {})}
        return method.complete(fid, mask, write_back=False, **options)

    says = ", ".join([method.title, *said, *(["with a virtual echo"] if echo else [])])
    nus_apply.apply_method(arguments, estimate, says=says, **({"warn": echo.check} if echo else {}))


def _check(name: str, given: dict) -> None:
    """``UserError`` for options that the method does not have or that make no sense."""
    for option in given:
        if name not in OPTIONS[option]:
            raise UserError(f"{name} has no --{option.replace('_', '-')}; leave it out")
    for option in ("iterations", "rank"):
        if given.get(option, 1) < 1:
            raise UserError(f"--{option} {given[option]}: is at least 1")
    if not 0 <= given.get("stop_sigma", 0) < float("inf"):
        raise UserError(f"--stop-sigma {given['stop_sigma']:g}: is at least 0")
    if not 0 <= given.get("norm", 1) <= 1:
        raise UserError(f"--norm {given['norm']:g}: is from 0 to 1")


class _Echo:
    """The first delay of a virtual echo, which the data tell before the method runs."""

    def __init__(self, t1_p1: float):
        if t1_p1:
            raise UserError(f"--virtual-echo needs t1 in phase, which --t1-p1 {t1_p1:g} says it is not")
        self.first_delay = 0.0

    def check(self, points: int, fraction: float, first_delay: float) -> tuple[str, ...]:
        """Keep the delay, in dwells; ``UserError`` where it has no mirror image. Nothing to warn of."""
        from common.classical.virtual_echo import DELAYS

        if first_delay not in DELAYS:
            raise UserError(
                f"--virtual-echo needs a first delay of 0 or half a dwell, not {first_delay:g}; leave it out"
            )
        self.first_delay = first_delay
        return ()
