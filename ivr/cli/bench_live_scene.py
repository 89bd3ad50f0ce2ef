"""What `bench live` needs around its run: a system, a carrier, people, a campaign."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from ivr.cli import logs
from ivr.cli.bench_system import (
    ALL_DAY,
    LIST,
    bench_settings,
    bench_telecallers,
    daytime,
)
from ivr.cli.carrier_process import carrier_process
from ivr.cli.system import System, open_system
from ivr.controller.ports import Pacers
from ivr.core.flow_model import Flow
from ivr.core.model import (
    CallClass,
    Campaign,
    CampaignId,
    Caps,
    Contact,
    ContactId,
    Mode,
    NodeId,
)
from ivr.settings.config import Settings
from ivr.settings.flows import load_flow
from ivr.simulation.live_scene import RING_TIMEOUT_S, Scene, as_settings

FLOW = "short-feedback"  # its part "person" is the whole call here
CALLS_PER_S = 20.0
CHANNELS = 300
# Of people who answered. At the ladder's own 3 % a campaign would stop itself in most
# runs, some early and some late, and no run would tell of another.
TARGET = 0.02


def live_settings() -> Settings:
    settings = bench_settings("bench-live")
    trunks = tuple(
        dataclasses.replace(t, calls_per_s=CALLS_PER_S, channels=CHANNELS)
        for t in settings.trunks
    )
    return dataclasses.replace(settings, trunks=trunks)


def live_flow(settings: Settings) -> Flow:
    """Answered and handed over: nothing is said or asked before."""
    shipped = load_flow(settings.project / f"config/flows/{FLOW}.yaml")
    return dataclasses.replace(shipped, version="bench-live", start=NodeId("person"))


def live_campaign(settings: Settings, flow: Flow, mode: Mode) -> Campaign:
    [trunk] = settings.trunks
    return Campaign(
        campaign_id=CampaignId("bench-live"),
        title_hi="बेंच",
        title_en="bench",
        organisation=settings.organisation.name_hi,
        call_class=CallClass.NGO_SURVEY,
        mode=mode,
        flow_id=flow.flow_id,
        lists=(LIST,),
        trunk=trunk.name,
        caller_id=trunk.caller_ids[0],
        windows=ALL_DAY,
        off_days=(),
        caps=Caps(abandonment_target=TARGET),
        ring_timeout=timedelta(seconds=RING_TIMEOUT_S),
        wrap_up=timedelta(seconds=60),  # the telecallers end it themselves
    )


@asynccontextmanager
async def live_system(
    settings: Settings, one: Scene, pacers: Pacers | None
) -> AsyncIterator[System]:
    """Start the carrier, with people and telecallers, and a system beside it."""
    logs.set_up(settings.log)
    settings.home.mkdir(parents=True, exist_ok=True)
    people = bench_telecallers(one.telecallers)
    file = settings.home / "simulation.json"  # which is YAML too
    file.write_text(json.dumps(as_settings(one)), encoding="utf-8")
    home = ("--home", str(settings.home), "--simulation", str(file))
    async with (
        carrier_process(settings, people, FLOW, *home),
        open_system(
            settings, clock=daytime(), telecallers=people, pacers=pacers
        ) as system,
    ):
        yield system


async def enrol(system: System, one: Scene, campaign: Campaign, flow: Flow) -> None:
    now = system.clock.now()
    contacts = [
        Contact(ContactId(0), LIST, one.number(n), name="बेंच") for n in range(one.people)
    ]
    await system.store.add_contacts(LIST, "invented numbers", now, contacts)
    await system.store.save_campaign(campaign, flow, "", now)
    await system.store.enrol(campaign, now)
