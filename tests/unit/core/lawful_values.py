"""A campaign, a trunk and a contact that break no rule, to be changed by tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ivr.core.model import (
    CallClass,
    Campaign,
    CampaignId,
    CentreCode,
    Contact,
    ContactId,
    Due,
    FlowId,
    ListName,
    Mode,
    PhoneNumber,
    Trunk,
    TrunkName,
)

IST = "Asia/Kolkata"
DID = PhoneNumber("+917552550100")
CAMPAIGN = Campaign(
    CampaignId("demo"),
    "प्रदर्शन",
    "Demo",
    "संवाद",
    CallClass.NGO_SURVEY,
    Mode.PREDICTIVE,
    FlowId("scheme-feedback"),
    (ListName("sample"),),
    TrunkName("carrier"),
    DID,
    off_days=(),
)
TRUNK = Trunk(
    TrunkName("carrier"),
    "192.0.2.1",
    caller_ids=(DID,),
    a2p_declared_on=date(2026, 11, 1),
)
CONTACT = Contact(
    ContactId(1),
    ListName("sample"),
    PhoneNumber("+919827112346"),
    district="SEH",
    constituency="157",
    centre=CentreCode("MP.BPL.SEH"),
)
DUE = Due(CONTACT, 0, 0, 0, False)


def at(text: str) -> datetime:
    """Return a moment written as a person in Bhopal would: "2026-11-25 10:30"."""
    there = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(IST))
    return there.astimezone(UTC)


NOON = at("2026-11-25 12:00")  # a Wednesday


def due_for(due: Due = DUE, **contact: Any) -> Due:
    """Return `due` for another contact."""
    return replace(due, contact=replace(due.contact, **contact))
