"""Calls per second as a token bucket."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lawful_values import NOON

from ivr.core.rates import TokenBucket


def test_a_full_bucket_grants_one_seconds_worth_and_then_waits() -> None:
    bucket, granted = TokenBucket.full(5, NOON).take(NOON, 8)
    assert granted == 5
    assert bucket.take(NOON, 1)[1] == 0
    assert bucket.available(NOON + timedelta(milliseconds=200)) == 1
    assert bucket.available(NOON + timedelta(hours=1)) == 5


def test_a_slow_trunk_still_grants_one() -> None:
    bucket, granted = TokenBucket.full(0.1, NOON).take(NOON)
    assert granted == 1
    assert bucket.available(NOON + timedelta(seconds=9)) == 0
    assert bucket.available(NOON + timedelta(seconds=10)) == 1


def test_the_burst_can_be_made_smaller_than_a_second() -> None:
    assert TokenBucket.full(100, NOON, burst=10).take(NOON, 50)[1] == 10


def test_a_clock_set_back_grants_nothing_more() -> None:
    bucket, _ = TokenBucket.full(5, NOON).take(NOON, 5)
    assert bucket.available(NOON - timedelta(hours=1)) == 0
    assert bucket.filled(NOON - timedelta(hours=1)) is bucket


@pytest.mark.parametrize("wanted", [0, -3])
def test_nothing_wanted_nothing_granted(wanted: int) -> None:
    bucket, granted = TokenBucket.full(5, NOON).take(NOON, wanted)
    assert (granted, bucket.tokens) == (0, 5)


@given(
    st.floats(0.1, 200),
    st.lists(st.tuples(st.floats(-1, 3), st.integers(0, 300)), max_size=60),
)
def test_no_stretch_of_time_gets_more_than_rate_and_burst(
    rate: float, steps: list[tuple[float, int]]
) -> None:
    bucket = TokenBucket.full(rate, NOON)
    now, latest, granted_in_all = NOON, NOON, 0
    for seconds, wanted in steps:
        now += timedelta(seconds=seconds)
        latest = max(latest, now)
        bucket, granted = bucket.take(now, wanted)
        granted_in_all += granted
        elapsed = (latest - NOON).total_seconds()
        assert granted_in_all <= rate * elapsed + bucket.burst + 1e-6
