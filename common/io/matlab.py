"""The experimental ubiquitin HSQC of the Spinach library: echo and anti-echo FIDs in a MATLAB v5 file.

The file holds FIDs only. Spectral widths, carriers and field are those of its companion script,
``examples/nmr_proteins/expt_data/hsqc_ubiquitin_expt.m`` (https://github.com/IlyaKuprov/Spinach, MIT licence;
data of Donghan Lee).
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from common.errors import FormatError
from common.spectrum import Axis, Spectrum

FIELD = 11.7395  # T
#: nucleus -> (gyromagnetic ratio over 2 pi in MHz/T, spectral width in Hz, carrier in Hz above 0 ppm).
#: Spinach counts the offset in the sense of precession, hence its -5870 Hz for 15N with its negative ratio.
NUCLEI = {"15N": (4.3173, 2000.0, 5870.0), "1H": (42.57748, 4000.0, 3753.0)}


def read_spinach_hsqc(path: str | Path) -> Spectrum:
    """Time-domain HSQC, rows alternating P and N (``echo-antiecho``), shape (2 * t1 points, direct points).

    In the file both proton and nitrogen time run the other way than here, so the FIDs are conjugated and
    change places. Its direct phase is p0 = 0.7 rad (40.107 degrees), that of t1 is 90 degrees; residual water
    is at 4.7 ppm. Raises ``FormatError``.
    """
    pos, neg = _read_fids(path)
    rows = np.empty((2 * pos.shape[1], pos.shape[0]), np.complex128)
    rows[0::2], rows[1::2] = neg.T.conj(), pos.T.conj()
    sizes = {"15N": (pos.shape[1], "echo-antiecho"), "1H": (pos.shape[0], "complex")}
    axes = []
    for nucleus, (size, encoding) in sizes.items():
        ratio, sw, carrier = NUCLEI[nucleus]
        axes.append(Axis(nucleus, size, sw, ratio * FIELD, carrier / (ratio * FIELD), "time", encoding))
    return Spectrum(rows, tuple(axes), source=str(path))


def _read_fids(path) -> tuple[np.ndarray, np.ndarray]:
    """``fid.pos`` and ``fid.neg``: finite, complex, both of shape (direct points, t1 points)."""
    from scipy.io import loadmat

    with open(path, "rb") as file, warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            fid = loadmat(file, variable_names=["fid"], struct_as_record=False, squeeze_me=True)["fid"]
            pos, neg = (np.asarray(getattr(fid, name), np.complex128) for name in ("pos", "neg"))
        except Exception as error:  # a damaged file makes SciPy raise nearly anything
            reason = f"no MATLAB structure 'fid' with FIDs 'pos' and 'neg' ({type(error).__name__}: {error})"
            raise FormatError(path, reason) from error
    if pos.shape != neg.shape or pos.ndim != 2 or not np.isfinite([pos, neg]).all():
        raise FormatError(
            path, f"fid.pos {pos.shape} and fid.neg {neg.shape} must be finite and of one 2D shape"
        )
    return pos, neg
