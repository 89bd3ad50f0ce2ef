"""The law written down a second time, plainly, to judge `core.compliance` by.

It shares no code with it: one list of every rule a call at a given moment breaks.
Nothing is fast or clever here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ivr.core.law import LawFacts
from ivr.core.model import Campaign, Due, Trunk

IST = ZoneInfo("Asia/Kolkata")
DAYS = ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")
MP_STD = (
    "7141 7162 7164 7272 7282 7290 7292 731 7325 733 734 7362 7364 7372 7392 7394 "
    "7412 7422 7423 7482 7492 751 7522 7530 7532 7534 7542 7543 755 7562 7574 7577 "
    "7582 7592 761 7622 7632 7642 7644 7652 7653 7659 7662 7663 7672 7674 7680 7682 "
    "7683 7692 7732 7792 7805 7812 7822"
).split()


def broken_rules(
    due: Due, campaign: Campaign, trunk: Trunk, law: LawFacts, at: datetime
) -> set[str]:
    """Return a name for every rule that a call at `at` would break."""
    return (
        _number(due, campaign, trunk, law)
        | _campaign(campaign, trunk, law, at)
        | _hours(due, campaign, law, at)
        | _frequency(due, campaign, law, at)
        | _elections(due, campaign, law, at)
    )


def _number(due: Due, campaign: Campaign, trunk: Trunk, law: LawFacts) -> set[str]:
    number = due.contact.number
    ours = {*law.own_caller_ids, *trunk.caller_ids, campaign.caller_id}
    barred = (
        number[:3] != "+91"
        or len(number) != 13
        or number[3] in "01"
        or number in law.never_dial
        or any(number.startswith(prefix) for prefix in law.never_dial_prefixes)
        or number in ours
    )
    broken = {"never_dial"} if barred else set()
    return broken | ({"do_not_call"} if due.on_do_not_call else set())


def _campaign(
    campaign: Campaign, trunk: Trunk, law: LawFacts, at: datetime
) -> set[str]:
    broken = set()
    kind, automatic = campaign.call_class.value, campaign.mode.value != "preview"
    national = campaign.caller_id[3:]
    if kind == "promotional":
        broken.add("promotional")
    letter = law.authority_until.get(campaign.campaign_id)
    today = at.astimezone(IST).date()
    if kind == "gov_on_behalf" and (letter is None or letter < today):
        broken.add("authority")
    if campaign.caller_id not in trunk.caller_ids:
        broken.add("caller_id")
    if national.startswith("140"):
        broken.add("caller_id_140")
    if national.startswith("1600") and kind != "gov_on_behalf":
        broken.add("caller_id_1600")
    landline = any(
        national.startswith(std) and national[len(std)] in "23456" for std in MP_STD
    )
    if automatic and national[0] in "6789" and not landline:
        broken.add("caller_id_mobile")
    if automatic and not (trunk.a2p_declared_on and trunk.a2p_declared_on <= today):
        broken.add("a2p")
    if _mode(campaign, law) == "stop":
        broken.add("abandonment")
    return broken


def _mode(campaign: Campaign, law: LawFacts) -> str:
    """The ladder, for counts of at least 500 answers."""
    counts = law.abandonment
    assert counts.answered_30d >= 500 or counts.abandoned_30d == 0
    rate = counts.abandoned_30d / max(1, counts.answered_30d)
    mode = campaign.mode.value
    if rate >= 0.03:
        return "stop"
    if mode in {"predictive", "progressive"} and rate >= 0.02:
        return "preview"
    if mode == "predictive" and rate >= 0.01:
        return "progressive"
    return mode


def _hours(due: Due, campaign: Campaign, law: LawFacts, at: datetime) -> set[str]:
    broken = set()
    local = at.astimezone(ZoneInfo(due.contact.timezone))
    rung_out = local + campaign.ring_timeout
    if local.time() < time(9) or local.date() != rung_out.date():
        broken.add("hours")
    if rung_out.time() > time(21):
        broken.add("hours")
    last = time(19) if campaign.mode.value == "broadcast" else time(20)
    spans = [(w.opens, w.closes) for w in campaign.windows] or [(time(10), last)]
    if not any(opens <= local.time() < closes for opens, closes in spans):
        broken.add("window")
    names = {DAYS[local.weekday()] + "day", local.date().isoformat()}
    if local.date() in law.calendar.holidays:
        names.add("listed_holidays")
    if names & set(campaign.off_days):
        broken.add("off_day")
    if campaign.starts_on and local.date() < campaign.starts_on:
        broken.add("not_begun")
    if campaign.ends_on and local.date() > campaign.ends_on:
        broken.add("over")
    return broken


def _frequency(due: Due, campaign: Campaign, law: LawFacts, at: datetime) -> set[str]:
    broken = set()
    caps = campaign.caps
    asked = due.callback_at
    extra = 1 if asked is not None and asked <= at else 0
    if asked is not None and asked > at:
        broken.add("callback_later")
    if due.attempts_in_campaign >= caps.attempts_per_campaign + (asked is not None):
        broken.add("attempts_in_campaign")
    if due.attempts_today and due.attempts_today >= caps.attempts_per_day + extra:
        broken.add("attempts_today")
    if due.conversations_30d >= caps.conversations_per_30d + extra:
        broken.add("conversations")
    recent = due.last_abandoned_at and at - due.last_abandoned_at < timedelta(hours=72)
    if recent and not extra and _mode(campaign, law) in {"predictive", "broadcast"}:
        broken.add("after_abandonment")
    return broken


def _elections(due: Due, campaign: Campaign, law: LawFacts, at: datetime) -> set[str]:
    broken = set()
    soon = at + campaign.ring_timeout
    for area in law.calendar.areas:
        first = area.closes_first or time(15)
        last = area.closes_last or time(19)
        begins = datetime.combine(area.poll_on, first, IST) - timedelta(hours=48)
        ends = datetime.combine(area.poll_on, last, IST)
        if soon < begins or at >= ends:
            continue
        if _may_vote_in(due.contact.district, due.contact.constituency, area):
            broken.add("silence")
    for ban in law.calendar.exit_poll_bans:
        asks = campaign.flow_id in law.calendar.exit_poll_flows
        if asks and soon >= ban.starts and at < ban.ends:
            broken.add("exit_poll")
    good_until = law.certified_until.get(campaign.campaign_id, date.min)
    day = at.astimezone(IST).date()
    for days in law.calendar.electoral_periods:
        electoral = campaign.call_class.value != "ngo_survey"
        if electoral and days.starts_on <= day <= days.ends_on and good_until < day:
            broken.add("certificate")
    return broken


def _may_vote_in(district: str, seat: str, area: object) -> bool:
    """Anything but a certain no is a yes."""
    its_district = getattr(area, "district", "")
    its_seat = getattr(area, "constituency", "")
    if its_seat and seat:
        return int(its_seat) == int(seat)
    if its_district and district:
        return bool(its_district == district)
    return True


def same_day(a: datetime, b: datetime, zone: str) -> bool:
    there = ZoneInfo(zone)
    return a.astimezone(there).date() == b.astimezone(there).date()


def utc(text: str) -> datetime:
    """Return a moment written as a person in Bhopal would: "2026-11-25 10:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=IST).astimezone(UTC)
