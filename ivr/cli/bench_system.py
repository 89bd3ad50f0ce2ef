"""What the benches share: a carrier, a system and a campaign of load numbers.

Each bench works in a home of its own under run/, on the demo's ports.
"""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
import time as clock_time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, time, timedelta
from pathlib import Path

from ivr.asterisk.silent_desks import SilentDesks
from ivr.asterisk.switch import AsteriskSwitch
from ivr.cli import logs
from ivr.cli.system import System, open_system
from ivr.controller.clock import SystemClock
from ivr.core.flow_model import Flow, Node
from ivr.core.model import (
    CallClass,
    Campaign,
    CampaignId,
    Caps,
    CentreCode,
    Contact,
    ContactId,
    FlowId,
    ListName,
    Mode,
    NodeId,
    PhoneNumber,
    Telecaller,
    TelecallerId,
    TrunkName,
    Window,
)
from ivr.settings.config import Settings, load_settings
from ivr.settings.flows import load_flow
from ivr.simulation.carrier import Carrier, Place, bench_number
from ivr.simulation.settings import Bench, load_simulation

CONFIG = Path("config/demo.toml")
SIMULATION = Path("config/simulation.yaml")
LIST = ListName("bench")
ALL_DAY = (Window(time(9), time(21)),)


def bench_settings(name: str) -> Settings:
    """Return the demo's settings with an empty home of the bench's own."""
    settings = load_settings(CONFIG)
    home = settings.project / "run" / name
    if (home / "samvad.db").exists() or home.exists():
        shutil.rmtree(home, ignore_errors=True)
    quiet = dataclasses.replace(settings.log, level="ERROR")
    return dataclasses.replace(settings.replace(home=home), log=quiet)


def daytime(is_open: Callable[[datetime], bool] = lambda noon: True) -> SystemClock:
    """A clock that says noon in India on the next day that `is_open`.

    The law needs no exception for a bench or a demo that runs at night.
    """
    now = SystemClock().now()
    noon = now.replace(hour=6, minute=30, second=0, microsecond=0)
    while not is_open(noon):
        noon += timedelta(days=1)
    return SystemClock(noon - now)


@asynccontextmanager
async def bench_system(
    name: str,
    *,
    bench: Bench,
    telecallers: Sequence[Telecaller] = (),
    trunk_calls_per_s: float = 1000.0,
    with_phones: bool = True,
) -> AsyncIterator[tuple[System, Carrier]]:
    """Start a carrier and a system; both are this process's own.

    Without phones the telecallers' legs are silent channels of Asterisk's own.
    """
    settings = bench_settings(name)
    trunks = tuple(
        dataclasses.replace(t, calls_per_s=trunk_calls_per_s, channels=5000)
        for t in settings.trunks
    )
    switch = dataclasses.replace(settings.asterisk, sends_silence=with_phones)
    settings = dataclasses.replace(settings, trunks=trunks, asterisk=switch)
    logs.set_up(settings.log)
    simulation = dataclasses.replace(load_simulation(SIMULATION), bench=bench)
    phones = telecallers if with_phones else ()
    addresses = tuple(telecaller.address for telecaller in phones)
    kind = AsteriskSwitch if with_phones else SilentDesks
    place = Place(
        settings.project,
        settings.home,
        settings.asterisk.sip_port,
        addresses,
        load_only=True,
    )
    carrier = Carrier(place, simulation)
    await carrier.start()
    try:
        async with open_system(
            settings, clock=daytime(), telecallers=telecallers, switch_kind=kind
        ) as system:
            yield system, carrier
    finally:
        await carrier.stop()


def bench_telecallers(count: int) -> list[Telecaller]:
    return [
        Telecaller(TelecallerId(name), f"बेंच {n}", CentreCode("MP"), name)
        for n in range(1, count + 1)
        for name in [f"tb-{n:03d}"]
    ]


def bench_flow(settings: Settings, nodes: Sequence[Node], start: str) -> Flow:
    """Return a flow of `nodes` in the words of a shipped one."""
    shipped = load_flow(settings.project / "config/flows/scheme-feedback.yaml")
    return dataclasses.replace(
        shipped,
        flow_id=FlowId("bench"),
        version="bench",
        start=NodeId(start),
        nodes={node.node_id: node for node in nodes},
        opt_out_node=None,
        telecaller_node=None,
        sub_flows={},
    )


def first_menu(settings: Settings) -> Node:
    """Return the first question of the shipped survey: its audio is there."""
    shipped = load_flow(settings.project / "config/flows/scheme-feedback.yaml")
    return next(n for n in shipped.nodes.values() if n.kind == "menu" and n.options)


async def enrol_load(
    system: System, flow: Flow, count: int, *, calls_per_s: float
) -> Campaign:
    """Store a broadcast campaign that dials `count` load numbers once each."""
    now = system.clock.now()
    contacts = [
        Contact(ContactId(0), LIST, PhoneNumber(bench_number(i)), name="बेंच")
        for i in range(count)
    ]
    await system.store.add_contacts(LIST, "load numbers of the carrier", now, contacts)
    campaign = load_campaign(system, flow, calls_per_s)
    await system.store.save_campaign(campaign, flow, "", now)
    await system.store.enrol(campaign, now)
    return campaign


def load_campaign(system: System, flow: Flow, calls_per_s: float) -> Campaign:
    """Return a broadcast campaign to the bench's list, all day."""
    [trunk] = system.settings.trunks
    return Campaign(
        campaign_id=CampaignId("bench"),
        title_hi="बेंच",
        title_en="bench",
        organisation=system.settings.organisation.name_hi,
        call_class=CallClass.NGO_SURVEY,
        mode=Mode.BROADCAST,
        flow_id=flow.flow_id,
        lists=(LIST,),
        trunk=TrunkName(trunk.name),
        caller_id=trunk.caller_ids[0],
        windows=ALL_DAY,
        off_days=(),
        caps=Caps(calls_per_s=calls_per_s),
        wrap_up=timedelta(0),
    )


async def until_idle(system: System, count: int, at_most_s: float) -> None:
    """Return when `count` calls were placed and none lives, or the time is over."""
    router = system.running.router
    await until(
        lambda: sum(router.outcomes.values()) >= count and router.count() == 0,
        at_most_s,
    )


async def until(condition: Callable[[], bool], within_s: float) -> bool:
    """Return True once `condition()` holds, False after `within_s` seconds."""
    deadline = clock_time.monotonic() + within_s
    while not condition():
        if clock_time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.1)
    return True


def milliseconds(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() * 1000


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of `values` do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
