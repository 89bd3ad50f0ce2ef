"""What a flow may know of the person who is called, and of the caller."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from ivr.core.flow_model import FlowFacts
from ivr.core.model import Campaign, Contact


def facts_for(
    contact: Contact, campaign: Campaign, *, now: datetime, district_name: str = ""
) -> FlowFacts:
    """Return the facts of one call; `district_name` is the district as spoken.

    A list's columns never replace who is calling: the campaign says that.
    """
    fields = {
        **contact.fields,
        "name": contact.name,
        "district": contact.district,
        "district_name": district_name,
        "organisation": campaign.organisation,
        "caller_id": campaign.caller_id,
    }
    return FlowFacts(
        fields=fields,
        schemes=contact.schemes,
        language=contact.language,
        now=now.astimezone(ZoneInfo(contact.timezone)),
    )
