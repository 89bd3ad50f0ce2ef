"""What a flow may know of a call."""

from __future__ import annotations

from datetime import UTC, datetime

from ivr.core.flow_facts import facts_for
from ivr.core.model import (
    CallClass,
    Campaign,
    CampaignId,
    Contact,
    ContactId,
    FlowId,
    ListName,
    Mode,
    PhoneNumber,
    TrunkName,
)

CAMPAIGN = Campaign(
    campaign_id=CampaignId("c"),
    title_hi="",
    title_en="",
    organisation="जन संवाद केंद्र",
    call_class=CallClass.NGO_SURVEY,
    mode=Mode.BROADCAST,
    flow_id=FlowId("f"),
    lists=(),
    trunk=TrunkName("t"),
    caller_id=PhoneNumber("+917552550100"),
)
CONTACT = Contact(
    ContactId(1),
    ListName("l"),
    PhoneNumber("+919800000001"),
    name="सीता बाई",
    district="SEH",
    schemes=("pension",),
    fields={"amount": "6000", "organisation": "कोई और"},
)
NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


def test_a_list_cannot_say_who_is_calling() -> None:
    facts = facts_for(CONTACT, CAMPAIGN, now=NOW, district_name="सीहोर")
    assert facts.fields == {
        "amount": "6000",
        "name": "सीता बाई",
        "district": "SEH",
        "district_name": "सीहोर",
        "organisation": "जन संवाद केंद्र",
        "caller_id": "+917552550100",
    }
    assert facts.schemes == ("pension",)


def test_the_hour_is_the_contacts_own() -> None:
    now = facts_for(CONTACT, CAMPAIGN, now=NOW).now
    assert now is not None
    assert (now.hour, now.minute) == (10, 30)
