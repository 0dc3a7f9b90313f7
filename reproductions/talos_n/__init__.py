"""Shen & Bax 2013, TALOS-N: torsion angles and secondary structure from backbone chemical shifts."""
