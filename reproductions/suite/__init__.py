"""Many runs at once, as ordinary processes: a suite of reproductions, or a sweep over a configuration."""
