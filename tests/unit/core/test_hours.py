"""When the campaign may call: windows, hard bounds, off days, dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lawful_values import CAMPAIGN, IST, at

from ivr.core.hours import closed, next_open, off_day, open_windows, shown, zone_of
from ivr.core.law import Calendar, LawFacts
from ivr.core.model import Mode, Window

LAW = LawFacts()
RING = timedelta(seconds=30)


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (Mode.PREVIEW, "10:00-20:00"),
        (Mode.PROGRESSIVE, "10:00-20:00"),
        (Mode.PREDICTIVE, "10:00-20:00"),
        (Mode.BROADCAST, "10:00-19:00"),
    ],
)
def test_shipped_windows_by_mode(mode: Mode, words: str) -> None:
    assert shown(open_windows((), mode, RING)) == words


def test_windows_are_cut_to_the_hard_bounds_and_the_last_ring_fits() -> None:
    all_day = (Window(time(0), time(23, 59)),)
    (cut,) = open_windows(all_day, Mode.BROADCAST, RING)
    assert (cut.opens, cut.closes) == (time(9), time(20, 59, 30))


def test_a_window_outside_the_bounds_never_opens() -> None:
    night = replace(CAMPAIGN, windows=(Window(time(21), time(23)),))
    assert next_open(night, IST, LAW, at("2026-11-25 12:00")) is None
    shut = closed(night, datetime(2026, 11, 25, 12, tzinfo=zone_of(IST)), LAW)
    assert shut is not None
    assert shut.rule == "Campaign calls never only"


def test_an_open_moment_is_its_own_next_opening() -> None:
    now = at("2026-11-25 12:34:56")
    assert next_open(CAMPAIGN, IST, LAW, now) is now


def test_between_two_windows_the_second_comes_next() -> None:
    split = replace(
        CAMPAIGN,
        windows=(Window(time(16), time(19)), Window(time(10), time(13))),
    )
    assert next_open(split, IST, LAW, at("2026-11-25 13:00")) == at("2026-11-25 16:00")
    assert next_open(split, IST, LAW, at("2026-11-25 19:00")) == at("2026-11-26 10:00")


def test_a_campaign_begins_with_the_first_window_of_its_first_day() -> None:
    later = replace(CAMPAIGN, starts_on=date(2027, 1, 1))
    assert next_open(later, IST, LAW, at("2026-11-25 12:00")) == at("2027-01-01 10:00")


def test_a_campaign_without_an_open_day_never_opens() -> None:
    week = "monday tuesday wednesday thursday friday saturday sunday"
    never = replace(CAMPAIGN, off_days=tuple(week.split()))
    assert next_open(never, IST, LAW, at("2026-11-25 12:00")) is None


def test_the_hours_are_those_of_the_contacts_zone() -> None:
    kathmandu = next_open(CAMPAIGN, "Asia/Kathmandu", LAW, at("2026-11-25 09:00"))
    assert kathmandu == datetime(2026, 11, 25, 4, 15, tzinfo=UTC)


def test_off_days_are_weekdays_listed_holidays_and_dates() -> None:
    diwali = date(2026, 11, 8)
    assert off_day(("sunday",), diwali, {}) == "sunday"
    assert off_day(("listed_holidays",), diwali, {diwali: "दीपावली"}) == (
        "the listed holiday 2026-11-08"
    )
    assert off_day(("listed_holidays",), diwali, {}) is None
    assert off_day(("2026-11-08",), diwali, {}) == "2026-11-08"
    assert off_day((), diwali, {diwali: "दीपावली"}) is None


@given(
    st.integers(0, 120 * 24 * 60).map(
        lambda m: at("2026-11-01 00:00") + timedelta(minutes=m)
    ),
    st.sampled_from([IST, "Asia/Kathmandu", "UTC", "America/New_York"]),
    st.lists(st.sampled_from(["sunday", "monday", "listed_holidays"]), max_size=2),
)
def test_the_next_opening_is_open_and_nothing_before_it_is(
    after: datetime, zone: str, off_days: list[str]
) -> None:
    law = LawFacts(calendar=Calendar(holidays={date(2026, 12, 25): "क्रिसमस"}))
    campaign = replace(CAMPAIGN, off_days=tuple(off_days))
    opens = next_open(campaign, zone, law, after)
    assert opens is not None
    assert closed(campaign, opens.astimezone(zone_of(zone)), law) is None
    moment = after
    while moment < opens:
        assert closed(campaign, moment.astimezone(zone_of(zone)), law) is not None
        moment += timedelta(minutes=37)
