"""Campaign files into Campaigns, every key checked; and their JSON Schema.

Whether its flow, lists and trunk exist is asked where those are known.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from ivr.core.hours import LISTED_HOLIDAYS
from ivr.core.model import (
    CallClass,
    Campaign,
    CampaignId,
    Caps,
    CentreCode,
    ContactFilter,
    Mode,
    RetryRule,
    Routing,
)
from ivr.errors import BadInput
from ivr.settings.campaign_shape import CampaignShape, RetryShape
from ivr.settings.located import read_located

SCHEMA_FILE = "campaign.schema.json"
IVR_OFF_DAYS = ("sunday", LISTED_HOLIDAYS)


def load_campaign(path: Path) -> Campaign:
    """Return the campaign a file describes. Raises BadInput with line and remedy."""
    file, document = read_located(path, CampaignShape)

    def refuse(key: str, message: str, remedy: str) -> BadInput:
        line = document.line(tuple(key.split(".")))
        return BadInput(message, where=f"{path}:{line}", remedy=remedy)

    if file.campaign != path.stem:
        raise refuse(
            "campaign",
            f"the campaign is named {file.campaign!r} in a file named {path.name!r}",
            f"write campaign: {path.stem}",
        )
    if file.call_class is CallClass.PROMOTIONAL:
        raise refuse(
            "class",
            "promotional calls are switched off: they need DLT registration",
            "one of electoral, party_civic, gov_on_behalf, ngo_survey",
        )
    if file.starts_on and file.ends_on and file.ends_on < file.starts_on:
        raise refuse("ends_on", "the campaign ends before it starts", "swap the dates")
    routing = file.routing
    if routing.state_after_s < routing.division_after_s:
        raise refuse(
            "routing.state_after_s",
            "the state would open before the division",
            f"{routing.division_after_s:g} s or more, or open the division earlier",
        )
    return _campaign(file)


def load_campaigns(folder: Path) -> dict[CampaignId, Campaign]:
    """Return every campaign of the folder, by its name."""
    if not folder.is_dir():
        raise BadInput("there is no such folder", where=str(folder))
    campaigns = [load_campaign(path) for path in sorted(folder.glob("*.yaml"))]
    return {campaign.campaign_id: campaign for campaign in campaigns}


def write_campaign_schema(folder: Path) -> Path:
    """Write the JSON Schema of campaign files, for editors; return its path."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **CampaignShape.model_json_schema(),
    }
    path = folder / SCHEMA_FILE
    path.write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return path


def _campaign(file: CampaignShape) -> Campaign:
    off_days = file.off_days
    if off_days is None:
        off_days = IVR_OFF_DAYS if file.mode is Mode.BROADCAST else ()
    return Campaign(
        campaign_id=CampaignId(file.campaign),
        title_hi=file.title.hi,
        title_en=file.title.en,
        organisation=file.organisation,
        call_class=file.call_class,
        mode=file.mode,
        flow_id=file.flow,
        lists=file.lists,
        trunk=file.trunk,
        caller_id=file.caller_id,
        centres=tuple(CentreCode(code) for code in file.centres),
        skills=file.routing.skills,
        routing=Routing(**file.routing.model_dump(exclude={"skills"})),
        filters=ContactFilter(**file.filters.model_dump()),
        windows=file.windows,
        off_days=off_days,
        retry={outcome: _rule(rule) for outcome, rule in file.retry.items()},
        caps=Caps(**file.caps.model_dump()),
        ring_timeout=timedelta(seconds=file.ring_timeout_s),
        connect_patience=timedelta(seconds=file.connect_patience_s),
        wrap_up=timedelta(seconds=file.wrap_up_s),
        starts_on=file.starts_on,
        ends_on=file.ends_on,
        script=file.script.strip(),
        questions=tuple(one.question() for one in file.questions),
    )


def _rule(rule: RetryShape) -> RetryRule:
    return RetryRule(rule.attempts, rule.delay, rule.day_parts)
