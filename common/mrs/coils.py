"""Coils of a phased array as one, with the best signal-to-noise."""

from __future__ import annotations

import numpy as np

from common.acquisition import Acquisition

#: Signal from which sensitivities are taken: of a few T2* (ours: later there is little but noise).
SIGNAL_SECONDS = 0.1
#: Samples of noise a coil needs for the correlation between coils to be believed (ours).
SAMPLES = 20


def noise_covariance(acquisition: Acquisition) -> np.ndarray:
    """Covariance of the complex noise, (coils, coils), from the last quarter of the FIDs.

    Where there are several averages, of the differences of successive ones, which hold no signal. Diagonal
    where there are too few samples for more.
    """
    fids = acquisition.fids
    coils, averages, points = fids.shape
    tail = fids[..., points - max(points // 4, 1) :]
    tail = np.diff(tail, axis=1) / np.sqrt(2) if averages > 1 else tail - tail.mean(axis=-1, keepdims=True)
    tail = tail.reshape(coils, -1)
    covariance = tail @ tail.conj().T / tail.shape[1]
    if tail.shape[1] < SAMPLES * coils:
        covariance = np.diag(np.diag(covariance))
    return covariance


def coil_weights(acquisition: Acquisition) -> np.ndarray:
    """Complex weights (coils,) that add up the coils with the best signal-to-noise.

    Whitened singular value decomposition (Rodgers and Robson 2010, Magn. Reson. Med. 63:881): sensitivities
    ``s`` are the first left singular vector of the whitened FIDs, all averages beside each other, so that
    phases that drift do not matter; the weights ``s^H C^-1 / (s^H C^-1 s)`` give back ``x`` of ``s x``.
    ``s`` has norm 1 and the phase of its strongest coil is 0. Best taken from the water reference.
    """
    coils = len(acquisition.fids)
    if coils == 1:
        return np.ones(1, complex)
    first = max(int(SIGNAL_SECONDS * acquisition.axis.sw), 1)
    signal = acquisition.fids[..., :first].reshape(coils, -1)
    covariance = noise_covariance(acquisition)
    scale = np.trace(covariance).real / coils
    lower = np.linalg.cholesky(covariance + np.eye(coils) * max(scale * 1e-9, np.finfo(float).tiny))
    white = np.linalg.solve(lower, signal)
    _, vectors = np.linalg.eigh(white @ white.conj().T)
    sensitivity = lower @ vectors[:, -1]
    strongest = sensitivity[np.argmax(np.abs(sensitivity))]
    sensitivity *= abs(strongest) / strongest / np.linalg.norm(sensitivity)
    whitened = np.linalg.solve(lower, sensitivity)
    weights = np.linalg.solve(lower.conj().T, whitened).conj()
    return weights / np.sum(np.abs(whitened) ** 2)


def combine_coils(acquisition: Acquisition, weights: np.ndarray) -> Acquisition:
    """One coil, the weighted sum; ``ValueError`` where the number of weights is not that of the coils."""
    if len(weights) != len(acquisition.fids):
        raise ValueError(f"{len(weights)} weights for {len(acquisition.fids)} coils")
    return acquisition.replace(fids=np.tensordot(weights, acquisition.fids, axes=(0, 0))[None])
