"""Where and when there is silence before a poll."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

from lawful_values import CONTACT, at

from ivr.core.election import PollingArea, seat_number, silence_of, silences

POLL_ON = date(2026, 11, 26)


def test_an_unknown_close_is_counted_back_from_three_and_lasts_to_seven() -> None:
    period = silence_of(PollingArea(POLL_ON))
    assert period.starts == at("2026-11-24 15:00")
    assert period.ends == at("2026-11-26 19:00")


def test_the_earliest_booth_begins_the_silence_and_the_latest_ends_it() -> None:
    period = silence_of(
        PollingArea(POLL_ON, closes_first=time(15), closes_last=time(18))
    )
    assert period.starts == at("2026-11-24 15:00")
    assert period.ends == at("2026-11-26 18:00")


def test_a_last_close_before_the_first_does_not_shorten_the_silence() -> None:
    period = silence_of(
        PollingArea(POLL_ON, closes_first=time(20), closes_last=time(18))
    )
    assert period.ends == at("2026-11-26 20:00")


def test_silence_may_be_longer_than_the_law_asks_but_never_shorter() -> None:
    area = PollingArea(POLL_ON, closes_first=time(18), closes_last=time(18))
    longer = silence_of(area, timedelta(hours=72))
    assert longer.starts == at("2026-11-23 18:00")
    assert silence_of(area, timedelta(hours=1)) == silence_of(area)


def test_a_state_wide_poll_silences_everybody() -> None:
    found = silences([PollingArea(POLL_ON)])
    sure, unsure = found.of(replace(CONTACT, district="", constituency=""))
    assert (len(sure), unsure) == (1, ())


def test_a_seat_is_one_seat_however_its_number_is_written() -> None:
    assert [seat_number(s) for s in ("7", "007", " 7 ", "")] == ["7", "7", "7", ""]
    found = silences([PollingArea(POLL_ON, "SEH", "007")])
    assert found.of(replace(CONTACT, constituency="7"))[0]


def test_a_seat_whose_district_is_not_known_may_be_anybodys() -> None:
    found = silences([PollingArea(POLL_ON, constituency="157")])
    other = replace(CONTACT, district="BHO", constituency="")
    assert found.of(other)[1]
    assert found.of(replace(other, constituency="150")) == ((), ())


def test_a_district_that_votes_is_known_by_the_contacts_district() -> None:
    found = silences([PollingArea(POLL_ON, "SEH")])
    assert found.of(CONTACT)[0]
    assert found.of(replace(CONTACT, district="BHO")) == ((), ())
    assert found.of(replace(CONTACT, district=""))[1]


def test_silences_that_overlap_are_one() -> None:
    days = [POLL_ON, POLL_ON + timedelta(days=1), POLL_ON + timedelta(days=30)]
    found = silences(PollingArea(day, "SEH", "157") for day in days)
    first, second = found.of(CONTACT)[0]
    assert first.ends == at("2026-11-27 19:00")
    assert second.starts == at("2026-12-24 15:00")


def test_without_polls_there_is_no_silence() -> None:
    assert not silences([])
