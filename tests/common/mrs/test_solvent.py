"""Residual water goes, metabolites stay."""

from dataclasses import replace

import numpy as np

from common.mrs.solvent import water_signal
from common.processing import spectrum_at
from tests.common.mrs.voxels import AXIS, T, brain, line, noise

PPM = np.linspace(4.1, 0.2, 500)
WATER = 3000 * line(4.62, 12) * np.exp(2j) - 900 * line(4.71, 25) + 500j * line(4.66, 4)


def test_water_of_several_lines_goes_and_metabolites_stay():
    fid = brain() + WATER + noise(len(T), 1.0)
    left = fid - water_signal(fid, AXIS)
    spectra = [spectrum_at(part, AXIS, PPM) for part in (left - brain(), WATER, brain())]
    after, before, metabolites = (np.abs(part).max() for part in spectra)
    assert before > 0.5 * metabolites
    assert after < 0.03 * metabolites + 5 * np.sqrt(2 * len(T))
    there = np.abs(spectrum_at(left - brain(), AXIS, np.linspace(4.6, 4.8, 200))).max()
    assert there < 0.002 * np.abs(spectrum_at(WATER, AXIS, np.linspace(4.6, 4.8, 200))).max()


def test_without_water_next_to_nothing_is_taken():
    fid = brain(absent=("Glc", "NAA", "GSH", "Ins")) + noise(len(T), 1.0)
    taken = np.abs(spectrum_at(water_signal(fid, AXIS), AXIS, PPM)).max()
    assert taken < 0.02 * np.abs(spectrum_at(fid, AXIS, PPM)).max()


def test_it_scales_and_follows_the_carrier():
    fid = brain() + WATER
    assert np.allclose(water_signal(1e-6 * fid, AXIS), 1e-6 * water_signal(fid, AXIS), atol=1e-9)
    moved = replace(AXIS, carrier=4.0)
    turned = fid * np.exp(2j * np.pi * 0.65 * AXIS.mhz * T)
    back = water_signal(turned, moved) * np.exp(-2j * np.pi * 0.65 * AXIS.mhz * T)
    assert np.allclose(back, water_signal(fid, AXIS), atol=1e-3 * np.abs(fid).max())


def test_a_wide_receiver_is_decimated():
    wide = replace(AXIS, size=6144, sw=12000.0)
    metabolite = line(2.01, 8, wide)
    fid = metabolite + 100 * line(4.68, 10, wide)
    left = fid - water_signal(fid, wide)
    assert np.linalg.norm(left - metabolite) < 0.01 * np.linalg.norm(metabolite)
