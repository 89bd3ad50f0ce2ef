"""When a trunk has had its day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from ivr.core.model import Trunk, TrunkName
from ivr.core.trunk_day import (
    CALLS_OF_EACH,
    DayUse,
    began,
    calls_left,
    day_of,
    nearest,
    of_call,
    refusal,
)

TRUNK = Trunk(TrunkName("operator"), "192.0.2.10", channels=30)


def test_without_settings_only_what_no_campaign_reaches_is_refused() -> None:
    most = 30 * CALLS_OF_EACH
    assert refusal(TRUNK, DayUse(most - 1, 1e9, 10**9)) == ""
    assert calls_left(TRUNK, DayUse(most - 1)) == 1
    assert refusal(TRUNK, DayUse(most)).startswith("trunk_day_spent: trunk operator")
    assert calls_left(TRUNK, DayUse(most)) == 0


@pytest.mark.parametrize(
    ("limits", "use", "said"),
    [
        ({"calls_per_day": 100}, DayUse(100), "100/100 calls"),
        ({"minutes_per_day": 50}, DayUse(1, 3000), "50/50 minutes"),
        (
            {"spend_per_day_inr": 500.0, "paise_per_pulse": 50.0},
            DayUse(1, 60, 1000),
            "₹500/500",
        ),
    ],
)
def test_each_limit_ends_the_day_and_says_which_it_was(
    limits: dict[str, int], use: DayUse, said: str
) -> None:
    trunk = replace(TRUNK, **limits)  # type: ignore[arg-type]
    assert said in refusal(trunk, use)
    assert refusal(trunk, DayUse()) == ""
    assert calls_left(trunk, use) == 0


def test_the_limit_that_is_reached_first_is_named() -> None:
    trunk = replace(TRUNK, calls_per_day=100, minutes_per_day=100)
    near = nearest(trunk, DayUse(calls=80, seconds=90 * 60))
    assert (near.share, near.en) == (0.9, "90/100 minutes of the day")


@pytest.mark.parametrize(
    ("answered_s", "pulses"), [(0, 1), (1, 1), (60, 1), (60.1, 2), (150, 3)]
)
def test_every_begun_pulse_is_paid(answered_s: float, pulses: int) -> None:
    assert of_call(answered_s, TRUNK) == DayUse(1, answered_s, pulses)


def test_a_call_that_nobody_answered_costs_nothing_but_counts() -> None:
    assert of_call(None, TRUNK) == DayUse(1)


def test_a_clock_that_was_set_back_makes_no_call_negative() -> None:
    assert of_call(-5, TRUNK) == DayUse(1, 0, 1)


def test_the_day_changes_at_midnight_in_india() -> None:
    before = datetime(2026, 11, 26, 18, 29, tzinfo=UTC)
    after = datetime(2026, 11, 26, 18, 31, tzinfo=UTC)
    assert day_of(before) == date(2026, 11, 26)
    assert day_of(after) == date(2026, 11, 27)
    assert began(after) == datetime(2026, 11, 26, 18, 30, tzinfo=UTC)
