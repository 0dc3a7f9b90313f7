"""Shift lists of the paired sets in the mirror, for tests."""

import csv
import gzip
from collections import defaultdict
from pathlib import Path

import numpy as np

from common.shiftlist import COLUMNS, six


def lists(folder: Path) -> dict[str, tuple[str, np.ndarray, np.ndarray]]:
    """Sequence, shifts (n, 6) and stated order parameters (n,) by pair; ``X`` and NaN where there is none."""
    letters, values, stated = defaultdict(dict), defaultdict(dict), defaultdict(dict)
    with gzip.open(folder / "shifts.csv.gz", "rt") as lines:
        for row in csv.DictReader(lines):
            pair, number = row["pair"], int(row["shift_resnum"])
            letters[pair][number] = row["aa"]
            values[pair][number, "HN" if row["atom"] == "H" else row["atom"]] = float(row["shift_ppm"])
            stated[pair][number] = float(row["rci_s2"] or "nan")
    found = {}
    for pair, known in letters.items():
        numbers = range(min(known), max(known) + 1)
        shifts = np.full((len(numbers), len(COLUMNS)), np.nan)
        for (number, atom), value in values[pair].items():
            shifts[number - numbers[0], COLUMNS.index(atom)] = value
        sequence = "".join(known.get(number, "X") for number in numbers)
        order = np.array([stated[pair].get(number, np.nan) for number in numbers])
        found[pair] = sequence, six(shifts), order
    return found
