"""Complete non-uniformly sampled 2D data by a conventional method and write spectra.

ist_s: iterative soft thresholding (Stern, Donoho and Hoch, J. Magn. Reson. 2007). zero_filled: zeros where
nothing was measured, the spectrum that every reconstruction has to beat.

example: nmr-repro apply ist_s test.fid --schedule nuslist --p0 208.3 --region 11 6.2 -o out.ft2
"""

from __future__ import annotations

import argparse

from common.errors import UserError
from common.nus import apply as nus_apply

ITERATIONS, STOP_SIGMA = 400, 2.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """Those of :func:`common.nus.apply.add_options` and of IST-S."""
    nus_apply.add_options(parser)
    add = parser.add_argument_group("ist_s only").add_argument
    add("--iterations", type=int, metavar="N", help=f"at most (default {ITERATIONS})")
    stop = f"lowest threshold in standard deviations of the noise; 0 goes on (default {STOP_SIGMA:g})"
    add("--stop-sigma", type=float, metavar="X", help=stop)


def main(arguments: argparse.Namespace) -> None:
    """Apply ``arguments.name``, ``ist_s`` or ``zero_filled``."""
    iterations, sigma = arguments.iterations, arguments.stop_sigma
    if arguments.name == "zero_filled":
        if (iterations, sigma) != (None, None):
            raise UserError("zero_filled has neither --iterations nor --stop-sigma; leave them out")
        return nus_apply.apply_method(
            arguments, lambda fid, mask: fid, says="zeros where nothing was measured"
        )
    iterations = ITERATIONS if iterations is None else iterations
    sigma = STOP_SIGMA if sigma is None else sigma
    if iterations < 1 or not 0 <= sigma < float("inf"):
        raise UserError("--iterations is at least 1 and --stop-sigma at least 0")

    def estimate(fid, mask):
        from common.classical.ist import ist_s

        return ist_s(fid, mask, iterations=iterations, stop_sigma=sigma or None, write_back=False)

    says = f"IST-S, at most {iterations} iterations, down to {sigma:g} standard deviations of the noise"
    return nus_apply.apply_method(arguments, estimate, says=says)
