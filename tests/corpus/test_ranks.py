"""Ranks agree with counting."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from codecorpus.corpus.ranks import Spread

VALUES = st.lists(
    st.floats(width=32, allow_infinity=False) | st.sampled_from([0.0, -0.0, 1.0]), min_size=1, max_size=60
)


def spread_of(values: np.ndarray) -> Spread:
    spread = Spread()
    spread.add(values)
    return spread


def coarse(values: np.ndarray) -> np.ndarray:
    """Values without the lower half of their bits: what is counted as one."""
    return (values.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)


@given(VALUES)
def test_a_rank_is_the_share_below_and_half_of_the_same(numbers: list[float]) -> None:
    values = np.array(numbers, np.float32)
    ranks = spread_of(values).rank(values)
    there = coarse(values[~np.isnan(values)])
    for value, rank in zip(values, ranks, strict=True):
        if np.isnan(value):
            assert np.isnan(rank)
        else:
            own = coarse(value[None])[0]
            wanted = ((there < own).sum() + (there == own).sum() / 2) / len(there)
            assert abs(rank - wanted) < 1e-6
    if len(there):
        assert abs(np.nanmean(ranks) - 0.5) < 1e-5


@given(VALUES, VALUES)
def test_counts_sum_whatever_the_order(left: list[float], right: list[float]) -> None:
    a, b = np.array(left, np.float32), np.array(right, np.float32)
    whole, parts = spread_of(np.append(b, a)), spread_of(a) + spread_of(b)
    assert (whole.counts == parts.counts).all() and whole.empty == parts.empty
    again = Spread.of_pairs(*whole.pairs(), whole.empty)
    assert (again.counts == whole.counts).all()
    assert (np.diff(whole.pairs()[0]) > 0).all()


def test_quantiles_are_values_that_are_there() -> None:
    spread = spread_of(np.array([1, 2, 2, 4, np.nan], np.float32))
    assert (spread.total, spread.empty) == (4, 1)
    assert spread.quantiles(np.array([0.2, 0.5, 0.75, 1.0], np.float32)).tolist() == [1, 2, 2, 4]
    assert np.isnan(Spread().quantiles(np.array([0.5], np.float32))).all()
