"""No generated schedule, list and clock makes a call that breaks a rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

from hypothesis import example, given, settings
from hypothesis import strategies as st
from lawful_oracle import MP_STD, broken_rules, same_day, utc

from ivr.core.compliance import Allowed, judge
from ivr.core.election import Period, PollingArea
from ivr.core.law import Abandoned, Calendar, DayPeriod, LawFacts
from ivr.core.model import (
    CallClass,
    Campaign,
    CampaignId,
    Caps,
    Contact,
    ContactId,
    Disposition,
    Due,
    FlowId,
    ListName,
    Mode,
    PhoneNumber,
    Refused,
    Trunk,
    TrunkName,
    Window,
)
from ivr.core.retry import Again, counts_as_attempt, next_attempt

FIRST_DAY = date(2026, 11, 20)  # a Friday
DID = PhoneNumber("+917552550100")
LANDLINES = [PhoneNumber(f"+91{std}{'2551234567'[: 10 - len(std)]}") for std in MP_STD]
DISTRICTS = ["", "SEH", "BHO", "BLG"]
SEATS = ["", "7", "157", "108"]


T = TypeVar("T")


def mostly(
    good: st.SearchStrategy[T], other: st.SearchStrategy[T], share: int = 12
) -> st.SearchStrategy[T]:
    """One of `share` values is `other`: else no call would pass every rule."""
    return st.integers(1, share).flatmap(lambda n: other if n == share else good)


numbers = mostly(
    st.sampled_from(LANDLINES)
    | st.integers(6_300_000_000, 9_999_999_999).map(lambda n: PhoneNumber(f"+91{n}")),
    st.sampled_from(
        "+91100 +91112 +9114567 +911950 +91155260 +911800123456 +9198271 +12025550123 "
        "+910755255123 +917552550100 +919827112345".split()
    ).map(PhoneNumber),
)
zones = st.sampled_from(["Asia/Kolkata"] * 6 + ["Asia/Kathmandu", "America/New_York"])
contacts = st.builds(
    Contact,
    contact_id=st.just(ContactId(1)),
    list_name=st.just(ListName("sample")),
    number=numbers,
    district=st.sampled_from(DISTRICTS),
    constituency=st.sampled_from([*SEATS, "007"]),
    timezone=zones,
)
days = st.integers(0, 12).map(lambda n: FIRST_DAY + timedelta(days=n))
quarters = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
moments = st.builds(
    lambda day, at, seconds: utc(f"{day} {at}") + timedelta(seconds=seconds),
    days,
    mostly(st.integers(40, 75).map(lambda n: time(n // 4, n % 4 * 15)), quarters, 2),
    st.sampled_from([0, 0, -1, 1, -30, -29, 400]),
)
windows = mostly(
    st.just(()),
    st.lists(
        st.tuples(quarters, quarters)
        .filter(lambda pair: pair[0] != pair[1])
        .map(lambda pair: Window(min(pair), max(pair))),
        max_size=2,
    ).map(tuple),
    3,
)
off_days = mostly(
    st.just(()),
    st.lists(
        st.sampled_from(["sunday", "tuesday", "listed_holidays", "2026-11-25"]),
        max_size=3,
    ).map(tuple),
    2,
)
caps = st.builds(
    Caps,
    attempts_per_day=st.integers(1, 2),
    attempts_per_campaign=st.integers(1, 4),
    conversations_per_30d=st.integers(1, 3),
)
campaigns = st.builds(
    Campaign,
    campaign_id=st.just(CampaignId("demo")),
    title_hi=st.just("प्रदर्शन"),
    title_en=st.just("Demo"),
    organisation=st.just("संवाद"),
    call_class=mostly(
        st.sampled_from([CallClass.NGO_SURVEY, CallClass.PARTY_CIVIC]),
        st.sampled_from(CallClass),
    ),
    mode=st.sampled_from(list(Mode)),
    flow_id=st.sampled_from([FlowId("feedback"), FlowId("exit")]),
    lists=st.just((ListName("sample"),)),
    trunk=st.just(TrunkName("carrier")),
    caller_id=st.sampled_from([DID] * 20 + ["+911409876543", "+919827000001"]).map(
        PhoneNumber
    ),
    windows=windows,
    off_days=off_days,
    caps=caps,
    ring_timeout=st.sampled_from([15, 30, 45]).map(lambda s: timedelta(seconds=s)),
    starts_on=mostly(st.none(), days),
    ends_on=mostly(st.none(), days),
)
trunks = st.builds(
    Trunk,
    name=st.just(TrunkName("carrier")),
    host=st.just("192.0.2.1"),
    caller_ids=st.sampled_from([(DID, "+911409876543", "+919827000001")] * 19 + [()]),
    a2p_declared_on=mostly(st.just(date(2026, 1, 1)), st.none() | days),
)
areas = st.builds(
    PollingArea,
    poll_on=days,
    district=st.sampled_from(DISTRICTS),
    constituency=st.sampled_from(SEATS),
    closes_first=st.sampled_from([None, time(15), time(17)]),
    closes_last=st.sampled_from([None, time(18)]),
)
bans = st.builds(
    lambda start, hours: Period(start, start + timedelta(hours=hours)),
    moments,
    st.integers(1, 300),
)
periods = st.builds(
    lambda first, length: DayPeriod(first, first + timedelta(days=length)),
    days,
    st.integers(0, 10),
)
calendars = st.builds(
    Calendar,
    holidays=st.dictionaries(days, st.just("दीपावली"), max_size=4),
    areas=mostly(st.just(()), st.lists(areas, max_size=3).map(tuple), 2),
    exit_poll_bans=st.lists(bans, max_size=1).map(tuple),
    electoral_periods=mostly(st.just(()), st.lists(periods, max_size=1).map(tuple), 3),
    exit_poll_flows=st.just(frozenset({FlowId("exit")})),
)
laws = st.builds(
    LawFacts,
    calendar=calendars,
    never_dial=st.just(frozenset({PhoneNumber("+919827112345")})),
    never_dial_prefixes=st.sampled_from([(), ("+9162",)]),
    own_caller_ids=st.just(frozenset({DID})),
    abandonment=st.sampled_from([0] * 9 + [5, 12, 25, 29, 30]).map(
        lambda lost: Abandoned(1000, lost, 500, lost // 2)
    ),
    certified_until=st.dictionaries(st.just(CampaignId("demo")), days, max_size=1),
    authority_until=st.dictionaries(st.just(CampaignId("demo")), days, max_size=1),
)
dues = st.builds(
    Due,
    contact=contacts,
    attempts_in_campaign=st.sampled_from([0, 0, 0, 0, 0, 0, 1, 2, 5]),
    attempts_today=st.sampled_from([0, 0, 0, 0, 0, 0, 1, 2]),
    conversations_30d=st.sampled_from([0, 0, 0, 0, 0, 0, 1, 3]),
    on_do_not_call=st.sampled_from([False] * 19 + [True]),
    last_abandoned_at=mostly(st.none(), moments, 3),
    callback_at=mostly(st.none(), moments, 4),
)


@settings(max_examples=250)
@given(dues, campaigns, trunks, laws, moments)
def test_judge_allows_exactly_what_breaks_no_rule(
    due: Due, campaign: Campaign, trunk: Trunk, law: LawFacts, now: datetime
) -> None:
    broken = broken_rules(due, campaign, trunk, law, now)
    verdict = judge(due, campaign, trunk, law, now)
    assert isinstance(verdict, Allowed) == (not broken), (verdict, broken)


TIMED = {
    "hours",
    "window",
    "off_day",
    "not_begun",
    "callback_later",
    "attempts_today",
    "conversations",
    "after_abandonment",
    "silence",
    "exit_poll",
    "certificate",
}


@settings(max_examples=100)
@given(dues, campaigns, trunks, laws, moments, st.data())
def test_retry_at_is_the_first_moment_that_breaks_no_rule(
    due: Due,
    campaign: Campaign,
    trunk: Trunk,
    law: LawFacts,
    now: datetime,
    data: st.DataObject,
) -> None:
    verdict = judge(due, campaign, trunk, law, now)
    broken = broken_rules(due, campaign, trunk, law, now)
    if isinstance(verdict, Allowed) or not broken <= TIMED:
        return

    def breaks(at: datetime) -> set[str]:
        # Counts of the day begin anew on the next day; nobody else calls meanwhile.
        fresh = not same_day(now, at, due.contact.timezone)
        later = replace(due, attempts_today=0, conversations_30d=0) if fresh else due
        return broken_rules(later, campaign, trunk, law, at) & (TIMED | {"over"})

    retry_at = verdict.retry_at
    if retry_at is None:
        sampled = data.draw(st.lists(st.integers(0, 60 * 24 * 45), max_size=30))
        assert all(breaks(now + timedelta(minutes=minute)) for minute in sampled)
        return
    assert not breaks(retry_at)
    seconds = int((retry_at - now).total_seconds())
    for second in data.draw(st.lists(st.integers(0, max(0, seconds - 1)), max_size=30)):
        assert breaks(now + timedelta(seconds=second))


# A whole schedule: contacts, outcomes and a clock, with a ledger of its own.


@dataclass
class Person:
    contact: Contact
    due_at: datetime
    attempts: int = 0
    opted_out: bool = False
    abandoned_at: datetime | None = None
    callback_at: datetime | None = None


@dataclass(frozen=True)
class Rung:
    """A call that was placed, and what the ledger knew of its number."""

    due: Due
    at: datetime


outcomes = st.sampled_from([d for d in Disposition if d is not Disposition.CANCELLED])


def run_schedule(
    people: list[Person],
    campaign: Campaign,
    trunk: Trunk,
    law: LawFacts,
    steps: list[timedelta],
    draw: Callable[[], Disposition],
) -> list[Rung]:
    """Dial whoever is due at each tick of the clock; return every call placed."""
    rung: list[Rung] = []
    talks: list[tuple[str, datetime]] = []
    counted: list[tuple[str, datetime]] = []
    now = utc("2026-11-20 08:30")
    for step in steps:
        now += step
        for person in people:
            if person.due_at > now:
                continue
            due = _due(person, counted, talks, now)
            verdict = judge(due, campaign, trunk, law, now)
            if isinstance(verdict, Refused):
                never = datetime.max.replace(tzinfo=UTC)
                person.due_at = verdict.retry_at or never
                continue
            rung.append(Rung(due, now))
            _ring(person, campaign, law, now, draw(), counted, talks)
    return rung


def _due(
    person: Person,
    counted: list[tuple[str, datetime]],
    talks: list[tuple[str, datetime]],
    now: datetime,
) -> Due:
    number, zone = person.contact.number, person.contact.timezone
    return Due(
        contact=person.contact,
        attempts_in_campaign=person.attempts,
        attempts_today=sum(
            n == number and same_day(at, now, zone) for n, at in counted
        ),
        conversations_30d=sum(
            n == number and now - at < timedelta(days=30) for n, at in talks
        ),
        on_do_not_call=person.opted_out,
        last_abandoned_at=person.abandoned_at,
        callback_at=person.callback_at,
    )


def _ring(
    person: Person,
    campaign: Campaign,
    law: LawFacts,
    now: datetime,
    outcome: Disposition,
    counted: list[tuple[str, datetime]],
    talks: list[tuple[str, datetime]],
) -> None:
    number = person.contact.number
    person.callback_at = None
    if counts_as_attempt(outcome):
        person.attempts += 1
        counted.append((number, now))
    if outcome is Disposition.TALKED:
        talks.append((number, now))
    if outcome is Disposition.ABANDONED:
        person.abandoned_at = now
    if outcome is Disposition.OPTED_OUT:
        person.opted_out = True
    if outcome is Disposition.CALLBACK:
        person.callback_at = now + timedelta(hours=2)
    following = next_attempt(
        outcome,
        person.attempts,
        campaign,
        now,
        person.contact.timezone,
        law=law,
        callback_at=person.callback_at,
    )
    never = datetime.max.replace(tzinfo=UTC)
    # A wrong answer of the retry rules must not matter: dial done people as well.
    person.due_at = following.at if isinstance(following, Again) else never
    if outcome is Disposition.OPTED_OUT:
        person.due_at = now


@settings(max_examples=40)
@given(
    st.lists(contacts, min_size=1, max_size=6),
    campaigns,
    trunks,
    laws,
    st.lists(
        st.sampled_from([7, 45, 180, 600, 1441]).map(lambda m: timedelta(minutes=m)),
        min_size=20,
        max_size=80,
    ),
    st.data(),
)
def test_no_schedule_makes_a_call_that_breaks_a_rule(
    contacts: list[Contact],
    campaign: Campaign,
    trunk: Trunk,
    law: LawFacts,
    steps: list[timedelta],
    data: st.DataObject,
) -> None:
    people = [Person(contact, utc("2026-11-20 00:00")) for contact in contacts]
    rung = run_schedule(
        people, campaign, trunk, law, steps, lambda: data.draw(outcomes)
    )
    for call in rung:
        assert not broken_rules(call.due, campaign, trunk, law, call.at), call
    opted_out = {p.contact.number for p in people if p.opted_out}
    for number in opted_out:
        of_number = [c for c in rung if c.due.contact.number == number]
        assert not of_number[-1].due.on_do_not_call


@example(minute=0)
@given(st.integers(-90, 90))
def test_nobody_rings_past_nine_in_the_evening(minute: int) -> None:
    campaign = Campaign(
        CampaignId("demo"),
        "प्रदर्शन",
        "Demo",
        "संवाद",
        CallClass.NGO_SURVEY,
        Mode.PROGRESSIVE,
        FlowId("feedback"),
        (ListName("sample"),),
        TrunkName("carrier"),
        DID,
        windows=(Window(time(9), time(21)),),
        off_days=(),
    )
    trunk = Trunk(
        TrunkName("carrier"), "192.0.2.1", caller_ids=(DID,), a2p_declared_on=FIRST_DAY
    )
    contact = Contact(ContactId(1), ListName("sample"), PhoneNumber("+919827112346"))
    now = utc("2026-11-25 21:00") + timedelta(seconds=minute)
    verdict = judge(Due(contact, 0, 0, 0, False), campaign, trunk, LawFacts(), now)
    assert isinstance(verdict, Allowed) == (minute < -30)
    if isinstance(verdict, Refused):
        assert verdict.retry_at == utc("2026-11-26 09:00")
