"""Runs killed, disks full or read-only, two suites at once, clocks changed: ``python -m tests.soak``."""
