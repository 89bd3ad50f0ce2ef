"""People, lists, campaigns and calls for the store's tests. All invented."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from ivr.core.call import Call, CallState
from ivr.core.flow_model import Flow, Node, NodeKind
from ivr.core.model import (
    Answer,
    CallClass,
    CallId,
    Campaign,
    CampaignId,
    Centre,
    CentreCode,
    Contact,
    ContactFilter,
    ContactId,
    Disposition,
    Due,
    FlowId,
    ListName,
    Mode,
    NodeId,
    PhoneNumber,
    RetryRule,
    Telecaller,
    TelecallerId,
    TrunkName,
)

NOON = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)  # 12:00 in Bhopal
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SURVEY, OTHER = CampaignId("survey"), CampaignId("other")
VILLAGE = ListName("village")
FLOW = Flow(
    flow_id=FlowId("feedback"),
    version="aaaaaaaaaaaa",
    title_hi="राय",
    title_en="Feedback",
    start=NodeId("hello"),
    nodes={
        NodeId("hello"): Node(NodeId("hello"), NodeKind.PLAY, say={"hi": "नमस्ते"}),
    },
)
CENTRE = Centre(CentreCode("MP.BPL"), "भोपाल", "Bhopal", CentreCode("MP"))
ASHA = Telecaller(TelecallerId("asha"), "आशा", CENTRE.code, "desk-1", ("hi", "en"))


class Kept(Protocol):
    """What SqlStore and MemoryStore have in common; tests need no more."""

    def __getattr__(self, name: str) -> Any: ...


def campaign(
    campaign_id: CampaignId = SURVEY,
    *,
    lists: Sequence[str] = (VILLAGE,),
    filters: ContactFilter | None = None,
) -> Campaign:
    return Campaign(
        campaign_id=campaign_id,
        title_hi="सर्वे",
        title_en="Survey",
        organisation="जन संवाद",
        call_class=CallClass.NGO_SURVEY,
        mode=Mode.BROADCAST,
        flow_id=FLOW.flow_id,
        lists=tuple(ListName(name) for name in lists),
        trunk=TrunkName("main"),
        caller_id=PhoneNumber("+917554000000"),
        filters=filters or ContactFilter(),
        retry={Disposition.BUSY: RetryRule(3, timedelta(minutes=20))},
    )


def person(last_digits: int, **fields: Any) -> Contact:
    number = PhoneNumber(f"+9198271{last_digits:05d}")
    return Contact(ContactId(0), VILLAGE, number, name="राम", **fields)


async def started(
    store: Kept,
    people: int | Sequence[Contact] = 3,
    campaign_id: CampaignId = SURVEY,
    *,
    at: datetime = NOON,
) -> Campaign:
    """Save a campaign over a list of people and enrol them, due at `at`."""
    the_campaign = campaign(campaign_id)
    if isinstance(people, int):
        people = [person(n) for n in range(people)]
    await store.add_contacts(VILLAGE, "test", at, people)
    await store.save_campaign(the_campaign, FLOW, "flow: text", at)
    await store.enrol(the_campaign, at)
    return the_campaign


def call_to(
    due: Due, call_id: str, *, at: datetime = NOON, campaign_id: CampaignId = SURVEY
) -> Call:
    return Call(
        call_id=CallId(call_id),
        campaign_id=campaign_id,
        contact_id=due.contact.contact_id,
        number=due.contact.number,
        caller_id=PhoneNumber("+917554000000"),
        trunk=TrunkName("main"),
        flow_id=FLOW.flow_id,
        flow_version=FLOW.version,
        attempt_no=due.attempts_in_campaign + 1,
        placed_at=at,
    )


async def opened(
    store: Kept,
    call_id: str = "call-1",
    *,
    at: datetime = NOON,
    campaign_id: CampaignId = SURVEY,
) -> Call:
    """Claim the next contact and open an attempt to it."""
    [due] = await store.claim_due(campaign_id, 1, at)
    call = call_to(due, call_id, at=at, campaign_id=campaign_id)
    await store.open_attempt(call)
    return call


async def ended(
    store: Kept,
    call: Call,
    disposition: Disposition = Disposition.BUSY,
    *,
    next_at: datetime | None = None,
    **facts: Any,
) -> Call:
    """Close the call's attempt, a minute after it was placed."""
    at = call.placed_at + MINUTE
    over = replace(call, **({"state": CallState.ENDED, "ended_at": at} | facts))
    await store.close_attempt(over, disposition, next_at, "because of a test")
    return over


def key(call: Call, seq: int, value: str = "1") -> Answer:
    return Answer(
        call_id=call.call_id,
        seq=seq,
        node=NodeId("q1"),
        kind="key",
        value=value,
        accepted=True,
        meaning="हाँ",
        at=NOON,
    )
