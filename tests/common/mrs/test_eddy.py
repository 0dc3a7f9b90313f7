"""Eddy-current correction: a known phase goes, and a reference lost in noise adds none."""

from dataclasses import replace

import numpy as np
import pytest

from common.mrs.eddy import correct_eddy, eddy_phase
from tests.common.mrs.voxels import AXIS, T, brain, line, noise

#: Phase that eddy currents with two time constants leave, in rad, and an offset of the water of 4 Hz.
PHASE = 1.5 * (1 - np.exp(-T / 0.02)) - 0.8 * np.exp(-T / 0.15) + 0.3
WATER = 1e4 * line(4.65, 6.0) * np.exp(1j * (PHASE + 2 * np.pi * 4 * T))


def test_the_phase_of_a_clean_reference_is_found():
    found = eddy_phase(WATER, AXIS)[:400]
    assert np.abs(np.angle(np.exp(1j * (found - PHASE[:400] - 2 * np.pi * 4 * T[:400])))).max() < 0.02


def test_a_spectrum_comes_out_as_without_eddy_currents():
    fid = brain() * np.exp(1j * (PHASE + 2 * np.pi * 4 * T))
    found = correct_eddy(fid, AXIS, WATER + noise(len(T), 5.0), AXIS)
    assert np.linalg.norm(found - brain()) < 0.03 * np.linalg.norm(brain())


def test_a_reference_lost_in_noise_adds_none():
    weak = line(4.65, 12.0) + noise(len(T), 0.02)
    phase = eddy_phase(weak, AXIS)
    assert np.abs(np.diff(phase)).max() < 0.2
    assert np.abs(phase[:60]).max() < 0.15
    nothing = eddy_phase(noise(len(T), 1.0), AXIS)
    assert np.allclose(np.diff(nothing, 2), 0, atol=1e-9)


def test_a_reference_of_another_dwell_and_length_serves():
    axis = replace(AXIS, size=256, sw=1000.0)
    short = WATER[::2][:256]
    fid = brain() * np.exp(1j * (PHASE + 2 * np.pi * 4 * T))
    found = correct_eddy(fid, AXIS, short, axis)
    assert found.shape == fid.shape
    assert np.linalg.norm(found - brain()) < 0.06 * np.linalg.norm(brain())


def test_magnitudes_stay():
    found = correct_eddy(np.stack([brain(), brain()]), AXIS, WATER, AXIS)
    assert np.abs(found) == pytest.approx(np.abs(np.stack([brain(), brain()])))
