"""Only days and hours on which the campaign calls are offered for a call back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

from ivr.core.callback_days import callback_days
from ivr.core.law import LawFacts
from ivr.core.model import Window
from tests.unit.controller.conftest import CAMPAIGN

LAW = LawFacts()
TUESDAY_NOON = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)  # 12:00 in Bhopal
MIDDAY = replace(
    CAMPAIGN, windows=(Window(time(11, 0), time(13, 0)),), off_days=("sunday",)
)


def test_today_has_only_the_hours_that_are_left() -> None:
    days = callback_days(MIDDAY, "Asia/Kolkata", LAW, TUESDAY_NOON)
    assert days[0].day == date(2026, 11, 24)
    assert days[0].times == (time(12, 30),)
    assert days[1].times == (time(11), time(11, 30), time(12), time(12, 30))


def test_a_week_without_its_off_day() -> None:
    days = callback_days(MIDDAY, "Asia/Kolkata", LAW, TUESDAY_NOON)
    assert len(days) == 6 and date(2026, 11, 29) not in {one.day for one in days}


def test_nothing_after_the_campaigns_end() -> None:
    ends = replace(MIDDAY, ends_on=date(2026, 11, 25))
    assert len(callback_days(ends, "Asia/Kolkata", LAW, TUESDAY_NOON)) == 2
