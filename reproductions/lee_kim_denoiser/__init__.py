"""Lee & Kim 2019: noisy brain 1H spectra to clean, narrow metabolite spectra."""
