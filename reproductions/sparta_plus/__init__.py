"""Shen & Bax 2010, SPARTA+: backbone chemical shifts from a protein structure."""
