"""How often somebody may ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ivr.core.allowance import Allowance, Rate, take

NOON = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
RATE = Rate(per_s=2.0, at_once=3)


def taken(times: int, allowance: Allowance | None = None) -> tuple[Allowance, int]:
    wait_s = 0
    for _ in range(times):
        allowance, wait_s = take(allowance, RATE, NOON)
    assert allowance is not None
    return allowance, wait_s


def test_as_many_at_once_as_it_says_then_one_waits() -> None:
    assert taken(3)[1] == 0
    assert taken(4)[1] == 1


def test_who_is_refused_loses_nothing() -> None:
    assert taken(9)[0] == taken(3)[0]


@pytest.mark.parametrize(("after_s", "more"), [(0.5, 1), (1, 2), (1.5, 3), (3600, 3)])
def test_it_fills_steadily_and_not_beyond(after_s: float, more: int) -> None:
    allowance, _ = taken(3)
    later = NOON + timedelta(seconds=after_s)
    for _ in range(more):
        allowance, wait_s = take(allowance, RATE, later)
        assert wait_s == 0
    assert take(allowance, RATE, later)[1] == 1


def test_the_wait_is_long_enough() -> None:
    slow = Rate(per_s=0.1, at_once=1)
    allowance, _ = take(None, slow, NOON)
    allowance, wait_s = take(allowance, slow, NOON)
    assert wait_s == 10
    assert take(allowance, slow, NOON + timedelta(seconds=wait_s))[1] == 0


def test_a_clock_set_back_neither_gives_nor_takes() -> None:
    allowance, _ = taken(2)
    allowance, wait_s = take(allowance, RATE, NOON - timedelta(hours=1))
    assert (allowance.left, wait_s) == (0, 0)
