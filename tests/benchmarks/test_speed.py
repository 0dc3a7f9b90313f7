"""The ratios of ``nmr-repro study speed`` that the suite was built for. Run with ``pytest tests/benchmarks``.

What is timed, and beside what, stands in ``reproductions/studies/rates``; here are the bounds alone.
"""

import pytest

from reproductions.studies import speed

#: Measurement, other form, and how many times as long as ours it takes at least.
BOUNDS = [
    ("simulate/fids", "naive", 5),
    ("simulate/fids", "numpy, one table", 3),
    ("simulate/spins", "full matrices", 10),
    ("simulate/molecule", "naive", 10),
    ("describe/contacts", "naive", 50),
    ("describe/distances", "naive", 2),
    ("describe/densities", "naive", 30),
    ("describe/neighbours", "ase neighbor_list", 10),
    ("read/ucsf", "nmrglue", 1),
    ("read/mmcif", "biotite", 1),
    ("train/hansen_lstm", "keras LSTM", 0.5),
]


@pytest.fixture(scope="module")
def measured():
    """Rows by name, each measured once."""
    rows = {}

    def row(name):
        if name not in rows:
            rows[name] = speed.row(name, 1.0)
        return rows[name]

    return row


@pytest.mark.parametrize(("name", "form", "least"), BOUNDS)
def test_ours_is_faster_than(measured, name, form, least):
    assert measured(name)["ratios"][form][0] > least


def test_a_thousand_brain_spectra_a_second(measured):
    assert measured("simulate/brain")["rate"] > 1000
