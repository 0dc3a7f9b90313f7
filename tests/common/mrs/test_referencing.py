"""The pattern of NAA, Cr and Cho: where it is, at which phase, and that noise has none."""

import numpy as np
import pytest

from common.mrs.referencing import find_pattern, referenced
from tests.common.mrs.voxels import AXIS, T, brain, noise


@pytest.mark.parametrize("width", [4.0, 10.0, 18.0])
@pytest.mark.parametrize(("shift", "phase"), [(0.0, 0.0), (11.3, 150.0), (-28.0, -70.0)])
def test_shift_and_phase_are_found_and_taken_off(width, shift, phase):
    fid = brain(width) * np.exp(1j * (2 * np.pi * shift * T + np.deg2rad(phase)))
    found = find_pattern(fid + noise(len(T), 1.5), AXIS)
    assert found.found
    assert found.seen == ["NAA", "Cr", "Cho"]
    assert found.shift == pytest.approx(shift, abs=0.4)
    assert (found.phase - phase + 180) % 360 - 180 == pytest.approx(0, abs=4)
    assert np.linalg.norm(referenced(fid, AXIS, found) - brain(width)) < 0.1 * np.linalg.norm(brain(width))


def test_noise_has_no_pattern():
    found = [find_pattern(noise(len(T), 1.0, seed), AXIS) for seed in range(20)]
    assert not any(pattern.found for pattern in found)
    assert max(pattern.score for pattern in found) < 6


def test_a_tumour_without_naa_is_a_pattern_without_it():
    fid = brain(8.0, absent=("NAA", "NAAG")) + noise(len(T), 4.0)
    found = find_pattern(fid, AXIS)
    assert found.found
    assert found.seen == ["Cr", "Cho"]
    assert found.shift == pytest.approx(0, abs=1.5)


def test_a_spectrum_that_turns_the_other_way_has_none():
    assert not find_pattern(brain().conj() + noise(len(T), 4.0), AXIS).found
