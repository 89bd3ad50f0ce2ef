"""dialer.py bench web: are the screens up to date while calls run?"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop
from rich.table import Table

from ivr.cli.bench_system import bench_system, quantile
from ivr.cli.bench_web_delays import Delays, Span
from ivr.cli.bench_web_scene import (
    BENCH,
    browsers,
    enrol,
    park,
    places,
    signed_in,
    telecallers_of,
)
from ivr.cli.options import JsonOption, out
from ivr.cli.system import System

AIM_MS = 250.0
# Both at most as long as what is measured.
WARM_UP_S = 15.0  # until talks, wrap-ups and the collector go their usual way
SETTLE_S = 5.0  # after the pages were opened
MARGIN_S = 60  # of people to dial, while pages open
LOOK_EVERY_S = 0.01


def web(
    desks: Annotated[int, typer.Option(min=1, help="Telecallers' open pages.")] = 400,
    floors: Annotated[int, typer.Option(min=0, help="In-charges' open pages.")] = 60,
    calls_per_second: Annotated[
        float, typer.Option(min=0.1, help="Calls placed meanwhile, on Asterisk.")
    ] = 20,
    seconds: Annotated[
        int, typer.Option(min=2, help="For how long, without pages and then with.")
    ] = 60,
    as_json: JsonOption = False,
) -> None:
    """How late do open desks and floors show what has happened, and what do they cost?

    Calls run on the real Asterisk and the virtual carrier; every fifth person is
    joined to a telecaller for 10 s, then the telecaller notes for 30 s. First without
    any page, then with all pages open in another process, over HTTPS, each signed in.
    Aim: 99 of 100 changes are at the browser within 250 ms. Exit code 1: missed.

    The delay of a desk is that from the change of its state to the browser; that of a
    floor, from the moment of the snapshot (one a second) that first has the change.
    """
    asked = Asked(desks, floors, calls_per_second, seconds, os.getloadavg()[0])
    result = uvloop.run(_measure(asked))
    if as_json:
        typer.echo(json.dumps(result, indent=2))
    else:
        _show(result)
    if not result["aim met"]:
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class Asked:
    desks: int
    floors: int
    calls_per_s: float
    seconds: int
    load: float  # of the machine, before anything is started


async def _measure(asked: Asked) -> dict[str, Any]:
    staff = telecallers_of(asked.desks)
    async with bench_system(
        "bench-web", bench=BENCH, telecallers=staff, with_phones=False
    ) as (system, _):
        await park(system)
        feeds = await signed_in(system, asked.floors)
        span_s = 2 * asked.seconds + WARM_UP_S + SETTLE_S + MARGIN_S
        count = int(asked.calls_per_s * span_s)
        campaign = await enrol(system, count, asked.calls_per_s)
        await system.running.start(campaign.campaign_id)
        await asyncio.sleep(min(WARM_UP_S, asked.seconds))
        alone = await _watched(system, asked.seconds)
        async with _snapshots(system) as snapshots, browsers(system, feeds) as pages:
            await asyncio.sleep(min(SETTLE_S, asked.seconds))
            beside = await _watched(system, asked.seconds)
            seen = await pages.close()
    late = Delays(
        seen,
        beside,
        desks={one.telecaller_id for one in staff},
        snapshots=snapshots,
        shift=system.clock.shift,
    )
    return _figures(asked, alone, beside, late)


async def _watched(system: System, seconds: float) -> Span:
    """Watch this process for so long."""
    ended = system.running.router.outcomes
    span, cpu_s, calls = Span(began=time.time()), _cpu_s(), sum(ended.values())
    idle, ticks = _machine()
    until = time.monotonic() + seconds
    while (now := time.monotonic()) < until:
        await asyncio.sleep(LOOK_EVERY_S)
        span.lags_ms.append(1000 * (time.monotonic() - now - LOOK_EVERY_S))
    span.ended, span.cpu_s = time.time(), _cpu_s() - cpu_s
    span.calls = sum(ended.values()) - calls
    span.rss_mb = _rss_mb()
    idle_now, ticks_now = _machine()
    span.idle = (idle_now - idle) / max(1, ticks_now - ticks)
    return span


@asynccontextmanager
async def _snapshots(system: System) -> AsyncIterator[list[datetime]]:
    """Note the moment of every snapshot of the floors."""
    root, moments = places()[0].code, list[datetime]()
    floor = system.running.floor

    async def note() -> None:
        number = -1
        while True:
            number = await floor.wait(number, 10)
            at = floor.view(root).floor.at
            if at not in moments[-1:]:
                moments.append(at)

    noting = asyncio.create_task(note())
    try:
        yield moments
    finally:
        noting.cancel()
        await asyncio.gather(noting, return_exceptions=True)


def _figures(asked: Asked, alone: Span, beside: Span, late: Delays) -> dict[str, Any]:
    seconds = beside.ended - beside.began
    p99 = [quantile(some, 0.99) for some in (late.desks, late.floors) if some]
    return {
        "desks": asked.desks,
        "floors": asked.floors,
        "calls/s": round(beside.calls / seconds, 1),
        **_quantiles("desk delay", late.desks),
        **_quantiles("floor delay", late.floors),
        "desk changes seen/s": round(len(late.desks) / seconds, 1),
        "events/s": round(late.events / seconds),
        "KB/s": round(late.letters / seconds / 1000),
        "feeds that ended": late.ended,
        "memory without pages MB": round(alone.rss_mb),
        "memory with pages MB": round(beside.rss_mb),
        "cores without pages": round(alone.cores, 3),
        "cores with pages": round(beside.cores, 3),
        "CPU ratio": round(beside.cores / alone.cores, 2),
        "loop lag p99 without pages ms": round(quantile(alone.lags_ms, 0.99), 1),
        "loop lag p99 with pages ms": round(quantile(beside.lags_ms, 0.99), 1),
        "loop lag max with pages ms": round(max(beside.lags_ms), 1),
        "machine load before": round(asked.load, 1),
        "machine idle with pages %": round(100 * beside.idle),
        "aim met": bool(late.desks) and not late.ended and max(p99) < AIM_MS,
    }


def _quantiles(name: str, delays: Sequence[float]) -> dict[str, float | None]:
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {
        f"{name} {word} ms": round(quantile(delays, share), 1) if delays else None
        for word, share in shares.items()
    }


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _machine() -> tuple[int, int]:
    """Return the ticks of all cores since the machine started: idle, and all."""
    ticks = [int(n) for n in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def _show(result: dict[str, Any]) -> None:
    table = Table("bench web", f"{os.cpu_count()} cores")
    table.columns[1].justify = "right"
    for name, value in result.items():
        said = ("yes" if value else "no") if isinstance(value, bool) else str(value)
        table.add_row(name, said)
    out.print(table)
