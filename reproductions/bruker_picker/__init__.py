"""Bruker 2019 (EUROISMAR poster): signal regions of 1D 1H spectra, marked point by point by a network."""
