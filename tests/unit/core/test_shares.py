"""Shares, their intervals, lengths, and abandonment by hand-worked cases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.core.shares import (
    Spans,
    fcc_abandonment,
    mean_of,
    ofcom_abandonment,
    share_of,
    wilson,
)
from ivr.errors import OurBug


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
        # by hand: z2/(n+z2) for none of n; here n = 10
        (10, 10, 0.7225, 1.0000),
    ],
)
def test_the_interval_is_wilsons(count: int, of: int, low: float, high: float):
    assert wilson(count, of) == pytest.approx((low, high), abs=5e-5)


def test_a_share_of_nobody_has_no_value():
    share = share_of(0, 0)
    assert (share.value, share.low, share.high) == (None, None, None)


@pytest.mark.parametrize(("count", "of"), [(2, 1), (-1, 5)])
def test_more_than_all_is_a_bug_of_ours(count: int, of: int):
    with pytest.raises(OurBug):
        share_of(count, of)


@given(
    st.integers(1, 10_000_000).flatmap(
        lambda n: st.tuples(st.integers(0, n), st.just(n))
    )
)
def test_an_interval_holds_its_share_and_stays_within_0_and_1(pair: tuple[int, int]):
    share = share_of(*pair)
    assert share.value is not None and share.low is not None and share.high is not None
    assert 0 <= share.low <= share.value + 1e-12
    assert share.value - 1e-12 <= share.high <= 1


@given(st.integers(0, 200), st.integers(1, 200))
def test_a_share_and_its_rest_have_mirrored_intervals(count: int, rest: int):
    low, high = wilson(count, count + rest)
    other_low, other_high = wilson(rest, count + rest)
    assert (low, high) == pytest.approx((1 - other_high, 1 - other_low))


def test_the_mean_of_ratings_has_an_interval():
    # 2 x 1, 4 x 2, 2 x 3: mean 2, squares 4, variance 4/7, half 1.96 * sqrt(4/7/8)
    mean = mean_of({1: 2, 2: 4, 3: 2})
    assert mean.value == 2
    assert (mean.low, mean.high) == pytest.approx((1.4762, 2.5238), abs=5e-5)


def test_one_rating_has_a_mean_and_no_interval():
    mean = mean_of({4: 1})
    assert (mean.of, mean.value, mean.low, mean.high) == (1, 4.0, None, None)


def test_no_ratings_have_no_mean():
    assert mean_of({}).value is None


def test_a_means_interval_ends_at_the_ratings_there_are():
    mean = mean_of({1: 1, 5: 1})
    assert (mean.low, mean.high) == (1, 5)


def test_lengths_are_told_by_mean_median_and_nine_of_ten():
    spans = Spans(10, 55_500, {second: 1 for second in range(1, 11)})
    assert spans.mean_s == 5.55
    assert spans.quantile_s(0.5) == 5
    assert spans.quantile_s(0.9) == 9
    assert spans.quantile_s(1.0) == 10
    assert spans.under(6) == 5


def test_what_never_happened_has_no_length():
    spans = Spans(0, 0, {})
    assert spans.mean_s is None
    assert spans.quantile_s(0.5) is None


def test_the_fcc_divides_by_the_people_who_answered():
    # 1,000 people answered, 12 not connected in time: 1.2 %
    assert fcc_abandonment(12, 1000).value == pytest.approx(0.012)


def test_ofcom_divides_by_the_abandoned_and_the_connected():
    # 3 abandoned, 97 connected: 3 / (3 + 97) = 3 %
    assert ofcom_abandonment(3, 97).value == pytest.approx(0.03)


def test_ofcom_counts_people_taken_for_machines_as_abandoned():
    # 3 abandoned and 2 false positives, 95 connected: 5 / 100
    assert ofcom_abandonment(3, 95, 2).value == pytest.approx(0.05)


def test_nobody_wanted_so_nobody_was_abandoned():
    assert ofcom_abandonment(0, 0).value is None
