"""Alignment of averages: known shifts and phases come back, noise is not aligned to, odd ones go."""

import numpy as np
import pytest

from common.mrs.alignment import align
from tests.common.mrs.voxels import T, acquisition, brain, noise

SHIFTS = np.linspace(-6, 6, 16)
PHASES = np.random.default_rng(3).uniform(-40, 40, 16)


def drifting(sd):
    turns = np.exp(1j * (2 * np.pi * np.outer(SHIFTS, T) + np.deg2rad(PHASES)[:, None]))
    return acquisition(brain() * turns + noise((16, len(T)), sd))


def test_shifts_and_phases_come_back():
    found = align(drifting(sd=3.0))
    error = (found.shifts - SHIFTS) - np.median(found.shifts - SHIFTS)
    assert np.std(error) < 1.5 * found.error
    assert found.error < 0.3
    turned = found.phases - PHASES - np.median(found.phases - PHASES)
    assert np.abs(turned).max() < 3
    assert found.kept.all()


def test_the_mean_of_aligned_averages_is_that_of_still_ones():
    mean = align(drifting(sd=0.01)).mean().fids[0, 0]
    turned = brain() * np.exp(2j * np.pi * np.arange(-8, 8, 0.05)[:, None] * T)
    alike, before = (np.abs(turned @ fid.conj()).max() for fid in (mean, drifting(0).fids[0].mean(axis=0)))
    assert alike == pytest.approx(np.linalg.norm(brain()) ** 2, rel=0.005)
    assert before < 0.9 * alike


@pytest.mark.parametrize("times", [3.0, 8.0, 13.0, 30.0])
def test_still_averages_stay_nearly_still_at_any_noise(times):
    sd = np.linalg.norm(brain()) / times
    found = align(acquisition(brain() + noise((32, len(T)), sd)))
    assert np.std(found.shifts) < 0.8  # Hz


def test_an_average_unlike_the_others_is_left_out():
    fids = drifting(sd=3.0).fids[0].copy()
    fids[5] += 3 * fids[5][::-1]
    fids[9] *= 0.2
    found = align(acquisition(fids))
    assert not found.kept[5]
    assert found.kept.sum() >= 14


def test_one_average_stays_and_coils_are_refused():
    one = acquisition(brain())
    assert np.array_equal(align(one).mean().fids, one.fids)
    with pytest.raises(ValueError, match="combine"):
        align(acquisition(np.stack([brain(), brain()])[:, None]))
