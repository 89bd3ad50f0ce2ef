"""ViciDial's levels, worked by hand from the rules of its source."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ivr.simulation.lab.policy import Outcome, View, What
from ivr.simulation.lab.vicidial import (
    Drops,
    Method,
    ViciDial,
    adapted,
    adaptive,
    goal,
    ratio,
    tapered_rate,
)

QUIET = Drops()
# 4 of 100 answers: over the cap of 3 %, and more than 50 calls today.
OVER = Drops(calls_today=300, answers_today=100, drops_today=4)
NINE_HOURS_LEFT = 12.0


def level_after(
    level: float, method: Method, difference: float, drops: Drops = QUIET
) -> float:
    return adapted(
        level,
        method,
        difference=difference,
        telecallers=6,
        drops=drops,
        hour=NINE_HOURS_LEFT,
    )


@pytest.mark.parametrize(
    ("level", "difference", "expected"),
    [
        (1.0, 3.0, 1.5),  # half of six wait: half as much again
        (2.0, 3.0, 3.0),
        (2.5, 3.0, 3.0),  # 3.75, but 3 is the highest
        (2.0, -1.5, 1.5),  # calls wait: a quarter less
        (1.0, -1.5, 1.0),  # 0.75, but 1 is the lowest
        (1.7, 0.0, 1.7),
    ],
)
def test_the_level_follows_who_waits_within_one_and_three(
    level: float, difference: float, expected: float
) -> None:
    assert level_after(level, Method.TAPERED, difference) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (Method.HARD_LIMIT, 1.0),
        (Method.AVERAGE, 1.2),  # 2.4 halved
        (Method.TAPERED, 2.16),  # 2.4 x 0.9: nine hours are left
    ],
)
def test_each_method_lowers_the_level_its_own_way_over_the_cap(
    method: Method, expected: float
) -> None:
    assert level_after(2.4, method, 0.0, OVER) == pytest.approx(expected)


@pytest.mark.parametrize(
    "drops",
    [
        Drops(calls_today=50, answers_today=20, drops_today=10),  # not yet over 50
        Drops(calls_today=300, answers_today=100, drops_today=3),  # 3 % is allowed
    ],
)
def test_nothing_is_lowered_at_the_cap_or_before_50_calls(drops: Drops) -> None:
    assert level_after(2.4, Method.HARD_LIMIT, 0.0, drops) == 2.4


def test_a_minute_with_more_than_half_of_its_calls_dropped_halves_the_level() -> None:
    flood = Drops(calls_one=30, drops_one=16)
    assert level_after(2.4, Method.TAPERED, 0.0, flood) == pytest.approx(1.2)
    few = Drops(calls_one=20, drops_one=16)
    assert level_after(2.4, Method.TAPERED, 0.0, few) == 2.4


@pytest.mark.parametrize(
    ("hour", "rate"),
    [
        (9.0, 1.0),  # 2100 - 900 = 1200
        (11.0, 1.0),
        (13.5, 0.77),  # 2100 - 1330 = 770
        (20.75, 0.055),  # 2100 - 2045 = 55
        (21.5, 0.0),
    ],
)
def test_leniency_tapers_by_clock_times_as_the_source_subtracts_them(
    hour: float, rate: float
) -> None:
    assert tapered_rate(hour) == pytest.approx(rate)


def test_after_the_last_hour_the_level_is_one() -> None:
    level = adapted(
        3.0, Method.TAPERED, difference=0, telecallers=6, drops=OVER, hour=21.5
    )
    assert level == 1.0


@pytest.mark.parametrize(
    ("level", "ready", "talking", "ringing", "waiting", "expected"),
    [
        (1.0, 6, 0, 0, 0, 6),
        (1.0, 2, 4, 0, 0, 2),  # six lines, four of them talk
        (2.0, 0, 6, 0, 0, 6),  # twelve, though nobody is free
        (1.5, 2, 4, 3, 1, 1),  # nine, and eight are up
        (1.25, 1, 1, 0, 0, 1),  # 2.5 is rounded to the even number
        (1.0, 1, 4, 3, 0, 0),  # more are up than wanted
    ],
)
def test_calls_missing_at_a_level(
    level: float, ready: int, talking: int, ringing: int, waiting: int, expected: int
) -> None:
    view = View(
        ready=ready,
        talking_s=(1.0,) * talking,
        ringing_s=(1.0,) * ringing,
        waiting=waiting,
    )
    assert goal(level, view) == expected


def test_a_wrap_up_counts_as_a_pause() -> None:
    assert goal(1.0, View(ready=2, wrapping_s=(1.0, 2.0), logged_in=4)) == 2


def seconds(policy: ViciDial, views: Sequence[View]) -> list[int]:
    return [policy.decide(view) for view in views]


def test_it_launches_every_two_and_a_half_seconds_and_not_between() -> None:
    views = [View(now_s=n / 2, ready=3, logged_in=3) for n in range(11)]
    placed = seconds(adaptive(Method.TAPERED, 8), views)
    assert placed == [3, 0, 0, 0, 0, 3, 0, 0, 0, 0, 3]


def test_the_level_changes_every_15_seconds_by_the_last_15_samples() -> None:
    policy = adaptive(Method.AVERAGE, 8)
    seconds(policy, [View(now_s=n, ready=3, logged_in=6) for n in range(15)])
    assert policy.level == 1.0
    seconds(policy, [View(now_s=n, ready=3, logged_in=6) for n in range(15, 30)])
    assert policy.level == pytest.approx(1.5)
    seconds(policy, [View(now_s=30.0, ready=3, logged_in=6)])
    assert policy.level == pytest.approx(2.25)


def test_drops_are_counted_once_a_minute() -> None:
    policy = adaptive(Method.HARD_LIMIT, 8)
    for n in range(60):
        policy.saw(Outcome(What.ANSWERED, 9.0, float(n)))
        policy.decide(View(now_s=n, ready=3, logged_in=6, answered=60, abandoned=10))
    assert policy.level > 1.0  # ten of sixty, but nobody has counted
    policy.decide(View(now_s=60, ready=3, logged_in=6, answered=60, abandoned=10))
    assert policy.level == 1.0


def test_a_ratio_stays_where_it_was_set() -> None:
    policy = ratio(2.0)
    seconds(policy, [View(now_s=n, ready=6, logged_in=6) for n in range(60)])
    assert (policy.level, policy.name) == (2.0, "vicidial-2")
