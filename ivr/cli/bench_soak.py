"""dialer.py bench soak: does anything grow while calls run for long?"""

from __future__ import annotations

import asyncio
import csv
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop
from rich.table import Table

from ivr.cli.bench_calls import park
from ivr.cli.bench_sampling import Sample, Sampler
from ivr.cli.bench_system import bench_system, bench_telecallers, quantile
from ivr.cli.bench_trend import Allowed, Judged, judged
from ivr.cli.bench_web_scene import BENCH, enrol
from ivr.cli.options import JsonOption, out
from ivr.cli.system import System
from ivr.errors import BadInput

TALK_S = 2.0  # a fifth of 30 voters a second, for 20 telecallers
MOST_CALLS = 100_000  # as many load numbers there are
NAME = "bench-soak"
FLAT = (
    Allowed("controller_mb", "MB", 20),
    Allowed("asterisk_mb", "MB", 20),
    Allowed("carrier_mb", "MB", 20),
    Allowed("controller_files", "files", 10),
    Allowed("asterisk_files", "files", 10),
    Allowed("controller_threads", "threads", 2),
    Allowed("asterisk_threads", "threads", 10),
    Allowed("tasks", "tasks", 20),
    Allowed("lag_p99_ms", "ms", 5),
    Allowed("switch_events", "events", 10),
    Allowed("store_writes", "writes", 10),
)


@dataclass(frozen=True, slots=True)
class Asked:
    minutes: float
    rate: float
    telecallers: int
    every_s: float
    warm_up_s: float
    load: float  # of the machine, before anything was started

    @property
    def calls(self) -> int:
        return round(60 * self.minutes * self.rate)


def soak(
    minutes: Annotated[float, typer.Option(min=0.5, help="For how long.")] = 30,
    rate: Annotated[float, typer.Option(min=0.1, help="Calls placed a second.")] = 30,
    telecallers: Annotated[int, typer.Option(min=1, help="At work meanwhile.")] = 20,
    every: Annotated[float, typer.Option(min=0.5, help="Seconds between looks.")] = 5,
    warm_up: Annotated[
        float | None, typer.Option(min=0, help="Minutes that do not count; half.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Calls and talks for half an hour: memory, files, threads and delays stay flat?

    Every fifth voter is joined to a telecaller. Looks every five seconds; the table
    has the growth in an hour by a robust slope, with its interval of 95 %. The first
    half does not count: the caches of the database fill. Every look is in
    run/bench-soak/soak.csv, all of it in soak.json. Exit code 1: something grows, or a
    call got lost.
    """
    first = minutes / 2 if warm_up is None else warm_up
    asked = Asked(minutes, rate, telecallers, every, 60 * first, os.getloadavg()[0])
    if asked.calls > MOST_CALLS:
        raise BadInput(
            f"{asked.calls} calls are more than there are load numbers",
            remedy=f"at most {MOST_CALLS}: fewer minutes, or a lower --rate",
        )
    samples, counts, home = uvloop.run(_soak(asked))
    late = [one for one in samples if one.at_s >= asked.warm_up_s]
    verdicts = [
        judged(one, [(s.at_s, float(getattr(s, one.figure))) for s in late])
        for one in FLAT
    ]
    is_well = all(one.is_flat for one in verdicts) and not counts["lost"]
    result = _result(asked, verdicts, counts, late) | {"flat": is_well}
    _keep(home, samples, result)
    if as_json:
        typer.echo(json.dumps(result, indent=2))
    else:
        _show(asked, verdicts, counts, is_well)
    if not is_well:
        raise typer.Exit(1)


async def _soak(asked: Asked) -> tuple[list[Sample], dict[str, int], Path]:
    staff = bench_telecallers(asked.telecallers)
    bench = replace(BENCH, stay_s=TALK_S)
    async with bench_system(NAME, bench=bench, telecallers=staff) as (system, carrier):
        await park(system, staff)
        campaign = await enrol(system, asked.calls, asked.rate, wrap_up=timedelta(0))
        sampler = Sampler(system, carrier)
        looking = asyncio.create_task(sampler.run(asked.every_s))
        await system.running.start(campaign.campaign_id)
        await _until_placed(system, asked, sampler)
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        await _until_over(system, asked.calls)
        sent = await asyncio.to_thread(carrier.bench_counts)
        return sampler.samples, _counts(system, sent), system.settings.home


async def _until_placed(system: System, asked: Asked, sampler: Sampler) -> None:
    """Return when the time is over: what follows, with fewer calls, does not count."""
    while sampler.passed_s < 60 * asked.minutes:
        ended = sum(system.running.router.outcomes.values())
        if ended + system.running.router.count() >= asked.calls:
            return
        await asyncio.sleep(0.2)


async def _until_over(system: System, count: int) -> None:
    """Let the calls that live end; no more are placed."""
    system.running.dial_loop.is_draining = True
    router, was = system.running.router, -1
    for _ in range(300):
        if router.count() == 0:
            return
        was = router.count()
        await asyncio.sleep(0.2)
    raise BadInput(f"{was} calls do not end", remedy="see the log of Asterisk")


def _counts(system: System, sent: Any) -> dict[str, int]:
    outcomes = system.running.router.outcomes
    ended = sum(outcomes.values())
    talked = outcomes.get("talked", 0)
    answered = sum(count for how, count in outcomes.items() if how not in UNANSWERED_AS)
    return {
        "calls": ended,
        "answered": answered,
        "answered (carrier)": sent["answered"],
        "talked": talked,
        "interrupted": outcomes.get("interrupted", 0),
        "unexpected events": system.running.router.unexpected,
        "lost": abs(sent["answered"] - answered) + outcomes.get("interrupted", 0),
    }


UNANSWERED_AS = frozenset(
    {
        "busy",
        "no_answer",
        "unreachable",
        "rejected",
        "invalid_number",
        "congestion",
        "cancelled",
    }
)


def _result(
    asked: Asked, verdicts: Sequence[Judged], counts: dict[str, int], late: list[Sample]
) -> dict[str, Any]:
    return {
        **asdict(asked),
        **counts,
        "lag_p99_ms": quantile([one.lag_p99_ms for one in late], 0.5),
        "lag_max_ms": max(one.lag_max_ms for one in late),
        "figures": {
            one.allowed.figure: {
                "first": one.first,
                "last": one.last,
                "most": one.most,
                "per_hour": round(one.trend.per_hour, 2),
                "low": round(one.trend.low, 2),
                "high": round(one.trend.high, 2),
                "allowed": one.allowed.per_hour,
                "flat": one.is_flat,
            }
            for one in verdicts
        },
    }


def _keep(home: Path, samples: Sequence[Sample], result: dict[str, Any]) -> None:
    with (home / "soak.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([one.name for one in fields(Sample)])
        rows.writerows(map(astuple, samples))
    (home / "soak.json").write_text(json.dumps(result, indent=2), "utf-8")


def _show(
    asked: Asked, verdicts: Sequence[Judged], counts: dict[str, int], is_well: bool
) -> None:
    title = f"{asked.minutes:g} min, {asked.rate:g} calls/s, {os.cpu_count()} cores"
    table = Table("", "first", "last", "most", "in an hour", "flat", title=title)
    for one in verdicts:
        grown = one.trend
        table.add_row(
            one.allowed.figure,
            f"{one.first:.1f}",
            f"{one.last:.1f}",
            f"{one.most:.1f}",
            f"{grown.per_hour:+.0f} ({grown.low:+.0f} to {grown.high:+.0f})",
            "yes" if one.is_flat else "NO",
        )
    out.print(table)
    out.print(", ".join(f"{name} {value}" for name, value in counts.items()))
    out.print("flat" if is_well else "NOT flat, or calls were lost")
