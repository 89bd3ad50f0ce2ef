"""What follows each outcome, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lawful_values import CAMPAIGN, IST, NOON, at

from ivr.core.hours import closed, zone_of
from ivr.core.law import Calendar, LawFacts
from ivr.core.model import Campaign, Caps, Disposition, RetryRule, Window
from ivr.core.retry import (
    DAY_PARTS,
    DEFAULT_RULES,
    FINAL,
    Again,
    Done,
    counts_as_attempt,
    next_attempt,
)

D = Disposition
OFTEN = replace(CAMPAIGN, caps=Caps(attempts_per_day=3, attempts_per_campaign=9))


def again(
    outcome: Disposition,
    made: int = 1,
    campaign: Campaign = OFTEN,
    now: datetime = NOON,
    callback_at: datetime | None = None,
) -> datetime:
    following = next_attempt(outcome, made, campaign, now, IST, callback_at=callback_at)
    assert isinstance(following, Again), following
    return following.at


def is_done(outcome: Disposition, made: int, campaign: Campaign = OFTEN) -> bool:
    return isinstance(next_attempt(outcome, made, campaign, NOON, IST), Done)


@pytest.mark.parametrize(
    ("outcome", "when"),
    [
        (D.BUSY, "2026-11-25 12:15"),
        (D.CONGESTION, "2026-11-25 12:05"),
        (D.FAILED, "2026-11-25 12:05"),
        (D.UNREACHABLE, "2026-11-25 16:00"),
        (D.NO_ANSWER, "2026-11-25 13:00"),  # the next part of the day
        (D.REJECTED, "2026-11-26 13:00"),
        (D.PARTIAL, "2026-11-26 13:00"),
        (D.SILENT, "2026-11-26 13:00"),
        (D.ABANDONED, "2026-11-28 12:00"),  # 72 h
        (D.INTERRUPTED, "2026-11-26 12:00"),
        (D.CANCELLED, "2026-11-25 12:00"),
        (D.CALLBACK, "2026-11-25 13:00"),
    ],
)
def test_what_is_tried_again_by_default_and_when(
    outcome: Disposition, when: str
) -> None:
    assert again(outcome) == at(when)


@pytest.mark.parametrize(
    ("outcome", "dials"),
    [
        (D.BUSY, 3),
        (D.NO_ANSWER, 3),
        (D.UNREACHABLE, 3),
        (D.CONGESTION, 5),
        (D.FAILED, 5),
        (D.REJECTED, 2),
        (D.PARTIAL, 2),
        (D.SILENT, 2),
        (D.ABANDONED, 3),
        (D.INTERRUPTED, 3),
    ],
)
def test_how_many_dials_in_all(outcome: Disposition, dials: int) -> None:
    assert not is_done(outcome, dials - 1)
    assert is_done(outcome, dials)


@pytest.mark.parametrize("outcome", list(FINAL))
def test_what_is_final_is_never_tried_again(outcome: Disposition) -> None:
    assert is_done(outcome, 1)


def test_every_outcome_has_an_answer() -> None:
    assert set(DEFAULT_RULES) | set(FINAL) | {D.CANCELLED} == set(Disposition)


def test_what_is_not_the_persons_doing_uses_up_no_attempt_of_theirs() -> None:
    free = {d for d in Disposition if not counts_as_attempt(d)}
    assert free == {D.CONGESTION, D.FAILED, D.CANCELLED}
    once = replace(CAMPAIGN, caps=Caps(attempts_per_campaign=1))
    assert is_done(D.BUSY, 1, once)
    assert not is_done(D.CONGESTION, 1, once)
    assert not is_done(D.CANCELLED, 9, once)


def test_a_campaigns_own_rule_comes_before_the_shipped_one() -> None:
    own = replace(OFTEN, retry={D.BUSY: RetryRule(2, timedelta(hours=3))})
    assert again(D.BUSY, campaign=own) == at("2026-11-25 15:00")
    assert is_done(D.BUSY, 2, own)


def test_who_answered_before_the_crash_is_not_disturbed_again() -> None:
    cut = next_attempt(D.INTERRUPTED, 1, OFTEN, NOON, IST, was_answered=True)
    assert isinstance(cut, Done)


def test_a_callback_comes_at_the_time_asked_for() -> None:
    asked = at("2026-11-27 17:45")
    assert again(D.CALLBACK, callback_at=asked) == asked
    night = at("2026-11-27 23:00")
    assert again(D.CALLBACK, callback_at=night) == at("2026-11-28 10:00")
    assert again(D.CALLBACK, callback_at=at("2026-11-20 10:00")) == NOON


def test_a_callback_is_one_attempt_more_than_the_cap() -> None:
    capped = replace(CAMPAIGN, caps=Caps(attempts_per_campaign=3))
    assert not is_done(D.CALLBACK, 3, capped)
    assert is_done(D.CALLBACK, 4, capped)


def test_what_would_fall_after_hours_waits_for_the_morning() -> None:
    evening = at("2026-11-25 19:50")
    assert again(D.BUSY, now=evening) == at("2026-11-26 10:00")
    assert again(D.CANCELLED, now=at("2026-11-25 21:00")) == at("2026-11-26 10:00")


def test_nothing_follows_when_the_campaign_ends_before() -> None:
    last_day = replace(OFTEN, ends_on=date(2026, 11, 25))
    assert is_done(D.ABANDONED, 1, last_day)
    assert is_done(D.PARTIAL, 1, last_day)


# Parts of the day


@pytest.mark.parametrize(
    ("now", "following"),
    [
        ("2026-11-25 10:05", "2026-11-25 13:00"),
        ("2026-11-25 12:30", "2026-11-25 13:30"),  # an hour on, within the next part
        ("2026-11-25 15:00", "2026-11-25 16:30"),
        ("2026-11-25 18:00", "2026-11-26 10:00"),
        ("2026-11-25 20:30", "2026-11-26 10:00"),
        ("2026-11-25 09:30", "2026-11-25 10:30"),
    ],
)
def test_who_does_not_answer_is_tried_in_the_next_part_of_the_day(
    now: str, following: str
) -> None:
    assert again(D.NO_ANSWER, now=at(now)) == at(following)


@pytest.mark.parametrize(
    ("now", "following"),
    [
        ("2026-11-25 10:05", "2026-11-26 13:00"),
        ("2026-11-26 13:00", "2026-11-27 16:30"),
        ("2026-11-27 16:30", "2026-11-28 10:00"),
    ],
)
def test_with_one_attempt_a_day_the_parts_still_take_turns(
    now: str, following: str
) -> None:
    assert again(D.NO_ANSWER, campaign=CAMPAIGN, now=at(now)) == at(following)


def test_a_part_on_an_off_day_moves_to_the_same_part_of_the_next_open_day() -> None:
    campaign = replace(OFTEN, off_days=("thursday",))
    assert again(D.PARTIAL, campaign=campaign) == at("2026-11-27 13:00")
    law = LawFacts(calendar=Calendar(holidays={date(2026, 11, 26): "पर्व"}))
    holiday = replace(OFTEN, off_days=("listed_holidays",))
    following = next_attempt(D.PARTIAL, 1, holiday, NOON, IST, law=law)
    assert following == Again(
        at("2026-11-27 13:00"), "partial, attempt 1 of 2: next part of the day"
    )


def test_a_part_that_the_campaign_never_calls_in_gives_way_to_any_opening() -> None:
    mornings = replace(OFTEN, windows=(Window(time(10), time(11)),))
    assert again(D.NO_ANSWER, campaign=mornings) == at("2026-11-26 10:00")


@given(
    st.sampled_from([d for d in Disposition if d not in FINAL]),
    st.integers(1, 3),
    st.integers(0, 60 * 24 * 60).map(
        lambda m: at("2026-11-01 00:00") + timedelta(minutes=m)
    ),
    st.sampled_from([IST, "Asia/Kathmandu", "America/New_York"]),
    st.lists(st.sampled_from(["sunday", "friday"]), max_size=2),
    st.sampled_from([(), (Window(time(9), time(11)), Window(time(17), time(21)))]),
)
def test_the_next_attempt_is_always_later_and_inside_a_window(
    outcome: Disposition,
    made: int,
    now: datetime,
    zone: str,
    off_days: list[str],
    windows: tuple[Window, ...],
) -> None:
    campaign = replace(OFTEN, off_days=tuple(off_days), windows=windows)
    following = next_attempt(outcome, made, campaign, now, zone)
    if isinstance(following, Done):
        assert made >= DEFAULT_RULES[outcome].attempts
        return
    assert following.at >= now
    assert closed(campaign, following.at.astimezone(zone_of(zone)), LawFacts()) is None


def test_the_shipped_parts_cover_the_shipped_hours() -> None:
    assert (DAY_PARTS[0].opens, DAY_PARTS[-1].closes) == (time(10), time(20))
    assert all(a.closes == b.opens for a, b in pairwise(DAY_PARTS))
