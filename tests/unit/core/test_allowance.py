"""A fair share: a burst, then as it grows back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ivr.core.allowance import EACH, FULL, MOST, Allowance, spent

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def used_up() -> Allowance:
    allowance = FULL
    for _ in range(int(MOST)):
        after = spent(allowance, NOON)
        assert after is not None
        allowance = after
    return allowance


def test_a_burst_is_allowed_and_no_more():
    assert spent(used_up(), NOON) is None


def test_one_more_is_there_after_a_while():
    later = NOON + EACH
    after = spent(used_up(), later)
    assert after is not None
    assert spent(after, later) is None


def test_it_never_grows_over_the_whole():
    after = spent(used_up(), NOON + timedelta(days=1))
    assert after is not None and after.left == MOST - 1


def test_a_clock_set_back_gives_nothing():
    assert spent(used_up(), NOON - timedelta(hours=1)) is None
