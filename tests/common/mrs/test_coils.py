"""Coil combination against its closed form: the SNR of the whitened matched filter."""

import numpy as np
import pytest

from common.mrs.coils import coil_weights, combine_coils, noise_covariance
from tests.common.mrs.voxels import T, acquisition, line, noise

SENSITIVITY = np.array([1.0, 0.6j, -0.8, 0.1 + 0.2j])
#: Mixes independent noise: coils 0 and 1 share a part.
MIXING = np.array([[1, 0, 0, 0], [0.7, 0.7, 0, 0], [0, 0, 2, 0], [0, 0, 0, 0.5]])


def array(signal, averages=8, seed=0, sd=1.0):
    n = np.tensordot(MIXING, noise((4, averages, len(T)), sd, seed), axes=(1, 0))
    return acquisition(SENSITIVITY[:, None, None] * signal + n)


def test_the_covariance_of_the_noise_is_found_beneath_a_signal():
    found = noise_covariance(array(50 * line(4.7, 1.0)))
    assert np.allclose(found, 2 * MIXING @ MIXING.T, atol=0.3)


def test_few_samples_give_a_diagonal():
    found = noise_covariance(acquisition(noise((4, 2, 1024), 1.0)[..., ::8], axis=_short()))
    assert np.count_nonzero(found - np.diag(np.diag(found))) == 0


def _short():
    from dataclasses import replace

    from tests.common.mrs.voxels import AXIS

    return replace(AXIS, size=128)


def test_weights_give_the_snr_of_the_matched_filter():
    weights = coil_weights(array(100 * line(4.7, 5.0), averages=2))
    covariance = MIXING @ MIXING.T
    best = (SENSITIVITY.conj() @ np.linalg.solve(covariance, SENSITIVITY)).real
    gained = abs(weights @ SENSITIVITY) ** 2 / (weights @ covariance @ weights.conj()).real
    assert gained == pytest.approx(best, rel=0.01)
    assert gained > 1.5  # the best coil alone has 1


def test_phases_that_drift_between_averages_do_not_matter():
    turns = np.exp(2j * np.pi * np.arange(8) / 8)[:, None]
    still, turning = (coil_weights(array(100 * line(4.7, 5.0) * turn)) for turn in (1, turns))
    assert abs(np.vdot(still, turning)) == pytest.approx(
        np.linalg.norm(still) * np.linalg.norm(turning), rel=1e-3
    )


def test_a_signal_comes_out_as_it_goes_in_for_sensitivities_of_norm_one():
    combined = combine_coils(
        array(100 * line(4.7, 5.0), sd=1e-4), coil_weights(array(100 * line(4.7, 5.0), sd=1e-4))
    )
    assert combined.fids.shape == (1, 8, 1024)
    assert np.allclose(combined.fids[0, 0], 100 * np.linalg.norm(SENSITIVITY) * line(4.7, 5.0), atol=0.01)


def test_one_coil_stays_as_it_is_and_wrong_numbers_are_refused():
    one = acquisition(line(2, 5))
    assert coil_weights(one).tolist() == [1]
    with pytest.raises(ValueError, match="2 weights for 1"):
        combine_coils(one, np.ones(2))
