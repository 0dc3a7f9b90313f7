"""The simulated metabolite basis against basis sets made by other programs, and the table it comes from.

Figures of agreement are Pearson correlations of real, phased spectra over 0.2 to 4.2 ppm with 4 Hz of
exponential broadening, best over a shift of +-0.06 ppm and 0 to 3 Hz of extra width of ours.
"""

import numpy as np
import pytest

from common.io.lcmodel import read_basis
from common.processing import fourier
from common.simulation import metabolites, sequences
from common.spectrum import Axis

AXIS = Axis("1H", 2048, 2000.0, 127.8, 4.65, "time", "complex")
STEP, FURTHEST = 0.0025, 24  # ppm, and steps of +-0.06 ppm
WIDE = 4.2 + STEP * (FURTHEST - np.arange(1601 + 2 * FURTHEST))


def spectrum(fid, axis, hz):
    """Real spectrum on the grid ``WIDE``, broadened by ``hz``."""
    size = 1 << 15  # fine enough to interpolate
    window = np.exp(-np.pi * hz * np.arange(axis.size) / axis.sw)
    window[0] /= 2
    return np.interp(WIDE, axis.to_frequency(size).ppm()[::-1], fourier(fid * window, size).real[::-1])


def correlation(reference, ours, axis):
    expected = spectrum(reference, axis, 4)[FURTHEST:-FURTHEST]
    found = []
    for extra in (0, 0.5, 1, 1.5, 2, 2.5, 3):
        made = np.lib.stride_tricks.sliding_window_view(spectrum(ours, axis, 4 + extra), len(expected))
        made = made - made.mean(1, keepdims=True)
        found += list(made @ (expected - expected.mean()) / np.linalg.norm(made, axis=1) / np.std(expected))
    return max(found) / len(expected) ** 0.5


def correlations(path, te, te1, carrier=None):
    """Correlation of every metabolite of a basis set that the table has."""
    theirs = read_basis(path, carrier)
    names = [name for name in theirs.names if name in metabolites.NAMES]
    ours = metabolites.basis(theirs.axis, "press", te, names, te1=te1)
    return {name: correlation(theirs[name], ours[name], theirs.axis) for name in names}


def test_names_and_table_are_the_same_twenty():
    assert set(metabolites.table()) == set(metabolites.NAMES)
    assert len(metabolites.NAMES) == 20


@pytest.mark.parametrize(
    ("name", "protons"),
    {"Cr": 5, "PCr": 5, "NAA": 7, "NAAG": 13, "GPC": 18, "PCh": 13, "Glc": 7, "GSH": 10, "sIns": 6}.items(),
)
def test_observed_protons(name, protons):
    assert metabolites.protons(name) == pytest.approx(protons)


def test_a_pulse_acquire_starts_at_the_number_of_protons():
    basis = metabolites.basis(AXIS, "pulse_acquire")
    expected = [metabolites.protons(name) for name in basis.names]
    np.testing.assert_allclose(basis.fids[:, 0], expected, rtol=1e-5)
    assert basis.te is None


def test_singlets_stand_where_the_table_says():
    basis = metabolites.basis(AXIS, "press", 30.0, ("NAA", "Cr", "sIns"))
    for fid, ppm in zip(basis.fids, (2.008, 3.027, 3.34), strict=True):
        window = np.exp(-np.pi * 2 * np.arange(AXIS.size) / AXIS.sw)
        peak = np.argmax(fourier(fid * window, 1 << 15).real)
        assert AXIS.to_frequency(1 << 15).ppm(peak) == pytest.approx(ppm, abs=0.002)


def test_timing_reaches_the_sequence():
    names = ("Lac",)
    early, late = (metabolites.basis(AXIS, "press", 30.0, names, te1=te1).fids for te1 in (10.0, 20.0))
    assert not np.allclose(early, late)
    with pytest.raises(KeyError):
        metabolites.basis(AXIS, "press", 30.0, ("Unobtainium",))


def test_lcmodel_press_30(data_dir):
    """spant, ideal pulses: all 17 metabolites; the lowest is GPC."""
    found = correlations(data_dir("mrs_basis") / "lcmodel_test_3t_spant_press30.basis.gz", 30.0, 10.08)
    assert len(found) == 17
    assert min(found.values()) >= 0.998, found


def test_gamma_press_30(data_dir):
    """GAMMA, TE1 10.8. Glutathione, at 0.959, has one proton in its glycine there, not two: next test."""
    path = data_dir("mrs_basis") / "suspect_press_30ms_3T.basis.gz"
    found = correlations(path, 30.0, 10.8, carrier=0.0)
    assert len(found) == 17
    assert found.pop("GSH") >= 0.955
    assert min(found.values()) >= 0.985, found


def test_gamma_counts_one_proton_in_the_glycine_of_glutathione(data_dir):
    theirs = read_basis(data_dir("mrs_basis") / "suspect_press_30ms_3T.basis.gz", 0.0)
    glycine, *rest = (
        sequences.press(system, theirs.axis.mhz, 30.0, 10.8).fid(theirs.axis)
        for system in metabolites.table()["GSH"]
    )
    assert correlation(theirs["GSH"], glycine / 2 + sum(rest), theirs.axis) >= 0.997


def test_osprey_press_35(data_dir):
    """Real, slice-selective pulses; the file states no TE1, of 10 to 20 ms 14 agrees best on average.

    Coupled partners far apart see different pulses (chemical-shift displacement), so Lac, GABA and Asp
    differ: 0.900, 0.961, 0.968. Singlets, and spins whose partners are close, agree.
    """
    path = data_dir("mrs_basis") / "osprey_3T_PRESS_Philips_35ms_noMM.BASIS.gz"
    found = correlations(path, 35.0, 14.0)
    close = ("Cr", "PCr", "sIns", "PCh", "GPC", "Ins", "Tau", "Asc")
    assert len(found) == 17
    assert np.mean(list(found.values())) >= 0.986, found
    assert min(found[name] for name in close) >= 0.995, found
    assert min(found.values()) >= 0.90, found


#: Signal at 0, 50 and 150 ms with 3 ppm at 0 Hz, by mrsandbox 0.1.3 (PyPI; an independent density-matrix
#: simulator; Keras 3.15.1, JAX, single precision) at 3 T, 127.7324355 MHz, with its table govind_2015.
#: It counts half a unit a proton, so its signals are doubled here.
MRSANDBOX = {
    ("pulse_acquire", "Glu"): (5.0000-0.0000j, -0.2148-0.4670j, -1.1215+0.4727j),
    ("pulse_acquire", "Lac"): (4.0000+0.0000j, 0.2070+1.3847j, 0.0532+2.5592j),
    ("pulse_acquire", "PCh"): (13.0000+0.0000j, -3.3348+8.8457j, 9.1646-0.9475j),
    ("pulse_acquire", "GABA"): (6.0000-0.0000j, 0.1001+0.3905j, -1.9252+1.9932j),
    ("pulse_acquire", "NAA"): (7.0000+0.0000j, -1.8421-3.4540j, 3.3508-0.7333j),
    ("pulse_acquire", "Ins"): (6.0000+0.0000j, -1.5401-1.1643j, 0.4664-0.3426j),
    ("press", "Glu"): (3.8391-0.0757j, 0.0461+0.0219j, -0.1722+0.8412j),
    ("press", "Lac"): (2.8842+0.0101j, -0.0294-0.5099j, 0.3990+1.8718j),
    ("press", "PCh"): (11.9717+0.0000j, -4.4800+7.9373j, 9.0849-0.2660j),
    ("press", "GABA"): (3.3107-0.2295j, 0.0070-0.0595j, -0.5452+0.8722j),
    ("press", "NAA"): (5.6932-0.0881j, -2.3451-2.9388j, 3.2102-0.7199j),
    ("press", "Ins"): (4.9735-0.0415j, -0.9529-0.5504j, 0.2158-0.2220j),
    ("steam", "Glu"): (1.8887+0.0000j, 0.0043-0.1808j, -0.3333+0.2480j),
    ("steam", "Lac"): (1.9807+0.0000j, 0.1574+0.6455j, 0.0675+1.2359j),
    ("steam", "PCh"): (6.3524+0.0000j, -1.8684+4.2297j, 4.5408-0.3473j),
    ("steam", "GABA"): (2.6903+0.0000j, -0.0377+0.1211j, -0.9294+0.8766j),
    ("steam", "NAA"): (3.0445+0.0000j, -0.8864-1.6506j, 1.7383-0.3904j),
    ("steam", "Ins"): (2.5755+0.0000j, -0.5926-0.7185j, 0.1626-0.2221j),
}  # fmt: skip
TIMING = {"pulse_acquire": {}, "press": {"te": 30.0, "te1": 10.8}, "steam": {"te": 20.0, "tm": 10.0}}


@pytest.mark.parametrize(("sequence", "name"), MRSANDBOX)
def test_agrees_with_mrsandbox(sequence, name):
    """To 1e-3: the single precision of its frequencies, and lines merged here."""
    axis = Axis("1H", 4, 20.0, 127.7324355, 3.0, "time", "complex")
    made = metabolites.lines(name, axis.mhz, sequence, **TIMING[sequence]).fid(axis)[[0, 1, 3]]
    np.testing.assert_allclose(made, MRSANDBOX[sequence, name], atol=1e-3)
