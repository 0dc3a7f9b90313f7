"""Qu 2019: dense CNN with data consistency, spectra from non-uniformly sampled FIDs."""
