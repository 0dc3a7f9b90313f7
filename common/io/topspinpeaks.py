"""TopSpin's ``peaklist.xml``: peaks of 1D to 3D spectra, in and out.

F1, F2, ... of a peak are the dimensions of the spectrum with the direct one last, the order of a
``PeakList``. A file may have several lists (TopSpin writes one for each stretch picked); they are read as
one. Nuclei are not said. The intensity is in TopSpin's own scale (``MI``, cm): compare it within a file.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np

from common.errors import FormatError
from common.io.peaklists import PeakList
from common.io.text import number, read_bytes

MOST_TEXT = 2**26  # bytes; a thousand peaks have some hundred thousand
DIMENSIONS = {"Peak1D": 1, "Peak2D": 2, "Peak3D": 3}


def read_topspin_peaks(path: str | Path) -> PeakList:
    """Read ``peaklist.xml``; the height is the intensity, the assignment the annotation.

    Raises FormatError for what is no such file, or has peaks of different dimensions.
    """
    blob = read_bytes(path, MOST_TEXT)
    if b"<!DOCTYPE" in blob or b"<!ENTITY" in blob:
        raise FormatError(path, "defines entities, which a peak list does not need")
    try:
        root = ElementTree.fromstring(blob)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise FormatError(path, f"is not XML: {error}") from None
    if root.tag != "PeakList":
        raise FormatError(path, f"its root is {root.tag[:40]!r}, not PeakList")
    peaks = [node for node in root.iter() if node.tag in DIMENSIONS]
    sizes = {DIMENSIONS[node.tag] for node in peaks}
    sizes |= {int(node.tag[8]) for node in root if node.tag in ("PeakList1D", "PeakList2D", "PeakList3D")}
    if len(sizes) != 1:
        raise FormatError(path, f"peaks of {sorted(sizes) or 'no'} dimensions, not of one number of them")
    ndim = sizes.pop()
    try:
        ppm = [[number(node.attrib[f"F{axis}"]) for axis in range(1, ndim + 1)] for node in peaks]
        height = [
            number(node.attrib["intensity"]) if "intensity" in node.attrib else math.nan for node in peaks
        ]
    except (KeyError, ValueError) as error:
        reason = f"a peak without {error}" if isinstance(error, KeyError) else str(error)
        raise FormatError(path, reason) from None
    names = tuple(" ".join(node.attrib.get("annotation", "").split()) for node in peaks)
    ppm = np.array(ppm, dtype=float).reshape(len(peaks), ndim)
    return PeakList(ppm, ("",) * ndim, np.array(height), np.full(len(peaks), math.nan), names)


def topspin_lines(peaks: PeakList) -> Iterable[str]:
    """The lines of ``peaklist.xml``; volumes and nuclei have no place in it. ``ValueError`` for 4D peaks."""
    if peaks.ppm.shape[1] > 3:
        raise ValueError(f"{peaks.ppm.shape[1]} dimensions; TopSpin's lists have one to three")
    ndim = peaks.ppm.shape[1]
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield "<PeakList>"
    yield f"  <PeakList{ndim}D>"
    yield f'    <PeakList{ndim}DHeader creator="nmr-repro" expNo="1" name="" owner="" procNo="1" source="">'
    yield "      <PeakPickDetails></PeakPickDetails>"
    yield f"    </PeakList{ndim}DHeader>"
    for ppm, height, name in zip(peaks.ppm, peaks.height, peaks.assignment, strict=True):
        shifts = " ".join(f'F{axis}="{shift:.6f}"' for axis, shift in enumerate(ppm, 1))
        note = f" annotation={quoteattr(name)}" if name else ""
        intensity = f' intensity="{height:.6e}"' if np.isfinite(height) else ""
        yield f'    <Peak{ndim}D {shifts}{note}{intensity} type="0"/>'
    yield f"  </PeakList{ndim}D>"
    yield "</PeakList>"
