"""What a draft's forecast is played with: its rules, and what former calls taught."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from ivr.core.flow_graph import gated
from ivr.core.model import Campaign, Mode
from ivr.core.tallies import Tallies
from ivr.errors import BadInput
from ivr.settings.calendar import load_calendar
from ivr.settings.config import Settings
from ivr.settings.people import load_centres, load_telecallers
from ivr.simulation.forecast.from_campaign import learned_from
from ivr.simulation.forecast.of_campaign import scenario_of, team_of, with_flow
from ivr.simulation.forecast.scenario import Scenario
from ivr.simulation.forecast.scenario_file import load_scenario
from ivr.store.results import tallies
from ivr.store.store import SqlStore
from ivr.workshop.campaign_parts import TELECALLERS, its_flow, its_flow_file

GUESSES, GATED_GUESSES = "six-telecallers", "survey-first"


async def foreseen(
    settings: Settings,
    store: SqlStore,
    campaign: Campaign,
    *,
    people: int,
    now: datetime,
) -> tuple[Scenario, str]:
    """Return the scenario, and the campaign whose calls taught it ("": guesses)."""
    if people < 1:
        raise BadInput(
            "nobody is meant",
            where="lists",
            remedy="choose lists and filters in step 2",
        )
    base = await asyncio.to_thread(_guessed, settings, campaign, people, now)
    for known in await _alike(store, campaign):
        counted: Tallies = await store.read(tallies, known.campaign_id, now)
        try:
            taught = learned_from(base, counted)
        except BadInput:
            continue  # too few calls
        return _own(taught, base), known.campaign_id
    return base, ""


def _own(taught: Scenario, base: Scenario) -> Scenario:
    """Return the figures that were seen with the draft's own rules."""
    alone = base.telecallers == 0
    return replace(
        taught,
        wants=0.0 if alone else taught.wants or base.wants,
        survey=base.survey,
        ring_timeout_s=base.ring_timeout_s,
        caps=base.caps,
        retry=base.retry,
    )


async def _alike(store: SqlStore, campaign: Campaign) -> list[Campaign]:
    """Return campaigns to learn from: itself, then of the same flow, then others."""
    known = [one for one, _ in await store.list_campaigns()]
    alike = [one for one in known if one.mode is campaign.mode]
    return sorted(
        alike,
        key=lambda one: (
            one.campaign_id != campaign.campaign_id,
            one.flow_id != campaign.flow_id,
        ),
    )


def _guessed(
    settings: Settings, campaign: Campaign, people: int, now: datetime
) -> Scenario:
    config = settings.project / "config"
    today = now.astimezone(ZoneInfo(settings.timezone)).date()
    tree = {one.code: one for one in load_centres(config / "centres.yaml")}
    telecallers = load_telecallers(settings.project / TELECALLERS)
    file = its_flow_file(settings, campaign, str(campaign.campaign_id))
    flow = its_flow(settings, file)
    name = GATED_GUESSES if gated(flow) else GUESSES
    base = load_scenario(config / "scenarios" / f"{name}.yaml", starts_on=today)
    team = team_of(campaign, telecallers, tree)
    alone = campaign.mode is Mode.BROADCAST or not team
    return scenario_of(
        campaign,
        with_flow(base, flow, alone=alone),
        people=people,
        today=today,
        trunk=settings.trunk(campaign.trunk),
        team=team,
        tree=tree,
        calendar=load_calendar(config / "calendars"),
    )
