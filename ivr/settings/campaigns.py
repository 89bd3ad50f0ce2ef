"""Campaign files into Campaigns, every key checked; and their JSON Schema.

Whether its flow, lists and trunk exist is asked where those are known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

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
from ivr.settings.located import explained, read_located
from ivr.settings.yaml_lines import parse

SCHEMA_FILE = "campaign.schema.json"
IVR_OFF_DAYS = ("sunday", LISTED_HOLIDAYS)


def load_campaign(path: Path) -> Campaign:
    """Return the campaign a file describes. Raises BadInput with line and remedy."""
    file, document = read_located(path, CampaignShape)
    wrong = _first_wrong(file)
    if wrong is None and file.campaign != path.stem:
        said = f"the campaign is named {file.campaign!r} in a file named {path.name!r}"
        wrong = Wrong("campaign", said, f"write campaign: {path.stem}")
    if wrong is not None:
        line = document.line(tuple(wrong.key.split(".")))
        raise BadInput(wrong.said, where=f"{path}:{line}", remedy=wrong.remedy)
    return _campaign(file)


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with one key ("routing.state_after_s"), and what to do."""

    key: str
    said: str
    remedy: str = ""


def wrongs(document: Mapping[str, object]) -> list[Wrong]:
    """Return all that is wrong with a campaign's keys and values; [] if nothing."""
    try:
        file = CampaignShape.model_validate(document)
    except ValidationError as exc:
        return [_wrong(error) for error in exc.errors(include_url=False)]
    wrong = _first_wrong(file)
    return [] if wrong is None else [wrong]


def campaign_of(document: Mapping[str, object]) -> Campaign:
    """Return the campaign that the keys and values describe. Raises BadInput."""
    for wrong in wrongs(document):
        raise BadInput(wrong.said, where=wrong.key, remedy=wrong.remedy or None)
    return _campaign(CampaignShape.model_validate(document))


def yaml_of(document: Mapping[str, object]) -> str:
    """Return a campaign file: the keys in the shape's order, only those given."""
    order = [f.alias or name for name, f in CampaignShape.model_fields.items()]
    rows = {key: document[key] for key in order if key in document}
    head = "# yaml-language-server: $schema=../schema/campaign.schema.json\n"
    return head + yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=88)


def document_of(text: str) -> dict[str, object]:
    """Return the keys and values of a campaign's YAML. Raises BadInput."""
    data = parse(text, Path("campaign.yaml")).data
    if not isinstance(data, dict):
        raise BadInput("a campaign is a table of keys")
    return {str(key): value for key, value in data.items()}


def _wrong(error: ErrorDetails) -> Wrong:
    location = tuple(part for part in error["loc"] if part != "[key]")
    said, remedy = explained(error, location, CampaignShape)
    return Wrong(".".join(map(str, location)), said, remedy or "")


def _first_wrong(file: CampaignShape) -> Wrong | None:
    """Return what is wrong between the keys of a campaign, or None."""
    if file.call_class is CallClass.PROMOTIONAL:
        return Wrong(
            "class",
            "promotional calls are switched off: they need DLT registration",
            "one of electoral, party_civic, gov_on_behalf, ngo_survey",
        )
    if file.starts_on and file.ends_on and file.ends_on < file.starts_on:
        return Wrong("ends_on", "the campaign ends before it starts", "swap the dates")
    routing = file.routing
    if routing.state_after_s < routing.division_after_s:
        return Wrong(
            "routing.state_after_s",
            "the state would open before the division",
            f"{routing.division_after_s:g} s or more, or open the division earlier",
        )
    return None


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
        only_admin_starts=file.only_admin_starts,
        script=file.script.strip(),
        questions=tuple(one.question() for one in file.questions),
    )


def _rule(rule: RetryShape) -> RetryRule:
    return RetryRule(rule.attempts, rule.delay, rule.day_parts)
