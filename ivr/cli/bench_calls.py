"""dialer.py bench calls, bench connect: what this machine does with real calls."""

from __future__ import annotations

import asyncio
import json
import os
import resource
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
import uvloop
from rich.table import Table

from ivr.cli.bench_system import (
    bench_flow,
    bench_system,
    bench_telecallers,
    enrol_load,
    first_menu,
    milliseconds,
    quantile,
    until_idle,
)
from ivr.cli.options import JsonOption, out
from ivr.cli.system import System
from ivr.core.flow_model import Node, NodeKind
from ivr.core.model import DeskState, NodeId, Telecaller
from ivr.errors import SamvadError
from ivr.simulation.carrier import bench_key
from ivr.simulation.settings import Bench

KEY_AFTER_S = 1.0  # the load voters press so long after they answer, into the prompt
LATE_MS = 500.0
WARM_UP = 10  # calls
BYE = Node(NodeId("bye"), NodeKind.HANG_UP)


def calls(
    rate: Annotated[float, typer.Option(help="Calls placed a second.")] = 50,
    seconds: Annotated[int, typer.Option(help="For how long.")] = 30,
    as_json: JsonOption = False,
) -> None:
    """Answered IVR calls with a key press each: are all stored, and in time?"""
    result = uvloop.run(_calls(rate, seconds))
    _show("bench calls", result, as_json)
    if result["stored"] != result["calls"] or result["late"] or result["wrong"]:
        raise typer.Exit(1)


async def _calls(rate: float, seconds: int) -> dict[str, Any]:
    count = round(rate * seconds)
    bench = Bench(ring_s=0.2, key_after_s=KEY_AFTER_S, stay_s=30)
    async with bench_system("bench-calls", bench=bench) as (system, carrier):
        menu = only_question(system)
        flow = bench_flow(system.settings, [menu, BYE], menu.node_id)
        campaign = await enrol_load(system, flow, count, calls_per_s=rate)
        before = _cpu_s()
        system.running.dial_loop.braking.begin_with(rate)
        await system.running.start(campaign.campaign_id)
        await until_idle(system, count, seconds + 60)
        cpu_s = _cpu_s() - before
        sent = await asyncio.to_thread(carrier.bench_counts)
        ended = await system.store.calls_of(campaign.campaign_id)
        rows = [await pressed(system, call) for call, _ in ended]
    delays = [delay for delay, _ in rows if delay is not None]
    placed = sorted(call.placed_at for call, _ in ended)
    return {
        "rate asked": rate,
        "rate placed": round((count - 1) / _span_s(placed), 1),
        "calls": count,
        "answered (carrier)": sent["answered"],
        "keys sent (carrier)": sent["keys"],
        "stored": len(delays),
        "wrong": sum(not right for _, right in rows),
        "late": sum(delay > LATE_MS for delay in delays),
        "key to stored p50 ms": round(quantile(delays, 0.5), 1),
        "key to stored p99 ms": round(quantile(delays, 0.99), 1),
        "key to stored max ms": round(max(delays), 1),
        "controller CPU ms/call": round(1000 * cpu_s / count, 2),
    }


def only_question(system: System) -> Node:
    """Return the first question; whatever is pressed, the call is over."""
    menu = first_menu(system.settings)
    options = tuple(
        replace(menu.options[0], key=key, meaning=f"key_{key}", goto=BYE.node_id)
        for key in "12345"
    )
    return replace(
        menu,
        options=options,
        retries=0,
        next=BYE.node_id,
        on_silence=BYE.node_id,
        on_invalid=BYE.node_id,
    )


async def pressed(system: System, call: Any) -> tuple[float | None, bool]:
    """Return how long after the press the key was kept, and whether it is right."""
    answers = await system.store.answers_of(call.call_id)
    if not answers or call.answered_at is None or answers[0].at is None:
        return None, False
    since_answer = milliseconds(call.answered_at, answers[0].at)
    right = len(answers) == 1 and answers[0].value == bench_key(call.number)
    return since_answer - 1000 * KEY_AFTER_S, right


def connect(
    connects: Annotated[int, typer.Option(help="Voters to connect.")] = 200,
    legs: Annotated[int, typer.Option(help="Telecallers parked.")] = 50,
    rate: Annotated[float, typer.Option(help="Calls placed a second.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """From a voter's answer to both parties in the bridge."""
    result = uvloop.run(_connect(connects, legs, rate))
    _show("bench connect", result, as_json)
    if result["connected"] != connects:
        raise typer.Exit(1)


async def _connect(connects: int, legs: int, rate: float) -> dict[str, Any]:
    telecallers = bench_telecallers(legs)
    bench = Bench(ring_s=0.2, key_after_s=30, stay_s=60)
    async with bench_system("bench-connect", bench=bench, telecallers=telecallers) as (
        system,
        _,
    ):
        await park(system, telecallers)
        wait = Node(
            NodeId("person"),
            NodeKind.TELECALLER,
            next=BYE.node_id,
            otherwise=BYE.node_id,
        )
        flow = bench_flow(system.settings, [wait, BYE], "person")
        # The first calls after a start find every cache cold; they are not counted.
        count = connects + WARM_UP
        campaign = await enrol_load(system, flow, count, calls_per_s=rate)
        ending = asyncio.create_task(_end_talks(system))
        await system.running.start(campaign.campaign_id)
        await until_idle(system, count, count / rate + 60)
        ending.cancel()
        await asyncio.gather(ending, return_exceptions=True)
        placed = await system.store.calls_of(campaign.campaign_id)
        ended = [call for call, _ in placed][WARM_UP:]
    took = [
        milliseconds(call.answered_at, call.joined_at)
        for call in ended
        if call.answered_at and call.joined_at
    ]
    return {
        "parked legs": legs,
        "calls": connects,
        "connected": len(took),
        "answer to bridge p50 ms": round(quantile(took, 0.5), 1),
        "answer to bridge p99 ms": round(quantile(took, 0.99), 1),
        "answer to bridge max ms": round(max(took), 1),
    }


async def park(system: System, telecallers: list[Telecaller]) -> None:
    """Log every telecaller in; their softphones register meanwhile."""
    async with asyncio.timeout(60):
        while True:
            desks = system.running.desks()
            if all(desk.state is DeskState.READY for desk in desks):
                return
            for desk in desks:
                if desk.state is DeskState.OFFLINE:
                    try:
                        await system.running.log_in(desk.telecaller_id)
                    except SamvadError:
                        continue
            await asyncio.sleep(0.5)


async def _end_talks(system: System) -> None:
    """Every conversation lasts half a second."""
    half = timedelta(seconds=0.5)
    while True:
        now = system.clock.now()
        for desk in system.running.desks():
            if desk.state is DeskState.TALKING and now - desk.since > half:
                try:
                    await system.running.end_talk(desk.telecaller_id)
                except SamvadError:
                    continue
        await asyncio.sleep(0.1)


def _span_s(moments: list[datetime]) -> float:
    if len(moments) < 2:
        return 1.0
    return max(0.001, (moments[-1] - moments[0]).total_seconds())


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _show(title: str, result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(result, indent=2))
        return
    table = Table(title, f"{os.cpu_count()} cores")
    for name, value in result.items():
        table.add_row(name, str(value))
    out.print(table)
