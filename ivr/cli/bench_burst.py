"""dialer.py bench burst: more answers than the machine can do. What becomes of them?"""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer
import uvloop
from rich.table import Table

from ivr.cli.bench_calls import BYE, KEY_AFTER_S, only_question, pressed
from ivr.cli.bench_sampling import Sample, Sampler
from ivr.cli.bench_system import (
    bench_flow,
    bench_system,
    enrol_load,
    quantile,
    until_idle,
)
from ivr.cli.options import JsonOption, out
from ivr.cli.system import System
from ivr.simulation.carrier import Carrier
from ivr.simulation.settings import Bench

SILENT_MS = 2000.0  # nobody who answered hears nothing for longer
LOOK_EVERY_S = 0.1
AFTER_S = 60.0  # for the last calls to end


@dataclass(slots=True)
class Seen:
    """What was seen each tenth of a second."""

    samples: list[Sample] = field(default_factory=list)
    because: list[str] = field(default_factory=list)


def burst(
    rate: Annotated[
        float, typer.Option(min=1, help="Calls that campaign and trunk let a second.")
    ] = 300,
    seconds: Annotated[int, typer.Option(min=1, help="So many seconds of them.")] = 15,
    ring: Annotated[float, typer.Option(help="Seconds until somebody answers.")] = 3,
    unbraked: Annotated[
        bool, typer.Option("--unbraked", help="All at once: as if it had no brake.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Everybody answers, 300 a second: is less dialled, and nobody lost?

    Each presses a key a second after they answered. Exit code 1: a key or a call was
    lost, or somebody heard nothing for two seconds.
    """
    result = uvloop.run(_burst(rate, seconds, ring, unbraked))
    if as_json:
        typer.echo(json.dumps(result, indent=2))
    else:
        _show(result)
    if not result["well"]:
        raise typer.Exit(1)


async def _burst(
    rate: float, seconds: int, ring: float, unbraked: bool
) -> dict[str, Any]:
    count = round(rate * seconds)
    bench = Bench(ring_s=ring, key_after_s=KEY_AFTER_S, stay_s=30)
    async with bench_system("bench-burst", bench=bench) as (system, carrier):
        menu = only_question(system)
        flow = bench_flow(system.settings, [menu, BYE], menu.node_id)
        campaign = await enrol_load(system, flow, count, calls_per_s=rate)
        seen = Seen()
        watching = asyncio.create_task(_watch(system, carrier, seen, unbraked))
        await system.running.start(campaign.campaign_id)
        await until_idle(system, count, 10 * seconds + AFTER_S)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        sent = await asyncio.to_thread(carrier.bench_counts)
        ended = await system.store.calls_of(campaign.campaign_id)
        rows = [await pressed(system, call) for call, _ in ended]
        outcomes = dict(system.running.router.outcomes)
    delays = [delay for delay, _ in rows if delay is not None]
    return _figures(rate, count, seen, delays) | {
        "answered (carrier)": sent["answered"],
        "keys sent (carrier)": sent["keys"],
        "keys stored": len(delays),
        "stored and wrong": sum(d is not None and not right for d, right in rows),
        "outcomes": outcomes,
        "well": len(delays) == sent["answered"] == count
        and all(right for _, right in rows)
        and max(one.unheard_ms for one in seen.samples) < SILENT_MS,
    }


async def _watch(system: System, carrier: Carrier, seen: Seen, unbraked: bool) -> None:
    braking, sampler = system.running.dial_loop.braking, Sampler(system, carrier)
    seen.samples = sampler.samples
    while True:
        if unbraked:
            braking.begin_with(1e6)
        sampler.look()
        if braking.because:
            seen.because.append(braking.because)
        await asyncio.sleep(LOOK_EVERY_S)


def _figures(
    rate: float, count: int, seen: Seen, delays: list[float]
) -> dict[str, Any]:
    some = seen.samples
    braked = [one.allowed_per_s for one in some]
    busy = [one for one in some if one.live]
    span_s = busy[-1].at_s - busy[0].at_s if busy else 0.0
    return {
        "rate asked": rate,
        "calls": count,
        "ended a second": round(count / span_s, 1) if span_s else 0.0,
        "live calls, most": max(one.live for one in some),
        "allowed calls/s, least": min(braked),
        "allowed calls/s, most": max(braked),
        "longest unheard ms": max(one.unheard_ms for one in some),
        "key to stored p50 ms": round(quantile(delays, 0.5), 1) if delays else None,
        "key to stored p99 ms": round(quantile(delays, 0.99), 1) if delays else None,
        "loop lag max ms": max(one.lag_max_ms for one in some),
        "switch events waiting, most": max(one.switch_events for one in some),
        "store writes waiting, most": max(one.store_writes for one in some),
        "because": max(seen.because, key=seen.because.count, default=""),
    }


def _show(result: dict[str, Any]) -> None:
    table = Table("bench burst", f"{os.cpu_count()} cores")
    for name, value in result.items():
        said = ("yes" if value else "NO") if isinstance(value, bool) else str(value)
        table.add_row(name, said)
    out.print(table)
