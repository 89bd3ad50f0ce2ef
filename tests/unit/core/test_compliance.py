"""Each rule by itself: what it refuses, by which words, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from lawful_values import CAMPAIGN, DUE, NOON, TRUNK, at, due_for

from ivr.core.caller_id import CallerIdType
from ivr.core.compliance import Allowed, judge, judge_campaign
from ivr.core.election import Period, PollingArea
from ivr.core.law import Abandoned, Calendar, DayPeriod, LawFacts
from ivr.core.model import (
    CallClass,
    Campaign,
    Due,
    FlowId,
    Mode,
    PhoneNumber,
    Refused,
    Trunk,
)

LAW = LawFacts()
POLL = PollingArea(date(2026, 11, 26), "SEH", "157", time(18), time(18))


def refused(
    due: Due = DUE,
    campaign: Campaign = CAMPAIGN,
    trunk: Trunk = TRUNK,
    law: LawFacts = LAW,
    now: datetime = NOON,
) -> Refused:
    verdict = judge(due, campaign, trunk, law, now)
    assert isinstance(verdict, Refused), verdict
    return verdict


def is_allowed(
    due: Due = DUE, campaign: Campaign = CAMPAIGN, law: LawFacts = LAW
) -> bool:
    return isinstance(judge(due, campaign, TRUNK, law, NOON), Allowed)


def test_a_lawful_call_says_when_and_where_it_is_lawful() -> None:
    verdict = judge(DUE, CAMPAIGN, TRUNK, LAW, NOON)
    assert isinstance(verdict, Allowed)
    assert verdict.because.startswith("12:00 in Asia/Kolkata")


@pytest.mark.parametrize(
    "number",
    [
        "+91100",
        "+91112",
        "+9114567",
        "+911930",
        "+91155260",
        "+91222222",
        "+911409876543",
        "+911600123456",
        "+911800123456",
        "+9198271123",
        "+9198271123456",
        "+910755255123",
        "+12025550123",
        "+91982711234x",
        "+91९८२७११२३४५",
        "+917552550100",  # our own
        "",
    ],
)
def test_these_numbers_are_never_dialled(number: str) -> None:
    no = refused(due_for(number=PhoneNumber(number)))
    assert (no.reason, no.retry_at) == ("never_dial", None)


def test_protected_numbers_and_ranges_are_never_dialled() -> None:
    protected = LawFacts(
        never_dial=frozenset({DUE.contact.number}), never_dial_prefixes=("+9162",)
    )
    assert refused(law=protected).reason == "never_dial"
    ranged = due_for(number=PhoneNumber("+916212345678"))
    assert refused(ranged, law=protected).reason == "never_dial"


def test_the_caller_id_of_another_trunk_is_not_dialled_either() -> None:
    law = LawFacts(own_caller_ids=frozenset({DUE.contact.number}))
    assert refused(law=law).rule.endswith("a caller ID of our own")


def test_who_opted_out_is_never_called_again() -> None:
    no = refused(replace(DUE, on_do_not_call=True, callback_at=NOON))
    assert (no.reason, no.retry_at) == ("do_not_call", None)


def test_a_contact_in_no_known_time_zone_is_not_called() -> None:
    for zone in ("Asia/Bhopal", "", "../etc/passwd"):
        assert refused(due_for(timezone=zone)).reason == "unknown_zone"


def test_attempts_in_the_campaign_end_but_a_callback_asked_for_is_one_more() -> None:
    used_up = replace(DUE, attempts_in_campaign=3)
    assert refused(used_up).reason == "attempts_used_up"
    assert is_allowed(replace(used_up, callback_at=NOON))
    again = replace(used_up, attempts_in_campaign=4, callback_at=NOON)
    assert refused(again).retry_at is None


def test_one_attempt_a_day_whatever_the_campaign() -> None:
    no = refused(replace(DUE, attempts_today=1))
    assert (no.reason, no.retry_at) == ("attempts_today", at("2026-11-26 10:00"))
    assert is_allowed(replace(DUE, attempts_today=1, callback_at=NOON))


def test_two_conversations_in_thirty_days_are_enough() -> None:
    no = refused(replace(DUE, conversations_30d=2))
    assert (no.reason, no.retry_at) == ("conversations_30d", at("2026-11-26 10:00"))


def test_who_asked_to_be_called_later_is_called_then() -> None:
    no = refused(replace(DUE, callback_at=at("2026-11-25 17:30")))
    assert (no.reason, no.retry_at) == ("callback_later", at("2026-11-25 17:30"))
    night = refused(replace(DUE, callback_at=at("2026-11-25 22:30")))
    assert night.retry_at == at("2026-11-26 10:00")


@pytest.mark.parametrize(
    ("when", "reason", "retry_at"),
    [
        ("2026-11-25 08:59", "outside_hours", "2026-11-25 10:00"),
        ("2026-11-25 09:30", "outside_window", "2026-11-25 10:00"),
        ("2026-11-25 20:00", "outside_window", "2026-11-26 10:00"),
        ("2026-11-25 21:04", "outside_hours", "2026-11-26 10:00"),
    ],
)
def test_outside_the_hours_the_retry_is_at_the_next_opening(
    when: str, reason: str, retry_at: str
) -> None:
    no = refused(now=at(when))
    assert (no.reason, no.retry_at) == (reason, at(retry_at))


def test_an_off_day_and_a_holiday_are_skipped_together() -> None:
    campaign = replace(CAMPAIGN, off_days=("sunday", "listed_holidays"))
    law = LawFacts(calendar=Calendar(holidays={date(2026, 11, 30): "पर्व"}))
    no = refused(campaign=campaign, law=law, now=at("2026-11-29 12:00"))
    assert (no.reason, no.retry_at) == ("off_day", at("2026-12-01 10:00"))


def test_a_campaign_calls_between_its_dates_only() -> None:
    campaign = replace(
        CAMPAIGN, starts_on=date(2026, 11, 27), ends_on=date(2026, 11, 28)
    )
    early = refused(campaign=campaign)
    assert early.reason == "campaign_not_begun"
    assert early.retry_at == at("2026-11-27 10:00")
    late = refused(campaign=campaign, now=at("2026-11-29 12:00"))
    assert (late.reason, late.retry_at) == ("campaign_over", None)


def test_nobody_is_due_again_when_the_campaign_ends_first() -> None:
    campaign = replace(CAMPAIGN, ends_on=date(2026, 11, 25))
    assert refused(campaign=campaign, now=at("2026-11-25 20:30")).retry_at is None


# After an abandonment

ABANDONED = replace(DUE, last_abandoned_at=at("2026-11-24 11:00"))


def test_an_abandoned_person_is_left_alone_for_three_days() -> None:
    no = refused(ABANDONED)
    assert (no.reason, no.retry_at) == ("after_abandonment", at("2026-11-27 11:00"))
    assert "Ofcom" in no.rule


@pytest.mark.parametrize("mode", [Mode.PROGRESSIVE, Mode.PREVIEW])
def test_an_abandoned_person_may_be_called_with_a_telecaller_reserved(
    mode: Mode,
) -> None:
    assert is_allowed(ABANDONED, replace(CAMPAIGN, mode=mode))


def test_the_ladder_counts_for_who_has_a_telecaller_reserved() -> None:
    assert is_allowed(ABANDONED, law=LawFacts(abandonment=Abandoned(1000, 12, 500, 6)))


def test_an_abandoned_person_who_asked_for_a_call_gets_it() -> None:
    assert is_allowed(replace(ABANDONED, callback_at=at("2026-11-25 11:00")))


# Elections

SILENT = LawFacts(calendar=Calendar(areas=(POLL,)))


def test_silence_is_counted_back_from_the_poll_close() -> None:
    assert refused(law=SILENT).reason == "election_silence"
    assert refused(law=SILENT).retry_at == at("2026-11-26 18:00")
    before = judge(DUE, CAMPAIGN, TRUNK, SILENT, at("2026-11-24 17:59:29"))
    assert isinstance(before, Allowed)
    ringing_into_it = refused(law=SILENT, now=at("2026-11-24 17:59:30"))
    assert ringing_into_it.reason == "election_silence"


def test_preview_calls_keep_the_silence_too() -> None:
    preview = replace(CAMPAIGN, mode=Mode.PREVIEW)
    assert refused(campaign=preview, law=SILENT).reason == "election_silence"


def test_other_seats_go_on_and_unknown_ones_are_held() -> None:
    assert is_allowed(due_for(constituency="156"), law=SILENT)
    assert is_allowed(due_for(constituency="", district="BHO"), law=SILENT)
    unknown = refused(due_for(constituency="", district="SEH"), law=SILENT)
    assert unknown.reason == "election_area_unknown"
    assert unknown.retry_at == at("2026-11-26 18:00")


def test_a_question_about_the_vote_waits_for_the_end_of_all_polls() -> None:
    calendar = Calendar(
        exit_poll_bans=(Period(at("2026-11-20 07:00"), at("2026-11-28 18:30")),),
        exit_poll_flows=frozenset({FlowId("exit")}),
    )
    law = LawFacts(calendar=calendar)
    assert is_allowed(law=law)
    no = refused(campaign=replace(CAMPAIGN, flow_id=FlowId("exit")), law=law)
    assert (no.reason, no.retry_at) == ("exit_poll", at("2026-11-28 18:30"))


def test_in_an_election_period_party_voice_messages_need_a_certificate() -> None:
    period = DayPeriod(date(2026, 11, 20), date(2026, 11, 29))
    law = LawFacts(calendar=Calendar(electoral_periods=(period,)))
    assert is_allowed(law=law)
    party = replace(CAMPAIGN, call_class=CallClass.PARTY_CIVIC)
    no = refused(campaign=party, law=law)
    assert (no.reason, no.retry_at) == ("no_certificate", at("2026-11-30 10:00"))
    certified = replace(law, certified_until={CAMPAIGN.campaign_id: date(2026, 11, 25)})
    assert is_allowed(campaign=party, law=certified)
    before = replace(
        law, calendar=Calendar(electoral_periods=(DayPeriod(*[date(2027, 1, 1)] * 2),))
    )
    assert is_allowed(campaign=party, law=before)


# The campaign and its trunk

IN_AN_HOUR = at("2026-11-25 13:00")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"call_class": CallClass.PROMOTIONAL}, "promotional_off"),
        ({"call_class": CallClass.GOV_ON_BEHALF}, "no_authority_letter"),
        ({"ring_timeout": timedelta(seconds=14)}, "ring_timeout"),
        ({"ring_timeout": timedelta(seconds=46)}, "ring_timeout"),
        ({"caller_id": PhoneNumber("+917552550101")}, "caller_id_not_confirmed"),
    ],
)
def test_what_a_person_must_put_right_holds_everybody(
    changes: dict[str, Any], reason: str
) -> None:
    campaign = replace(CAMPAIGN, **changes)
    no = judge_campaign(campaign, TRUNK, LAW, NOON)
    assert isinstance(no, Refused)
    assert (no.reason, no.retry_at) == (reason, None)
    each = refused(campaign=campaign)
    assert (each.reason, each.rule, each.retry_at) == (reason, no.rule, IN_AN_HOUR)


@pytest.mark.parametrize(
    ("number", "kind", "mode", "reason"),
    [
        ("+919827000001", None, Mode.BROADCAST, "caller_id_mobile"),
        ("+919827000001", None, Mode.PREVIEW, None),
        ("+919827000001", CallerIdType.DID_ORDINARY, Mode.BROADCAST, None),
        ("+917552550100", CallerIdType.MOBILE, Mode.PREDICTIVE, "caller_id_mobile"),
        ("+911409876543", None, Mode.PREVIEW, "caller_id_class"),
        ("+911600123456", None, Mode.PREVIEW, "caller_id_class"),
        ("+911800123456", None, Mode.PREVIEW, "caller_id_class"),
    ],
)
def test_the_kind_of_caller_id_must_fit(
    number: str, kind: CallerIdType | None, mode: Mode, reason: str | None
) -> None:
    caller_id = PhoneNumber(number)
    campaign = replace(CAMPAIGN, caller_id=caller_id, mode=mode)
    trunk = replace(TRUNK, caller_ids=(caller_id,))
    law = LawFacts(caller_id_types={caller_id: kind} if kind else {})
    verdict = judge_campaign(campaign, trunk, law, NOON)
    assert (verdict.reason if isinstance(verdict, Refused) else None) == reason


def test_government_calls_need_a_letter_in_force_and_may_show_1600() -> None:
    number = PhoneNumber("+911600123456")
    campaign = replace(CAMPAIGN, call_class=CallClass.GOV_ON_BEHALF, caller_id=number)
    trunk = replace(TRUNK, caller_ids=(number,))
    letter = {CAMPAIGN.campaign_id: date(2026, 11, 25)}
    law = LawFacts(authority_until=letter)
    assert isinstance(judge_campaign(campaign, trunk, law, NOON), Allowed)
    expired = judge_campaign(campaign, trunk, law, at("2026-11-26 12:00"))
    assert isinstance(expired, Refused)


def test_automatic_calls_are_declared_first_and_preview_calls_need_not_be() -> None:
    undeclared = replace(TRUNK, a2p_declared_on=None)
    assert refused(trunk=undeclared).reason == "a2p_undeclared"
    tomorrow = replace(TRUNK, a2p_declared_on=date(2026, 11, 26))
    assert refused(trunk=tomorrow).reason == "a2p_undeclared"
    preview = replace(CAMPAIGN, mode=Mode.PREVIEW)
    assert isinstance(judge_campaign(preview, undeclared, LAW, NOON), Allowed)


def test_a_campaign_that_abandons_too_many_stops() -> None:
    law = LawFacts(abandonment=Abandoned(1000, 30, 500, 9))
    no = refused(law=law)
    assert (no.reason, no.retry_at) == ("abandonment_stop", IN_AN_HOUR)


def test_a_refusal_of_the_campaign_is_asked_again_within_the_hours() -> None:
    campaign = replace(CAMPAIGN, ring_timeout=timedelta(seconds=10))
    late = refused(campaign=campaign, now=at("2026-11-25 19:30"))
    assert late.retry_at == at("2026-11-26 10:00")


def test_many_obstacles_in_a_row_end_in_a_moment_to_ask_again() -> None:
    hours = [NOON + timedelta(hours=n) for n in range(500)]
    calendar = Calendar(
        exit_poll_bans=tuple(Period(h, h + timedelta(hours=1)) for h in hours),
        exit_poll_flows=frozenset({CAMPAIGN.flow_id}),
    )
    no = refused(law=LawFacts(calendar=calendar))
    assert no.retry_at is not None
    assert NOON < no.retry_at < hours[-1]
