"""Quantify a brain spectrum by a conventional method, and write concentrations and the fitted metabolites.

linear_combination: a sum of the metabolites' simulated or measured spectra, with macromolecules, lipids and a
stiff spline under them, as LCModel fits it.

example: nmr-repro apply linear_combination press.SDAT --water water.SDAT --table fit.csv --figure fit.png
         nmr-repro apply linear_combination data.raw --basis 3t.basis --table fit.csv
"""

from __future__ import annotations

import argparse

from common.mrs import apply as mrs_apply

NAMES = ("linear_combination",)
SAYS = "linear-combination fit, real part, 4.2 to 0.2 ppm; errors are Cramer-Rao bounds"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Those of :func:`common.mrs.apply.add_options`."""
    mrs_apply.add_options(parser)


def main(arguments: argparse.Namespace) -> None:
    """Fit ``arguments.input``."""
    mrs_apply.apply_estimator(arguments, fitted, says=SAYS)


def fitted(fids, axis, basis):
    """``estimate`` of :mod:`common.mrs.estimate`: the metabolites of the fit, at their fitted width.

    NaN where a fit did not converge.
    """
    import numpy as np

    from common.classical.linear_combination import linear_combination
    from common.mrs.estimate import Estimate
    from common.simulation.lineshapes import decay

    fit = linear_combination(fids, axis, basis)
    t = np.arange(axis.size) / axis.sw
    shape = np.stack([decay(t, *widths) for widths in zip(fit.lorentz, fit.gauss, strict=True)])
    amounts = np.where(fit.converged[:, None], fit.concentrations, np.nan)
    return Estimate(
        names=fit.names,
        concentrations=amounts,
        covariance=fit.covariance,
        fids=(amounts @ basis.fids) * shape,
        ppm=fit.ppm,
        data=fit.data,
        fit=fit.metabolites + fit.macromolecules + fit.baseline,
        baseline=fit.macromolecules + fit.baseline,
    )
