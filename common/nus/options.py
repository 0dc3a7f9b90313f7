"""What the doors for 2D and 3D data share: types of options, how dimensions are processed.

Imports nothing but the standard library until it works.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from common.errors import UserError

#: How an indirect dimension may have been recorded.
QUADRATURES = ("states", "states-tppi", "echo-antiecho")
#: First times in dwells.
DELAYS = (0.0, 0.5, 1.0)
#: A window as :func:`common.processing.sine_bell` takes it.
LIMITS = ("OFF", "END", "POWER")
#: Options that need the direct dimension in time.
DIRECT = ("window", "zero_fill", "solvent_order")


def whole(text: str) -> int:
    """A number of points."""
    if not text.isdecimal() or not 0 < int(text) <= 2**20:
        raise argparse.ArgumentTypeError(f"needs a whole number from 1 to {2**20}, not {text!r}")
    return int(text)


def order(text: str) -> int | str:
    """The order of a polynomial, or ``none``."""
    if text != "none" and not (text.isdecimal() and int(text) <= 32):
        raise argparse.ArgumentTypeError(f"needs a whole number up to 32 or none, not {text!r}")
    return text if text == "none" else int(text)


def processed_direct(spectrum, arguments):
    """Data whose direct dimension is transformed already, phased and real; others as they are.

    ``UserError`` for options that need it in time, or complex.
    """
    from common.nus.measured import real_direct

    direct = spectrum.axes[-1]
    if direct.domain == "time":
        return spectrum
    if direct.encoding == "complex":
        spectrum, useless = real_direct(spectrum, arguments.p0 or 0, arguments.p1 or 0), DIRECT
    else:
        useless = (*DIRECT, "p0", "p1")
    for name in useless:
        if getattr(arguments, name) is not None:
            option, why = f"--{name.replace('_', '-')}", "is transformed already"
            why += "" if direct.encoding == "complex" else " and real"
            raise UserError(f"{option}: the direct dimension of {spectrum.source} {why}; leave it out")
    return spectrum


def direct_recipe(spectrum, arguments, **about_t1):
    """How the direct dimension is processed; ``UserError`` for a region or a zero filling it does not allow.

    about_t1: further fields of :class:`common.processing.DirectRecipe`.
    """
    from common.processing import DirectRecipe

    if arguments.region:
        try:
            spectrum.axes[-1].region(*arguments.region)
        except ValueError as error:
            raise UserError(f"--region: {error}") from None
    options = ("t1_zero_fill", "t2_zero_fill")[: len(spectrum.axes) - 1]
    _check_zero_fills((*options, "zero_fill"), spectrum.axes, arguments)
    return DirectRecipe(
        p0=arguments.p0 or 0.0,
        p1=arguments.p1 or 0.0,
        polynomial_order=None if arguments.solvent_order in (None, "none") else arguments.solvent_order,
        window=tuple(arguments.window or DirectRecipe().window),
        zero_fill=arguments.zero_fill,
        region=tuple(arguments.region) if arguments.region else None,
        **about_t1,
    )


def _check_zero_fills(options: Iterable[str], axes, arguments) -> None:
    for option, axis in zip(options, axes, strict=True):
        size = getattr(arguments, option)
        if size is not None and size < axis.size:
            name = option.replace("_", "-")
            raise UserError(f"--{name} {size}: there are {axis.size} points already; give more")


def indirect_recipe(delay: float, p1: float, window, zero_fill: int | None):
    """How an indirect dimension is processed whose first point lies at ``delay`` dwells."""
    from common.processing import DirectRecipe, IndirectRecipe

    return IndirectRecipe(
        p1=p1,
        window=tuple(window or DirectRecipe().window),
        first_point=1.0 if delay >= 0.5 else 0.5,  # see common.processing.delay_phase
        zero_fill=zero_fill,
    )
