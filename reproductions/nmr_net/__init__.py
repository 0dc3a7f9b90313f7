"""NMR-Net, Klukowski et al. 2018: which local extrema of an nD protein spectrum are peaks."""
