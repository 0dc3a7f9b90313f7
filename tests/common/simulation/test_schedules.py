"""NUS schedules: how many points, which ones, and how often."""

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from common.simulation import schedules
from common.simulation.schedules import KINDS, poisson_gap, poisson_gaps, schedule, weighted


def generator(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 17, 32, 128, 200])
def test_poisson_gaps_have_exactly_the_points_asked_for(size):
    counts = np.arange(1, size + 1)
    masks = poisson_gaps(size, counts, generator())
    assert masks.dtype == bool
    np.testing.assert_array_equal(masks.sum(axis=1), counts)
    assert masks[:, 0].all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("size", "count"), [(1, 1), (2, 1), (2, 2), (64, 16), (64, 63), (100, 100), (101, 1)]
)
def test_every_kind_has_exactly_the_points_asked_for(kind, size, count):
    mask = schedule(kind, size, count, generator())
    assert mask.shape == (size,)
    assert mask.sum() == count
    assert mask[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_gives_the_same_schedule(kind):
    first, again, other = (schedule(kind, 128, 32, generator(seed)) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("count", [0, -1, 65])
def test_impossible_counts_are_refused(count):
    for kind in KINDS:
        with pytest.raises(ValueError, match=r"a schedule over 64 points cannot have"):
            schedule(kind, 64, count, generator())
    with pytest.raises(ValueError, match=rf"{min(count, 8)} to {max(count, 8)} of them"):
        poisson_gaps(64, [8, count], generator())


def test_an_unknown_kind_is_named():
    with pytest.raises(ValueError, match=r"'radial'; one of poisson_gap, uniform, exponential"):
        schedule("radial", 64, 16, generator())


def test_no_schedule_of_none():
    assert poisson_gaps(64, [], generator()).shape == (0, 64)


@pytest.mark.parametrize("size", [20, 128, 1024])
def test_no_share_of_points_takes_many_walks(size, monkeypatch):
    """From a single point to all, nearly full grids included: the walk is repeated a few hundred times."""
    rounds, walk = [], schedules._walk
    monkeypatch.setattr(schedules, "_walk", lambda *given: rounds.append(1) or walk(*given))
    shares = [0.0, 0.02, 0.1, 0.5, 0.8, 0.9, 0.93, 0.95, 0.99, 1.0]
    counts = sorted({max(1, round(share * size)) for share in shares} | {size - 1, size - size // 16 - 2})
    assert (poisson_gaps(size, counts, generator()).sum(axis=1) == counts).all()
    assert len(rounds) < 1000


def test_nearly_full_grids_leave_out_any_point_but_the_first():
    masks = poisson_gaps(32, np.full(6200, 31), generator())
    left_out = (~masks).sum(axis=0)
    assert left_out[0] == 0
    assert stats.chisquare(left_out[1:]).pvalue > 0.01


def gaps(masks, places=26):
    """Means over stretches of t: the gap behind a point, and sin(pi/2 (i + 1/2) / (size + 1)) at it."""
    rows, points = np.nonzero(masks)
    same = rows[1:] == rows[:-1]
    place, gap = points[:-1][same], (np.diff(points) - 1)[same]
    sine = np.sin(np.pi / 2 * (place + 0.5) / (masks.shape[1] + 1))
    stretch = place // places
    return (np.bincount(stretch, values) / np.bincount(stretch) for values in (gap, sine))


def test_a_walk_has_the_mean_gaps_of_hyberts():
    """But for the last fifth, where a gap that ends beyond the grid is not seen."""
    mean, sine = gaps(schedules._walk(256, np.full(3000, 6.8), generator()))
    np.testing.assert_allclose(mean[:8], 6.8 * sine[:8], rtol=0.015)


def test_gaps_still_grow_as_a_sine_among_walks_of_the_right_length():
    mean, sine = gaps(poisson_gaps(256, np.full(3000, 64), generator()))
    np.testing.assert_allclose(mean[:8] / sine[:8], 6.85, rtol=0.06)


def test_poisson_gap_is_one_of_many():
    np.testing.assert_array_equal(poisson_gap(64, 16, generator()), poisson_gaps(64, [16], generator())[0])


@pytest.mark.parametrize("decay", [0.0, 2.0])
def test_one_weighted_point_follows_the_exponential(decay):
    rng, size = generator(), 12
    counts = sum(weighted(size, 2, rng, decay).astype(int) for _ in range(6000))[1:]
    chance = np.exp(-decay * np.arange(1, size) / size)
    assert stats.chisquare(counts, 6000 * chance / chance.sum()).pvalue > 0.01


def test_several_weighted_points_are_drawn_one_after_the_other():
    """Two of four points without replacement: the second from what the first has left."""
    rng, decay = generator(), 3.0
    chance = np.exp(-decay * np.arange(1, 5) / 5)
    chance /= chance.sum()
    expected = {}
    for a, b in permutations(range(4), 2):
        pair = frozenset((a, b))
        expected[pair] = expected.get(pair, 0.0) + chance[a] * chance[b] / (1 - chance[a])
    drawn = [frozenset(np.flatnonzero(weighted(5, 3, rng, decay)[1:])) for _ in range(6000)]
    counts = [drawn.count(pair) for pair in expected]
    assert stats.chisquare(counts, 6000 * np.array(list(expected.values()))).pvalue > 0.01


def test_the_exponential_kind_spends_its_points_early():
    rng = generator()
    masks = {kind: [schedule(kind, 128, 32, rng) for _ in range(200)] for kind in ("uniform", "exponential")}
    early = {kind: np.mean([mask[:64].sum() for mask in each]) for kind, each in masks.items()}
    assert early["uniform"] == pytest.approx(16.4, abs=0.6)
    assert early["exponential"] > 20
