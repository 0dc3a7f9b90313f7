"""BLOSUM62 against biotite's copy."""

import numpy as np
import pytest

from common.protein.blosum import BLOSUM62
from common.structures import AMINO_ACIDS


def test_scores_against_biotite():
    align = pytest.importorskip("biotite.sequence.align")
    matrix = align.SubstitutionMatrix.std_protein_matrix()
    theirs = [[matrix.get_score(a, b) for b in AMINO_ACIDS] for a in AMINO_ACIDS]
    np.testing.assert_array_equal(BLOSUM62, theirs)
