"""dialer.py bench live: a policy on the real thing, beside what was forecast."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer
import uvloop
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from ivr.cli.bench_live_compare import (
    SEEDS,
    as_facts,
    as_table,
    as_text,
    compare,
)
from ivr.cli.bench_live_scene import (
    CALLS_PER_S,
    CHANNELS,
    enrol,
    live_campaign,
    live_flow,
    live_settings,
    live_system,
)
from ivr.cli.bench_system import until
from ivr.cli.options import JsonOption, err, out
from ivr.cli.system import System
from ivr.controller.core_pacers import CorePacer
from ivr.core.call import Call
from ivr.core.desk import SERVING
from ivr.core.model import Campaign, DeskState, Mode
from ivr.core.pacer import Pacer
from ivr.simulation.lab.vicidial import Method
from ivr.simulation.live_policies import FixedRatio, issabel, vicidial
from ivr.simulation.live_scene import Scene, scene
from ivr.simulation.live_world import Figures, World
from ivr.simulation.lived import lived_calls
from ivr.simulation.sorry import Heard, heard
from ivr.simulation.truth import read_truth

BUSY = SERVING | {DeskState.WRAP_UP}
AT_WORK = BUSY | {DeskState.READY}
LOOK_S = 0.1
OFCOM = timedelta(seconds=2)  # from the answer: nobody there by then is abandoned


class Policy(StrEnum):
    PROGRESSIVE = "progressive"
    RATIO2 = "ratio2"
    VICIDIAL_HARD = "vicidial-hard"
    VICIDIAL_AVERAGE = "vicidial-average"
    VICIDIAL_TAPERED = "vicidial-tapered"
    ISSABEL = "issabel"
    OURS_DIRECT = "ours-direct"


MAKE: dict[Policy, Callable[[Campaign], Pacer]] = {
    Policy.PROGRESSIVE: lambda campaign: FixedRatio(1.0),
    Policy.RATIO2: lambda campaign: FixedRatio(2.0),
    Policy.VICIDIAL_HARD: lambda campaign: vicidial(Method.HARD_LIMIT),
    Policy.VICIDIAL_AVERAGE: lambda campaign: vicidial(Method.AVERAGE),
    Policy.VICIDIAL_TAPERED: lambda campaign: vicidial(Method.TAPERED),
    Policy.ISSABEL: lambda campaign: issabel(),
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
    telecallers: Annotated[int, typer.Option(min=1, help="Simulated ones.")] = 6,
    minutes: Annotated[float, typer.Option(min=0.1, help="For how long.")] = 10,
    speed: Annotated[
        float, typer.Option(min=0.1, help="People act so many times faster.")
    ] = 2,
    seed: Annotated[int, typer.Option(help="Another seed, other people.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Real Asterisk and the virtual carrier against the forecast of the same scene."""
    settings = live_settings()
    one = scene(telecallers, minutes, speed, seed)
    campaign = live_campaign(settings, live_flow(settings), Mode.PREDICTIVE)
    words = TextColumn("{task.description}")
    bars = Progress(
        words, BarColumn(), TimeRemainingColumn(), console=err, transient=True
    )
    with bars:
        expected = forecast(one, campaign, policy, bars)
        lived, said = uvloop.run(_run(one, campaign, policy, bars))
    rows = compare(expected, lived)
    if as_json:
        facts = {
            "policy": policy.value,
            "telecallers": telecallers,
            "minutes": minutes,
            "speed": speed,
            "seed": seed,
            **as_facts(rows, said),
        }
        typer.echo(json.dumps(facts, indent=2, ensure_ascii=False))
    else:
        lasted = f"{telecallers} telecallers, {minutes:g} minutes, speed {speed:g}"
        out.print(as_table(f"{policy.value}: {lasted}", rows))
        out.print(as_text(said))
        for who in said.without[:5]:
            out.print(f"  [red]neither a telecaller nor the apology: {who}[/]")
    if not said.everybody or not all(row.is_inside for row in rows):
        raise typer.Exit(1)


def forecast(
    one: Scene, campaign: Campaign, policy: Policy, bars: Progress
) -> list[Figures]:
    """Play the scene by SEEDS other seeds."""
    return [
        World(
            replace(one, seed=one.seed + 1000 + n),
            campaign,
            MAKE[policy](campaign),
            tokens_at_once=max(1, round(CALLS_PER_S * 0.3)),
            channels=CHANNELS,
        ).play()
        for n in bars.track(range(SEEDS), description="forecast")
    ]


async def _run(
    one: Scene, campaign: Campaign, policy: Policy, bars: Progress
) -> tuple[Figures, Heard]:
    settings = live_settings()
    flow = live_flow(settings)
    async with live_system(settings, one, Given(policy)) as system:
        await enrol(system, one, campaign, flow)
        desks = system.running.desks
        ready = await until(lambda: all(d.state == "ready" for d in desks()), 60)
        if not ready:
            raise typer.BadParameter("not every telecaller's softphone could be rung")
        await system.running.start(campaign.campaign_id)
        busy_s, work_s = await _watch(system, one.minutes * 60, bars)
        connected = await _connected(system, campaign)
        await system.running.pause_campaign(campaign.campaign_id)
        router = system.running.router
        await until(lambda: router.count() == 0, 180)
        stored = await system.store.calls_of(campaign.campaign_id)
    calls = [call for call, _ in stored]
    people = [call for call in calls if call.answered_at is not None]
    lost = [call.number for call in people if call.abandoned]
    figures = Figures(
        placed=len(calls),
        answered=len(people),
        connected=connected,
        abandoned=len(lost),
        late=sum(_is_late(call) for call in people),
        utilisation=busy_s / work_s,
        connects_per_hour=connected / (work_s / 3600),
    )
    truth = read_truth(settings.home / "carrier" / "truth.jsonl")
    return figures, heard(lived_calls(truth), lost)


def _is_late(call: Call) -> bool:
    """Whether nobody was there in time, by Ofcom's clock: it starts at the answer."""
    assert call.answered_at is not None
    return call.joined_at is None or call.joined_at - call.answered_at > OFCOM


async def _watch(system: System, seconds: float, bars: Progress) -> tuple[float, float]:
    """Return the seconds of telecallers busy, and at work, in that time."""
    busy = work = 0
    looks = 0
    bar = bars.add_task("on the real thing", total=seconds)
    begun = time.monotonic()
    while (lasted := time.monotonic() - begun) < seconds:
        states = [desk.state for desk in system.running.desks()]
        busy += sum(state in BUSY for state in states)
        work += sum(state in AT_WORK for state in states)
        looks += 1
        bars.update(bar, completed=lasted)
        await asyncio.sleep(LOOK_S)
    each_s = lasted / looks
    return busy * each_s, work * each_s


async def _connected(system: System, campaign: Campaign) -> int:
    calls = await system.store.calls_of(campaign.campaign_id)
    return sum(call.joined_at is not None for call, _ in calls)
