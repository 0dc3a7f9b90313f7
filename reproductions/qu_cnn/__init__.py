"""Qu et al. 2019: dense CNN with data consistency; full spectra from non-uniformly sampled (NUS) FIDs."""
