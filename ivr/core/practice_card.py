"""The card of a virtual voter, as a telecaller sees anybody's. Pure."""

from __future__ import annotations

from ivr.core.card import Card
from ivr.core.desk_script import paragraphs
from ivr.core.model import CallId, CampaignId, ContactId
from ivr.core.practice import Scenario

NO_CAMPAIGN = CampaignId("practice")
NO_CONTACT = ContactId(0)
NUMBER = "98•••••000"  # as masked numbers look; it is nobody's


def practice_card(scenario: Scenario, practice_id: str, telecaller: str) -> Card:
    """Return the person's card; its `call_id` is the practice's."""
    who = scenario.person
    values = {
        **dict(who.facts),
        "name": who.name,
        "village": who.village,
        "district": who.district,
        "telecaller": telecaller,
    }
    return Card(
        call_id=CallId(practice_id),
        contact_id=NO_CONTACT,
        campaign_id=NO_CAMPAIGN,
        title_hi=scenario.title.hi,
        title_en=scenario.title.en,
        name=who.name,
        number=NUMBER,
        village=who.village,
        district=who.district,
        constituency="",
        schemes=who.schemes,
        facts=who.facts,
        answers=(),
        earlier=(),
        script=paragraphs(scenario.script, values),
        questions=scenario.questions,
    )
