"""dialer.py bench live: a policy on the real thing, beside what was forecast."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import mean, stdev
from typing import Annotated, Any

import typer
import uvloop
from rich.table import Table

from ivr.cli.bench_live_scene import (
    CALLS_PER_S,
    CHANNELS,
    enrol,
    greeting_s,
    live_campaign,
    live_flow,
    live_settings,
    live_system,
)
from ivr.cli.bench_system import until
from ivr.cli.options import JsonOption, out
from ivr.cli.system import System
from ivr.controller.core_pacers import CorePacer
from ivr.core.model import Campaign, DeskState, Mode
from ivr.core.pacer import Pacer
from ivr.simulation.live_policies import FixedRatio
from ivr.simulation.live_scene import Scene, scene
from ivr.simulation.live_world import Figures, World
from ivr.simulation.lived import Lived, lived_calls
from ivr.simulation.population import Kind
from ivr.simulation.truth import read_truth

SEEDS = 20  # of the forecast; the run itself has another
T_95 = 2.093  # Student's t for 19 degrees of freedom, two-sided 95 %
BUSY = frozenset({DeskState.TALKING, DeskState.WRAP_UP, DeskState.RESERVED})
AT_WORK = BUSY | {DeskState.READY}
LOOK_S = 0.1
APOLOGY = "person.busy"  # the node that says sorry and offers the choices


class Policy(StrEnum):
    PROGRESSIVE = "progressive"
    RATIO2 = "ratio2"
    OURS_DIRECT = "ours-direct"


MAKE: dict[Policy, Callable[[Campaign], Pacer]] = {
    Policy.PROGRESSIVE: lambda campaign: FixedRatio(1.0),
    Policy.RATIO2: lambda campaign: FixedRatio(2.0),
    Policy.OURS_DIRECT: CorePacer,
}


@dataclass(frozen=True, slots=True)
class Given:
    """Pacers of a policy, for the dial loop; nothing of it is kept."""

    policy: Policy

    async def of(self, campaign: Campaign) -> Pacer:
        return MAKE[self.policy](campaign)

    async def save(self) -> None:
        """A bench starts anew."""


def live(
    policy: Annotated[Policy, typer.Option(help="How to decide how many to dial.")],
    telecallers: Annotated[int, typer.Option(help="Simulated ones.")] = 6,
    minutes: Annotated[float, typer.Option(help="For how long.")] = 10,
    speed: Annotated[float, typer.Option(help="People act so many times faster.")] = 2,
    seed: Annotated[int, typer.Option(help="Another seed, other people.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Real Asterisk and the virtual carrier against the forecast of the same scene."""
    settings = live_settings()
    one = scene(telecallers, minutes, speed, seed, greeting_s(settings))
    campaign = live_campaign(settings, live_flow(settings), Mode.PREDICTIVE)
    expected = forecast(one, campaign, policy)
    lived, heard = uvloop.run(_run(one, campaign, policy))
    rows = compare(expected, lived)
    good = all(row.is_inside for row in rows) and not heard.nothing
    _show(policy, one, rows, heard, as_json)
    if not good:
        raise typer.Exit(1)


def forecast(one: Scene, campaign: Campaign, policy: Policy) -> list[Figures]:
    """Play the scene by SEEDS other seeds."""
    return [
        World(
            replace(one, seed=one.seed + 1000 + n),
            campaign,
            MAKE[policy](campaign),
            tokens_at_once=max(1, round(CALLS_PER_S * 0.3)),
            channels=CHANNELS,
        ).play()
        for n in range(SEEDS)
    ]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: the interval in which 95 of 100 such runs should fall."""

    name: str
    low: float
    middle: float
    high: float
    lived: float

    @property
    def is_inside(self) -> bool:
        return self.low <= self.lived <= self.high


READ: dict[str, Callable[[Figures], float]] = {
    "utilisation %": lambda f: 100 * f.utilisation,
    "abandonment %": lambda f: 100 * f.abandonment,
    "abandoned (FCC, Ofcom)": lambda f: f.abandoned,
    "connects per telecaller-hour": lambda f: f.connects_per_hour,
    "calls placed": lambda f: f.placed,
    "answered by a person": lambda f: f.answered,
}


def compare(expected: list[Figures], lived: Figures) -> list[Row]:
    """Return each figure with its prediction interval: mean +- t s sqrt(1 + 1/n)."""
    rows = []
    for name, read in READ.items():
        values = [read(one) for one in expected]
        wide = T_95 * stdev(values) * (1 + 1 / len(values)) ** 0.5
        middle = mean(values)
        low = max(0.0, middle - wide)
        rows.append(Row(name, low, middle, middle + wide, read(lived)))
    return rows


@dataclass(frozen=True, slots=True)
class Heard:
    """By the carrier's truth log: what people who answered came to hear."""

    answered: int
    talked: int
    apology: int
    nothing: tuple[str, ...]  # neither, and it was not they who hung up early


def heard_by(calls: list[Lived]) -> Heard:
    people = [c for c in calls if c.kind is Kind.PERSON and c.answered_at]
    talked = [c for c in people if c.talks]
    sorry = [
        c for c in people if not c.talks and APOLOGY in {node for _, node in c.prompts}
    ]
    known = {id(c) for c in (*talked, *sorry)}
    nothing = tuple(str(c) for c in people if id(c) not in known)
    return Heard(len(people), len(talked), len(sorry), nothing)


async def _run(one: Scene, campaign: Campaign, policy: Policy) -> tuple[Figures, Heard]:
    settings = live_settings()
    flow = live_flow(settings)
    async with live_system(settings, one, Given(policy)) as system:
        await enrol(system, one, campaign, flow)
        desks = system.running.desks
        ready = await until(lambda: all(d.state == "ready" for d in desks()), 60)
        if not ready:
            raise typer.BadParameter("not every telecaller's softphone could be rung")
        await system.running.start(campaign.campaign_id)
        busy_s, work_s = await _watch(system, one.minutes * 60)
        connected = await _connected(system, campaign)
        await system.running.pause_campaign(campaign.campaign_id)
        router = system.running.router
        await until(lambda: router.count() == 0, 180)
        figures = await _figures(system, campaign, busy_s, work_s, connected)
    truth = read_truth(settings.home / "carrier" / "truth.jsonl")
    return figures, heard_by(lived_calls(truth))


async def _watch(system: System, seconds: float) -> tuple[float, float]:
    """Return the seconds of telecallers busy, and at work, in that time."""
    busy = work = 0
    looks = 0
    begun = time.monotonic()
    while (lasted := time.monotonic() - begun) < seconds:
        states = [desk.state for desk in system.running.desks()]
        busy += sum(state in BUSY for state in states)
        work += sum(state in AT_WORK for state in states)
        looks += 1
        await asyncio.sleep(LOOK_S)
    each_s = lasted / looks
    return busy * each_s, work * each_s


async def _connected(system: System, campaign: Campaign) -> int:
    calls = await system.store.calls_of(campaign.campaign_id)
    return sum(call.joined_at is not None for call, _ in calls)


async def _figures(
    system: System, campaign: Campaign, busy_s: float, work_s: float, connected: int
) -> Figures:
    calls = [call for call, _ in await system.store.calls_of(campaign.campaign_id)]
    return Figures(
        placed=len(calls),
        answered=sum(call.answered_at is not None for call in calls),
        connected=connected,
        abandoned=sum(call.abandoned for call in calls),
        utilisation=busy_s / work_s,
        connects_per_hour=connected / (work_s / 3600),
    )


def _show(
    policy: Policy, one: Scene, rows: list[Row], heard: Heard, as_json: bool
) -> None:
    if as_json:
        said: dict[str, Any] = {
            "policy": policy.value,
            "telecallers": one.telecallers,
            "minutes": one.minutes,
            "speed": one.speed,
            "figures": {
                row.name: {
                    "forecast": [row.low, row.middle, row.high],
                    "lived": row.lived,
                    "inside": row.is_inside,
                }
                for row in rows
            },
            "truth log": {
                "answered": heard.answered,
                "talked": heard.talked,
                "heard the apology": heard.apology,
                "heard nothing": list(heard.nothing),
            },
        }
        typer.echo(json.dumps(said, indent=2, ensure_ascii=False))
        return
    title = (
        f"{policy.value}: {one.telecallers} telecallers, {one.minutes:g} minutes, "
        f"{one.speed:g} times faster"
    )
    table = Table("", "forecast (95 %)", "mean", "lived", "", title=title)
    for row in rows:
        mark = "[green]✓[/]" if row.is_inside else "[red]✗[/]"
        interval = f"{row.low:.1f} … {row.high:.1f}"
        table.add_row(row.name, interval, f"{row.middle:.1f}", f"{row.lived:.1f}", mark)
    out.print(table)
    out.print(
        f"Truth log: {heard.answered} people answered, {heard.talked} heard a "
        f"telecaller, {heard.apology} the apology, {len(heard.nothing)} neither."
    )
    for who in heard.nothing[:5]:
        out.print(f"  [red]heard nothing: {who}[/]")
